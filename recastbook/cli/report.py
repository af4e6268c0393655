"""What ``--out`` writes: one page of HTML, tables as CSV, everything as JSON, pictures as PNG."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from recastbook.cli.outcome import Outcome, document
from recastbook.cli.screen import plain
from recastbook.display import escape, joined, note
from recastbook.writing import whole

__all__ = ["write"]


def write(told: Outcome, folder: Path) -> None:
    """Write the report of a run.

    Parameters
    ----------
    told
        The run.
    folder
        Where; made if it does not exist. Files of an earlier report of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = plain(document(told))
    _replace(folder / "result.json", (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    _replace(folder / "yields.csv", _yields(told))
    _replace(folder / "cutflows.csv", _cutflows(told))
    pictures = dict(_pictures(told, folder))
    _replace(folder / "report.html", _page(told, pictures).encode())


def _replace(path: Path, content: bytes) -> None:
    """Write a file; a full disk leaves the old one, not half a new one."""
    with whole(path) as partial:
        partial.write_bytes(content)


def _csv(headers: tuple[str, ...], rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headers, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _yields(told: Outcome) -> bytes:
    headers = (
        "name", "kind", "group", "status", "raw", "sum_w", "sum_w2", "error", "efficiency", "efficiency_error",
        "events", "events_error", "note", "reason",
    )  # fmt: skip
    return _csv(headers, list(document(told)["regions"].values()))


def _cutflows(told: Outcome) -> bytes:
    headers = (
        "region", "step", "label", "raw", "sum_w", "sum_w2", "ours", "error", "published", "ratio", "pull", "verdict",
        "notice",
    )  # fmt: skip
    rows = [
        {"region": region, "step": i, "notice": _notice(told, region), **step}
        for region, steps in document(told)["cutflows"].items()
        for i, step in enumerate(steps)
    ]
    return _csv(headers, rows)


def _notice(told: Outcome, region: str) -> str:
    return told.notice if told.result.regions[region].needs_network else ""


@contextmanager
def _without_display() -> Iterator[None]:
    """Draw into files only, whatever the user's matplotlib is set to."""
    import matplotlib as mpl

    before = mpl.get_backend()
    mpl.use("Agg", force=True)
    try:
        yield
    finally:
        mpl.use(before, force=True)


def _pictures(told: Outcome, folder: Path) -> Iterator[tuple[str, str]]:
    """Draw, write and yield file name and caption of each picture."""
    import matplotlib.pyplot as plt

    result = told.result
    wanted: list[tuple[str, str, Callable[[], Any]]] = list(_overviews(told))
    wanted += [
        (f"cutflow-{flow.region}.png", f"Cutflow of {flow.region}", partial(result.plot_cutflow, flow.region))
        for flow in told.shown_cutflows()
    ]
    for name in ("met", "meff"):
        if name in result.histograms:
            wanted.append((f"{name}.png", f"Distribution of {name}", partial(result.plot_feature, name)))
    outputs = {leaf.score for region in result.regions.values() for cut in region.cuts for leaf in cut.leaves()}
    for output in sorted(str(score) for score in outputs if score):
        if result.scores(output):
            caption = f"Score {output}" + (f" ({told.notice})" if told.notice else "")
            wanted.append((f"score-{output}.png", caption, partial(result.plot_score, output)))
    with _without_display():
        for name, caption, draw in wanted:
            # without a notebook a figure is not one of pyplot's: what was drawn says which it is
            drawn = draw().figure
            picture = io.BytesIO()
            drawn.savefig(picture, format="png", dpi=150, bbox_inches="tight")
            plt.close(drawn)
            _replace(folder / name, picture.getvalue())
            yield name, caption


def _overviews(told: Outcome) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Yield the pictures that show all signal regions, where there is something to show."""
    from recastbook import plots

    about, note_ = told.search.about, told.notice or None
    data = f"{about['energy_tev']} TeV, {about['luminosity_fb']:g} fb$^{{-1}}$"
    models, rows = told.search.counting_models(), told.result.yields("signal")
    table = next((t for t in told.search.tables.values() if t.header.kind == "yields"), None)
    # a search that publishes limits and no counts has models, yet nothing to set the signal beside
    if table is not None and any(row.events is not None and row.region in models for row in rows):
        label, source = told.result.label, table.header.source
        draw_yields = partial(plots.yields, rows, models, label=label, source=source, right=data, note=note_)
        yield "yields.png", "Signal over background, with the observed counts", draw_yields
    if any(row.mu95 is not None for row in told.verdict.per_region):
        draw_limits = partial(plots.upper_limits, told.verdict, right=data, note=note_)
        yield "limits.png", "Upper limits on the signal strength, region by region", draw_limits


def _page(told: Outcome, pictures: dict[str, str]) -> str:
    kinds = {region.kind for region in told.result.header.regions}
    # a result shows the yields of its signal regions
    parts: list[object] = [told.verdict, told.result, *(flow.compare() for flow in told.shown_cutflows())]
    parts += [told.search, *(told.result.yields(kind) for kind in ("control", "validation") if kind in kinds)]
    drawn = "".join(
        f'<figure><img src="{escape(name)}" alt="{escape(caption)}" style="max-width:48em;width:100%"/>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for name, caption in pictures.items()
    )
    warning = note(told.notice, "warning") if told.notice else ""
    title = escape(f"{told.search.identifier}: {told.result.label}")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f"<title>{title}</title><style>:root{{color-scheme:light dark}}body{{font-family:sans-serif;margin:2em}}"
        f"</style></head><body><h1>{title}</h1>{warning}{joined(*parts)}{drawn}</body></html>\n"
    )
