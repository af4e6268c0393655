"""A widget as static HTML or PNG, for pages where no kernel runs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets

from recastbook.display import Html, escape, note
from recastbook.exceptions import BadOption
from recastbook.widgets.picture import Picture
from recastbook.writing import whole

__all__ = ["snapshot_html", "write_snapshot"]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>
"""


def snapshot_html(panel: Any) -> Html:
    """Return a panel as HTML: its message, what is chosen, and all that it shows."""
    chosen = "; ".join(_chosen(panel))
    parts = [f"<div><b>{escape(panel.heading)}</b></div>", note(chosen) if chosen else "", panel.message.value]
    if panel.shown.layout.display != "none":
        parts += _static(panel.shown)
    return Html(f"<div>{''.join(parts)}</div>")


def _chosen(panel: Any) -> Iterator[str]:
    for name, control in panel.controls.items():
        value = panel.state.get(name)
        if value in (None, "", [], {}) or control.layout.display == "none":
            continue
        label = getattr(control, "description", "") or name.replace("_", " ")
        # of a list what stands in it: a sample's name, not its number
        said = getattr(control, "label", None) if getattr(control, "value", None) is not None else None
        yield f"{label}: {said or (f'{value:.6g}' if isinstance(value, float) else value)}"


def _static(widget: Any) -> Iterator[str]:
    if widget.layout.display == "none":
        return
    if isinstance(widget, ipywidgets.HTML):
        yield widget.value
    elif isinstance(widget, Picture):
        data = base64.b64encode(widget.value).decode()
        words = escape(widget.says or "figure")
        yield f'<img alt="{words}" style="max-width:100%" src="data:image/png;base64,{data}">{widget.caption.value}'
    elif hasattr(widget, "heading"):
        yield str(widget.snapshot())
    elif isinstance(widget, ipywidgets.Box):
        for child in widget.children:
            yield from _static(child)


def write_snapshot(panel: Any, content: Html, path: Path) -> Path:
    """Write the HTML, or the first picture as PNG, by the path's suffix; write-then-rename."""
    suffix = path.suffix.lower()
    if suffix in (".html", ".htm"):
        data = _PAGE.format(title=escape(panel.heading), body=content).encode()
    elif suffix == ".png":
        found = next(_pictures(panel.shown), None)
        if found is None:
            msg = f"{panel.heading}: there is no picture to write to {path.name}; an .html file takes everything"
            raise BadOption(msg)
        data = found
    else:
        msg = f"a snapshot is written as .html or .png, not {path.name!r}"
        raise BadOption(msg)
    with whole(path) as partial:
        partial.write_bytes(data)
    return path


def _pictures(widget: Any) -> Iterator[bytes]:
    if widget.layout.display == "none":
        return
    if isinstance(widget, Picture):
        yield widget.value
    for child in getattr(widget, "children", ()):
        yield from _pictures(child)
