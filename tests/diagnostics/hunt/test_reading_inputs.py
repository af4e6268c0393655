"""Inputs come as a matrix, by name or from a file; what cannot be used is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import GTT, HHH

import recastbook as rb
from recastbook.diagnostics.hunt.reading import read_inputs
from recastbook.exceptions import BadFile, BadOption, NetworkError, RecastbookError, UnknownName
from recastbook.network import ModelCard

CARD = rb.load("ATLAS-HIGP-2024-32").cards["heavyres"]
PARAMETRISED = rb.load("ATLAS-SUSY-2018-30").card
ROWS = np.random.default_rng(1).normal(size=(6, 10))
COLUMNS = {name: ROWS[:, i] for name, i in CARD.columns.items()}


def write(path: Path, **more: Any) -> Path:
    """Write columns in the format of the suffix."""
    columns = {**COLUMNS, **more}
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(columns), path)
    elif path.suffix == ".npz":
        np.savez(path, **columns)
    elif path.suffix == ".npy":
        np.save(path, ROWS)
    else:
        text = "\n".join(",".join(map(repr, row)) for row in np.stack(list(columns.values()), axis=1).tolist())
        path.write_text(f"{','.join(columns)}\n{text}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".npz", ".npy", ".csv"])
def test_files_of_every_kind(suffix: str, tmp_path: Path) -> None:
    found = read_inputs(write(tmp_path / f"dump{suffix}"), CARD)
    assert found.matrix == pytest.approx(ROWS)


def test_order_of_named_columns_does_not_matter_and_what_else_is_there_is_kept(tmp_path: Path) -> None:
    shuffled = dict(sorted(COLUMNS.items(), reverse=True))
    given = {**shuffled, "event": np.arange(6), "heavyres": np.full(6, 0.5), "n_jets": np.full(6, 7)}
    found = read_inputs(given, CARD)
    assert np.array_equal(found.matrix, ROWS)
    assert found.ids["event"].tolist() == list(range(6))
    assert found.scores["heavyres"].tolist() == [0.5] * 6
    assert set(found.others) == {"n_jets"}
    assert found.by_name
    path = tmp_path / "both.npz"
    np.savez(path, anything=ROWS, event=np.arange(6))
    assert read_inputs(path, CARD).ids["event"].tolist() == list(range(6))
    import pandas as pd

    assert np.array_equal(read_inputs(pd.DataFrame(given), CARD).matrix, ROWS)


def test_parameters_may_be_left_out() -> None:
    assert isinstance(PARAMETRISED, ModelCard)
    found = read_inputs(np.ones((3, 84)), PARAMETRISED)
    assert np.isnan(found.matrix[:, PARAMETRISED.parameter_columns]).all()
    assert np.isfinite(found.matrix[:, :84]).all()


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        (np.ones((3, 9)), BadOption, r"takes a matrix of shape \(N, 10\), this one has \(3, 9\)"),
        (np.ones((0, 10)), BadOption, "there are no rows"),
        ({k: v for k, v in COLUMNS.items() if k != "dRH1"}, BadOption, r"1 of 10 inputs .* are missing: dRH1"),
        ({"a": np.ones(3)}, BadOption, "none or few of the columns are inputs"),
        ({**COLUMNS, "mH1": np.ones(5)}, BadOption, r"column 'mH1' has shape \(5,\), others have 6 rows"),
        ({**COLUMNS, "event": np.ones(5)}, BadOption, r"column 'event' has shape \(5,\), the inputs have 6 rows"),
        (
            np.where(np.eye(6, 10) > 0, np.nan, ROWS),
            NetworkError,
            r"row 0: input 'mHradius' is not finite; 6 of 6 rows",
        ),
        ("nowhere.npz", BadFile, r"there is no file nowhere\.npz"),
        (__file__, BadFile, r"inputs are read from \.parquet, .* files, not \.py"),
    ],
    ids=["width", "empty", "missing", "others", "length", "ids", "nan", "file", "suffix"],
)
def test_what_cannot_be_used_is_named(given: Any, error: type[RecastbookError], text: str) -> None:
    with pytest.raises(error, match=text):
        read_inputs(given, CARD)


def test_no_pickle_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "dump.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadFile, match=r"dump\.npy cannot be read: ValueError"):
        read_inputs(path, CARD)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(BadFile, match=r"cut\.parquet cannot be read"):
        read_inputs(tmp_path / "cut.parquet", CARD)


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        (np.ones((6, 3)), r"scores have shape \(6, 3\)"),
        (np.ones(5), r"scores of 'heavyres' have shape \(5,\), the inputs have 6 rows"),
        ({"heavyre": np.ones(6)}, r"no output 'heavyre'\. Did you mean 'heavyres'"),
    ],
    ids=["outputs", "length", "name"],
)
def test_scores_that_do_not_fit(scores: Any, text: str) -> None:
    with pytest.raises(BadOption, match=text):
        read_inputs(ROWS, CARD, scores=scores)


def test_questions_that_have_no_answer(settings: dict[str, Any]) -> None:
    higp, gtt = settings[HHH], settings[GTT]
    with pytest.raises(UnknownName, match=r"3 networks, and the inputs have no names of columns: .*'nonres', 'res'"):
        higp.search.hunt(higp.result, higp.same.raw)
    with pytest.raises(UnknownName, match=r"no network 'heavyre'\. Did you mean 'heavyres'"):
        higp.search.hunt(higp.result, network="heavyre")
    with pytest.raises(BadOption, match=r"stage is one of fed, raw, not 'row'\. Did you mean 'raw'"):
        gtt.search.hunt(gtt.result, stage="row")
    with pytest.raises(BadOption, match=r"no parameters for the region 'SR-Gtt-2100'\. Did you mean 'SR-Gtt-2100-1'"):
        gtt.search.hunt(gtt.result, gtt.same.raw, region="SR-Gtt-2100")


def test_several_networks_are_each_looked_at_or_told_by_their_columns(settings: dict[str, Any]) -> None:
    higp = settings[HHH]
    reports = higp.search.hunt(higp.result, effects="none")
    assert [report.network for report in reports] == ["nonres", "res", "heavyres"]
    assert reports.is_clean
    assert set(reports.to_dict()["networks"]) == set(higp.search.cards)
    assert reports["res"].conclusion in reports.conclusion
    with pytest.raises(UnknownName, match=r"no network 'heavyre'\. Did you mean 'heavyres'"):
        reports["heavyre"]
    card = higp.search.cards["heavyres"]
    named = {name: higp.same.raw[:, k] for name, k in card.columns.items()}
    assert higp.search.hunt(higp.result, named, stage="raw", effects="none").network == "heavyres"
