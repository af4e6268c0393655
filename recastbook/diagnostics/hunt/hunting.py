"""Hunt for the convention that a code got wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.diagnostics.hunt.case import Case
from recastbook.diagnostics.hunt.compare import Rows, Spread, spread_of
from recastbook.diagnostics.hunt.contract_checks import ContractChecks
from recastbook.diagnostics.hunt.effect import Bench, bench
from recastbook.diagnostics.hunt.grid import hypotheses
from recastbook.diagnostics.hunt.hypothesis import Hypothesis
from recastbook.diagnostics.hunt.judge import Term, judge, told
from recastbook.diagnostics.hunt.layout import Layout
from recastbook.diagnostics.hunt.moments import Moments
from recastbook.diagnostics.hunt.outcomes import CutflowAgreement, GivenScores, GoldenRows, Parameters, Saturation
from recastbook.diagnostics.hunt.reading import GivenInputs, read_inputs
from recastbook.diagnostics.hunt.report import HuntReport
from recastbook.exceptions import BadOption, NetworkError, did_you_mean
from recastbook.network.network import choosing_features, file_of_event

__all__ = ["hunt"]

STAGES = ("fed", "raw")
_PAIRED = 0.5
"""Rows are those of the same events if, under some hypothesis, more than this share of the cells agree."""
_TRY = 200
_EFFECTS_OF = 5
"""Effects are computed for so many hypotheses, unless all are asked for."""


def hunt(
    search: Any,
    result: Any,
    inputs: Any = None,
    *,
    network: str | None = None,
    stage: str = "fed",
    scores: Any = None,
    golden: Mapping[str, float | Mapping[str, float]] | None = None,
    region: str | None = None,
    sample: Any = None,
    network_file: Any = None,
    max_events: int = 5000,
    effects: str = "all",
    families: tuple[str, ...] | None = None,
) -> HuntReport:
    """Ask which convention of a network's inputs a code got wrong.

    Every hypothesis of :func:`hypotheses` is held against the inputs; what each explains of the disagreement with
    card, clean inputs, scores and published numbers ranks them. Hypotheses that fit equally well are told as a tie,
    and nothing is applied by itself.

    Parameters
    ----------
    search
        The search.
    result
        A result of it. Its events go through the chain again, with the conventions of the card.
    inputs
        What someone's code feeds the network: a matrix, a mapping of columns by name, or a file; see
        :func:`recastbook.diagnostics.hunt.reading.read_inputs`. If event numbers come along, or rows are in the order
        of the sample, they are compared event by event. None for the inputs of the result itself, with the options it
        was made with.
    network
        Name of the network, for a search with several.
    stage
        ``"fed"``: inputs are what the network sees, after a normalisation that stands outside the file (the default);
        ``"raw"``: before it.
    scores
        Scores that the code got for these rows.
    golden
        Scores that the code got for golden rows of the card, by the name of the row.
    region
        The region whose parameters the inputs are meant for.
    sample
        The sample, if its events have moved.
    network_file
        The network, if the run was made with a file or card of your own.
    max_events
        At most so many events of the result, and rows of inputs that do not belong to them, are looked at.
    effects
        ``"all"`` to compute what every hypothesis does to every region, ``"best"`` for the first few, ``"none"``.
    families
        Only hypotheses of these kinds.

    Returns
    -------
    HuntReport
        Ranked hypotheses with their evidence, ties, and effects on yields.

    Raises
    ------
    MissingData
        If the search has no network, or the events of the result are gone.
    BadFile, BadOption, NetworkError
        If the inputs cannot be read or are not of this network.
    UnknownName
        If there is no such network or region.

    Examples
    --------
    >>> import recastbook as rb
    >>> from recastbook.events.builtin import builtin_samples
    >>> search = rb.load("ATLAS-SUSY-2018-30")
    >>> result = search.run(builtin_samples()["gtt_2100_1"], network="stand-in", events=600, progress=False)
    >>> clean = search.collect_inputs(result).matrix()
    >>> mistaken = clean.raw.copy()
    >>> mistaken[:, 83] = (mistaken[:, 83] + 3.141592653589793) % 6.283185307179586 - 3.141592653589793
    >>> search.hunt(result, mistaken, stage="raw", effects="none").traps[0].hypothesis.key
    'azimuth: met_phi in (-pi, pi]'
    """
    for name, value, known in (("stage", stage, STAGES), ("effects", effects, ("all", "best", "none"))):
        if value not in known:
            message = f"{name} is one of {', '.join(known)}, not {value!r}.{did_you_mean(str(value), known)}"
            raise BadOption(message)
    found = bench(
        search, result, network=network, sample=sample, network_file=network_file, max_events=max_events,
        stage="preselection",
    )  # fmt: skip
    grid = hypotheses(found.card, families=families)
    notes: list[str] = []
    if inputs is None:
        case, looked_at = _own_case(search, result, found, sample, network_file, max_events, notes)
    else:
        given = read_inputs(inputs, found.card, scores=scores)
        point = None if region is None else _point(found.card, region)
        case, looked_at = _given_case(given, found, grid, stage, point, max_events, notes)
    terms = _terms(case, found, result, golden, own=inputs is None, notes=notes)
    suspects = judge(terms, grid)
    claimed = told(suspects)
    best = [*claimed, *suspects][:_EFFECTS_OF]
    keys = dict.fromkeys(s.hypothesis.key for s in best)
    shown = {k: next(h for h in grid if h.key == k) for k in keys}
    changed = grid if effects == "all" else tuple(shown.values()) if effects == "best" else ()
    if found.scorer is None:
        notes.append("the network file is not on this machine: scores, saturation, cutflow and yields are not shown")
        changed = ()
    return HuntReport(
        analysis=search.identifier,
        network=found.network,
        label=found.label,
        looked_at=looked_at,
        suspects=suspects,
        effects={h.key: found.region_effects(h) for h in changed},
        contract={term.name: term.note(None) for term in terms},
        notes=tuple(dict.fromkeys(notes)),
        differing=tuple(
            column
            for term in terms
            if isinstance(term, Rows)
            for column in term.differing(claimed[0].hypothesis if claimed else None)
        ),
        details={key: {term.name: term.note(h) for term in terms} for key, h in shown.items()},
    )


def _point(card: Any, region: str) -> tuple[float, ...]:
    try:
        return tuple(card.parameters.point(region))
    except KeyError:
        known = [p.region for p in card.parameters.points]
        message = f"the card {card.title!r} has no parameters for the region {region!r}.{did_you_mean(region, known)}"
        raise BadOption(message) from None


# -- what is looked at ---------------------------------------------------------------------------------


def _own_case(
    search: Any, result: Any, found: Bench, sample: Any, network_file: Any, max_events: int, notes: list[str]
) -> tuple[Case, str]:
    """Return the inputs of the result's own run, as the options of the run make and normalise them."""
    run = search.as_run(result, network=network_file)
    collected = search.collect_inputs(
        result, sample=sample, network=network_file, max_events=max_events, stage="preselection"
    )
    own = collected.matrices[found.network, "default"]
    files = found.files
    card = run.cards[found.network]
    used = card.with_options({o.name: str(run.options[o.name]) for o in card.options if o.name in run.options})
    raw = own.raw
    layout, theirs = found.layout, Layout(used)
    if layout.normalises:
        (mean, width), (m, w) = layout.constants(files), theirs.constants(files)
        raw = (raw - m) / w * width + mean
    differs = not np.allclose(raw, found.main.raw, equal_nan=True)
    pairs = np.arange(len(raw)) if differs else None
    if not differs:
        notes.append(
            "these are the search's own inputs, by the conventions of its card: there are no others to compare with"
        )
    clean, clean_files = (found.main.raw, files) if differs else (None, None)
    case = Case(layout, raw, files, clean, clean_files, pairs)
    return case, f"the result's own, {len(raw)} events"


def _given_case(
    given: GivenInputs,
    found: Bench,
    grid: Sequence[Hypothesis],
    stage: str,
    point: tuple[float, ...] | None,
    max_events: int,
    notes: list[str],
) -> tuple[Case, str]:
    known = _matched(given, found)
    total = len(given.matrix)
    if known is not None:
        keep = np.flatnonzero(known >= 0)[:max_events]
        case = _case(given, found, stage, point, keep, found.files[known[keep]], known[keep])
        if _rows_fit(case, grid):
            return case, f"{len(case)} of {total} rows given, compared with the result's event by event"
        notes.append("rows have numbers or order of the result's events, but are others: distributions are compared")
    keep = np.arange(total)[:max_events]
    case = _case(given, found, stage, point, keep, _files_of(given, keep, found, notes), None)
    return case, f"{len(case)} of {total} rows given, other events than the result's, compared by their distributions"


def _case(
    given: GivenInputs,
    found: Bench,
    stage: str,
    point: tuple[float, ...] | None,
    keep: NDArray[np.int64],
    files: NDArray[np.int64],
    pairs: NDArray[np.int64] | None,
) -> Case:
    raw = given.matrix[keep]
    if stage == "fed" and found.layout.normalises:
        mean, width = found.layout.constants(files)
        raw = raw * width + mean
    scores = {name: values[keep] for name, values in given.scores.items()}
    return Case(found.layout, raw, files, found.main.raw, found.files, pairs, scores, point)


def _matched(given: GivenInputs, found: Bench) -> NDArray[np.int64] | None:
    """Return for every given row the clean row of the same event, -1 where there is none; None if nothing says."""
    main, ids = found.main, found.collected.ids
    names = [name for name in ("run", "luminosityBlock", "event") if name in given.ids]
    if "event" not in names:
        return np.arange(len(main)) if len(given.matrix) == len(main) else None
    ours = {key: i for i, key in enumerate(zip(*(ids[n][main.rows].tolist() for n in names), strict=True))}
    theirs = zip(*(given.ids[n].tolist() for n in names), strict=True)
    rows = np.array([ours.get(key, -1) for key in theirs], dtype=np.int64)
    return rows if (rows >= 0).any() else None


def _rows_fit(case: Case, grid: Sequence[Hypothesis]) -> bool:
    """Tell whether, under the contract or some hypothesis, most cells are those of the same events."""
    if case.pairs is None:
        return False
    few = slice(0, _TRY)
    small = Case(
        case.layout, case.raw[few], case.files[few], case.clean, case.clean_files, case.pairs[few], {}, case.point
    )
    rows, expected = Rows(small), small.expected
    if expected is None:
        return False
    # paddings and constants agree between any two events
    judged = np.isfinite(small.raw).any(axis=0) & (spread_of(expected[0]) > 0)
    if not judged.any():
        return False
    best = min(float(rows.tension(h)[judged].mean()) for h in (None, *grid))
    return best < _PAIRED


def _files_of(given: GivenInputs, keep: NDArray[np.int64], found: Bench, notes: list[str]) -> NDArray[np.int64]:
    """Return which file each row is for, from columns that say so, else from the inputs themselves."""
    card, n = found.card, len(keep)
    wanted = choosing_features(card)
    if not wanted:
        return np.zeros(n, dtype=np.int64)
    by: dict[str, NDArray[Any]] = {}
    for name in wanted:
        values = given.ids.get(name, given.others.get(name))
        if values is None:
            singular = [name, name.removesuffix("s")]
            column = next((card.columns[s] for s in singular if s in card.columns), None)
            values = None if column is None else np.rint(given.matrix[:, column])
        if values is not None:
            by[name] = np.asarray(values)[keep]
    try:
        return file_of_event(card, by, n)
    except NetworkError as error:
        notes.append(f"which of the {len(card.files)} files a row is for is not known ({error}); the first is assumed")
        return np.zeros(n, dtype=np.int64)


# -- evidence ------------------------------------------------------------------------------------------


def _terms(case: Case, found: Bench, result: Any, golden: Any, *, own: bool, notes: list[str]) -> list[Term]:
    out: list[Term] = []
    if case.pairs is not None:
        out.append(Rows(case))
    elif case.clean is not None:
        out.append(Spread(case))
    alone = case.clean is None
    out += [Moments(case, weight=1.0 if alone else 0.2), ContractChecks(case)]
    parameters = Parameters(case)
    if parameters.can_tell:
        out.append(parameters)
    if found.scorer is None:
        return out
    if case.scores:
        out.append(GivenScores(case, found.scorer))
    if own or golden is not None:
        rows = GoldenRows(found.scorer, golden)
        if rows.can_tell:
            out.append(rows)
        else:
            notes.append("no golden row of the card has a score to compare with")
    cut_on = {
        str(leaf.score)
        for r in found.regions
        if r.kind == "signal"
        for c in r.cuts
        for leaf in c.leaves()
        if leaf.score
    }
    out.append(Saturation(case, found.scorer, [n for n in found.card.output_names if n in cut_on]))
    if own or case.pairs is not None:
        if found.card.is_stand_in:
            notes.append("the published cutflow is of another network than this stand-in: it is no evidence here")
            return out
        cutflow = CutflowAgreement(case, found, result.published, str(result.header.sample.get("process") or ""))
        if cutflow.can_tell:
            out.append(cutflow)
        else:
            notes.append("no region of this process has both a published row of its score and ten events before it")
    return out
