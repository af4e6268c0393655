"""How a model card is shown, as HTML and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recastbook import display

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.contract import Input

__all__ = ["html", "text"]

_RANGES = {"minus_pi_pi": "[-π, π)", "0_2pi": "[0, 2π)"}


def _facts(card: ModelCard) -> dict[str, object]:
    blocks = [f"{block.truncation} {block.name}" for block in card.objects]
    single = [column.name for column in card.inputs if column.object is None]
    facts: dict[str, object] = {
        "search": " ".join(filter(None, (card.analysis.id, card.analysis.arxiv and f"arXiv:{card.analysis.arxiv}"))),
        "role": card.role.replace("_", " "),
        "inputs": f"{len(card.inputs)}: {', '.join([*blocks, *single])}",
        "normalisation": f"{card.normalisation.where}: {card.normalisation.rule}. {card.normalisation.scope}".strip(),
        "outputs": f"{len(card.outputs)} ({card.activation}): {', '.join(card.output_names)}",
    }
    if card.parameters.names:
        points = len(card.parameters.distinct)
        facts["parameters"] = f"{', '.join(card.parameters.names)}; {points} points"
    if card.variants:
        facts["input variants"] = ", ".join(variant.name for variant in card.variants)
    for option in card.options:
        others = ", ".join(value for value in option.alternatives if value != option.default)
        facts[f"option {option.name}"] = f"{option.default} (or {others})"
    for file in card.files:
        checksum = "no checksum"
        if file.sha256 or file.git_blob_sha1:
            checksum = f"sha256 {file.sha256[:12]}..." if file.sha256 else f"git blob {str(file.git_blob_sha1)[:12]}..."
        facts[f"file {file.name}"] = f"{file.format}, {checksum}, licence {file.licence}"
    return facts


def _input_row(column: Input) -> tuple[object, ...]:
    return (
        column.name,
        column.unit if column.scale == 1.0 else f"{column.unit} x {column.scale:g}",
        "must exist" if column.padding is None else column.padding,
        _RANGES.get(column.phi_range or "", ""),
        column.mean,
        column.width,
    )


def html(card: ModelCard) -> str:
    """Return the card as HTML: facts, then inputs, outputs, points and caveats behind folds."""
    inputs = display.html_table(
        ("input", "unit", "padding", "azimuth", "mean", "width"), map(_input_row, card.inputs), max_rows=200, digits=6
    )
    outputs = display.html_table(
        ("", "output", "meaning", "certainty"),
        [
            (i, o.name, o.meaning if o.constant is None else f"{o.meaning} (constant {o.constant:g})", o.certainty)
            for i, o in enumerate(card.outputs)
        ],
    )
    body = [display.fold("inputs in order", inputs), display.fold("outputs", outputs)]
    if card.parameters.points:
        points = display.html_table(
            ("region", *card.parameters.names), [(p.region, *map(_plain, p.values)) for p in card.parameters.points]
        )
        body.append(display.fold("parameter point of each region", points))
    if card.thresholds is not None:
        rows = [(t.region, t.output, t.published, t.here) for t in card.thresholds.regions]
        table = display.html_table(
            ("region", "score", "published", "here"), rows, notes=[card.thresholds.rule], digits=6
        )
        body.append(display.fold("thresholds of this network", table))
    notes = [display.note(caveat, "note") for caveat in card.caveats]
    notes += [display.note(f"not for: {use}", "warning") for use in card.out_of_scope]
    badges = [display.badge(card.label, "warning")] if card.label else []
    return str(display.card(card.title, _facts(card), badges=badges, body=body, notes=notes))


def text(card: ModelCard) -> str:
    """Return the card as text of a dozen lines."""
    title = f"{card.title} ({card.label})" if card.label else card.title
    return display.text_card(title, _facts(card), notes=card.caveats)


def _plain(value: float) -> object:
    return int(value) if value.is_integer() else value
