"""How a model card is shown, as HTML and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recastbook import display
from recastbook.network import columns

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard
    from recastbook.network.contract import Input, ModelFile

__all__ = ["as_table", "html", "text"]

_RANGES = {"minus_pi_pi": "[-π, π)", "0_2pi": "[0, 2π)"}


def _facts(card: ModelCard) -> dict[str, object]:
    blocks = [f"{block.truncation} {block.name}" for block in card.objects]
    single = [column.name for column in card.inputs if column.object is None]
    facts: dict[str, object] = {
        "search": " ".join(filter(None, (card.analysis.id, card.analysis.arxiv and f"arXiv:{card.analysis.arxiv}"))),
        "role": f"{card.role.replace('_', ' ')}; {card.kind}",
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


# ---- tables, each behind a fold


_INPUT_HEADERS = ("", "input", "definition", "unit", "level", "padding", "convention", "mean", "width", "valid range")


def as_table(card: ModelCard) -> display.TableView:
    """Return the inputs in order, as a table to be copied."""
    title = f"{card.title} ({card.label})" if card.label else card.title
    rows = [(i, *_input_row(card, column)) for i, column in enumerate(card.inputs)]
    return display.TableView(_INPUT_HEADERS, rows, title, card.caveats, digits=6)


def _inputs(card: ModelCard) -> display.Html:
    table = as_table(card)
    notes = [f"order: {(card.layout or 'not stated').replace('_', ' ')}"] if card.objects else []
    shown = display.html_table(table.headers, table.rows, max_rows=200, digits=6, notes=notes)
    return display.joined(shown, display.copies(table))


def _input_row(card: ModelCard, column: Input) -> tuple[object, ...]:
    codes = columns.legend(card, column)
    words = columns.definition(card, column)
    if codes:
        words = f"{words} ({'; '.join(f'{code}: {meaning}' for code, meaning in codes.items())})"
    return (
        column.name,
        words or None,
        column.unit if column.scale == 1.0 else f"{column.unit} x {column.scale:g}",
        columns.level(card, column),
        "must exist" if column.padding is None else column.padding,
        ", ".join(_conventions(card, column)),
        column.mean,
        column.width,
        None if column.valid_range is None else f"{column.valid_range[0]:g} to {column.valid_range[1]:g}",
    )


def _conventions(card: ModelCard, column: Input) -> Iterator[str]:
    """Yield what a reader must know to compute the column: only what is about its quantity."""
    block = columns.block_of(card, column)
    name = column.quantity.lower()
    if column.phi_range is not None:
        yield _RANGES.get(column.phi_range, column.phi_range)
        reference = columns.stated(card, column, "phi_reference")
        if reference is not None:
            yield "in the detector" if reference == "detector" else f"relative to {reference}"
    if column.eta_or_rapidity or (block and name in ("eta", "y", "rapidity")):
        yield {"eta": "eta", "rapidity": "rapidity"}.get(str(columns.stated(card, column, "eta_or_rapidity")), "")
    if column.mass_or_energy or (block and name in ("mass", "m", "energy", "e")):
        yield str(columns.stated(card, column, "mass_or_energy") or "")
    massless = columns.stated(card, column, "massless")
    if (column.massless is not None or (block and name in ("mass", "m", "energy", "e"))) and massless is not None:
        yield "massless" if massless else "massive"
    if column.sign or (block and name in ("eta", "y", "rapidity")):
        yield str(columns.stated(card, column, "sign") or "")


def _objects(card: ModelCard) -> display.Html:
    rows = [
        (b.name, b.definition, b.sort_by, b.truncation, b.level, "massless" if b.massless else "massive",
         b.eta_or_rapidity, b.mass_or_energy, b.sign, b.phi_reference)
        for b in card.objects
    ]  # fmt: skip
    headers = (
        "object", "which", "sorted by", "kept", "level", "masses", "eta or rapidity", "mass or energy", "sign",
        "azimuth from",
    )  # fmt: skip
    return display.html_table(headers, rows)


def _files(card: ModelCard) -> display.Html:
    return display.joined(*(display.fold(file.name, _nested(_file(file))) for file in card.files))


def _file(file: ModelFile) -> dict[str, object]:
    return {
        "for the events": _events_of(file),
        "format": f"{file.format}, opset {file.opset}" if file.opset else file.format,
        "made with": file.framework,
        "input": f"{file.input.name}, {file.input.dtype} {_shape(file.input.shape)}",
        "output": f"{file.output.name}, {file.output.dtype} {_shape(file.output.shape)}",
        "bytes": file.size_bytes,
        "sha256": file.sha256,
        "name in a git repository": file.git_blob_sha1,
        "DOI": file.doi,
        "licence": file.licence,
        "from": file.urls,
    }


def _events_of(file: ModelFile) -> str:
    return " and ".join(_condition(condition) for condition in file.when) or "all"


def _condition(when: Mapping[str, Any]) -> str:
    if "modulus" in when:
        return f"{when['feature']} modulo {when['modulus']} is {when['remainder']}"
    if "equals" in when:
        return f"{when['feature']} = {when['equals']}"
    bounds = [f"{when['feature']} {sign} {when[key]}" for key, sign in (("min", ">="), ("max", "<=")) if key in when]
    return " and ".join(bounds)


def _shape(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('N' if length is None else str(length) for length in shape)}]"


def _constants(card: ModelCard) -> display.Html:
    headers = ["input", *(f"{what}, {f.name}" for f in card.files for what in ("mean", "width"))]
    own = [card.for_file(f.name) for f in card.files]
    rows = [[c.name, *(v for o in own for v in (o.means[i], o.widths[i]))] for i, c in enumerate(card.inputs)]
    return display.html_table(headers, rows, max_rows=200, digits=6)


def _outputs(card: ModelCard) -> display.Html:
    rows = [
        (i, o.name, o.meaning if o.constant is None else f"{o.meaning} (constant {o.constant:g})", o.certainty,
         o.activation or card.activation, o.direction, o.transform)
        for i, o in enumerate(card.outputs)
    ]  # fmt: skip
    return display.html_table(("", "output", "meaning", "certainty", "activation", "direction", "afterwards"), rows)


def _golden(card: ModelCard) -> display.Html:
    rows = [
        (g.name, g.file or None, f"{len(g.raw)} of {len(card.inputs)}", _values(g.normalised), _values(g.scores),
         g.tolerance, g.source)
        for g in card.golden_rows
    ]  # fmt: skip
    headers = ("row", "file", "inputs given", "expected inputs", "expected scores", "tolerance", "source")
    given = [i.name for i in card.inputs if any(i.name in row.raw for row in card.golden_rows)]
    raw = [[name, *(row.raw.get(name) for row in card.golden_rows)] for name in given]
    values = display.html_table(
        ("", *(row.name for row in card.golden_rows)),
        raw,
        max_rows=200,
        digits=6,
        notes=["what is not given is padding"],
    )
    return display.joined(display.html_table(headers, rows, align="l" * 7), display.fold("their raw inputs", values))


def _values(values: Mapping[str, float], most: int = 8) -> str:
    shown = ", ".join(f"{name} = {value:.6g}" for name, value in list(values.items())[:most])
    return shown + (f" and {len(values) - most} more" if len(values) > most else "")


def _nested(content: Mapping[str, Any]) -> display.Html:
    """Show any mapping: scalars and short lists as words, what is deeper behind folds of its own."""
    rows, deep = [], []
    for key, value in content.items():
        if isinstance(value, Mapping):
            deep.append(display.fold(key, _nested(value)))
        elif isinstance(value, (list, tuple)) and any(isinstance(v, Mapping) for v in value):
            names = list(dict.fromkeys(name for v in value if isinstance(v, Mapping) for name in v))
            table = [[_words(v.get(name)) for name in names] for v in value if isinstance(v, Mapping)]
            deep.append(display.fold(f"{key} ({len(value)})", display.html_table(names, table)))
        else:
            rows.append((key, _words(value)))
    return display.joined(display.html_table(("", ""), rows, align="ll") if rows else None, *deep)


def _words(value: object) -> object:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_words(v)}" for k, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _about(card: ModelCard) -> dict[str, object]:
    out: dict[str, object] = {
        "reuse considered": card.reuse.considered,
        "strategy": card.reuse.strategy,
        "what stands for detector-only inputs": card.reuse.substitute or "not stated",
        "regions that cut on it": ", ".join(card.analysis.regions) or "not stated",
        "their cuts": card.analysis.cuts or "not stated",
        "INSPIRE": card.analysis.inspire or "not stated",
        "HEPData": card.analysis.hepdata or "not stated",
        "precision": card.normalisation.precision,
        "contact": card.contact or "not stated",
        "licence of the card": card.licence or "not stated",
    }
    return {key: value for key, value in out.items() if value}


def _validation(card: ModelCard) -> display.Html:
    found = card.validation
    facts = {
        "analysis codes": found.codes, "cutflows": found.cutflows, "signal of each cutflow": found.signals,
        "score distributions": found.scores, "importance of inputs": found.importance, "lines of code": found.snippet,
        "runtimes": found.runtimes,
    }  # fmt: skip
    rows = [(key, ("; ".join(v) if isinstance(v, tuple) else v) or "not stated") for key, v in facts.items()]
    rows += [(name.replace("_", " "), words) for name, words in card.materials.items()]
    return display.html_table(("", ""), rows, align="ll")


def _strip(card: ModelCard) -> display.Html:
    """Return the inputs as one bar: so many numbers of each object, so many of the event, or of each particle."""
    # inputs of a surrogate are of no object; their names begin with the particle: llp1_pT, V_eta
    names = [c.object or (c.name.partition("_")[0] if card.role == "surrogate" else "event") for c in card.inputs]
    sizes = Counter(names)
    return display.svg_strip(sizes, title="inputs by object")


def html(card: ModelCard) -> str:
    """Return the card as HTML: facts, then everything that stands in it behind folds, caveats at the foot."""
    folds: dict[str, object] = {"inputs in order": _inputs(card)}
    if card.objects:
        folds["objects"] = _objects(card)
    if any(file.means is not None or file.widths is not None for file in card.files):
        folds["means and widths of each file"] = _constants(card)
    folds["outputs"] = _outputs(card)
    if card.parameters.points:
        folds["parameter point of each region"] = display.html_table(
            ("region", *card.parameters.names), [(p.region, *map(_plain, p.values)) for p in card.parameters.points]
        )
    if card.variants:
        variants = [
            (v.name, v.definition, ", ".join(v.absent), _words(v.replace), _values(v.parameters)) for v in card.variants
        ]
        folds["input variants"] = display.html_table(("variant", "for", "absent", "replaced", "fixed"), variants)
    if card.options:
        switches = [(o.name, o.default, ", ".join(o.alternatives), o.reason) for o in card.options]
        folds["options"] = display.html_table(("option", "default", "alternatives", "why it is open"), switches)
    if card.thresholds is not None:
        rows = [
            (t.region, t.output, t.published, t.here, t.signal_efficiency, t.background_efficiency)
            for t in card.thresholds.regions
        ]
        folds["thresholds of this network"] = display.html_table(
            ("region", "score", "published", "here", "signal that passes", "background that passes"),
            rows, notes=[card.thresholds.rule], digits=6,
        )  # fmt: skip
    folds["files"] = _files(card)
    if card.golden_rows:
        folds["golden rows"] = _golden(card)
    if card.surrogate is not None:
        folds["surrogate"] = _nested({name: getattr(card.surrogate, name) for name in card.surrogate.__slots__})
    folds["validation and further material"] = _validation(card)
    if card.training:
        folds["training"] = _nested(card.training)
    folds["reuse, precision, contact"] = _nested(_about(card))
    if card.sources or card.cite:
        folds["sources and citation"] = _nested({"sources": card.sources, "cite": card.cite})
    body = [_strip(card), *([display.note(card.description)] if card.description else [])]
    body += [display.fold(title, content) for title, content in folds.items()]
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
