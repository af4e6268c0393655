"""Running a network: the right numbers, and one clear error for everything that is wrong with file or matrix."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace

import numpy as np
import pytest

from recastbook.exceptions import BadOption, MissingData, NetworkError, UnknownName
from recastbook.network import Session
from recastbook.network.open_batch import open_batch


@pytest.fixture
def rows(toy_card):
    rng = np.random.default_rng(3)
    return toy_card.normalise(rng.normal(toy_card.means, toy_card.widths, size=(1000, 9)))


def test_scores_are_those_of_numpy(toy, toy_card, rows, expected):
    toy()
    scores = toy_card.session().run(rows)
    assert list(scores) == ["p_signal", "p_background"]
    assert scores["p_signal"].dtype == np.float32
    np.testing.assert_allclose(np.stack(list(scores.values()), axis=1), expected(rows), atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 7, 256, 1000, 5000])
def test_scores_do_not_depend_on_the_batch_size(toy, toy_card, rows, batch_size):
    path = toy()
    reference = Session(toy_card, path, batch_size=512).run(rows)["p_signal"]
    other = Session(toy_card, path, batch_size=batch_size).run(rows)["p_signal"]
    np.testing.assert_allclose(other, reference, atol=1e-6)


def test_a_session_travels_and_opens_again(toy, toy_card, rows):
    session = toy_card.session(toy())
    before = session.run(rows)["p_signal"]
    again = pickle.loads(pickle.dumps(session))  # noqa: S301
    assert "not opened yet" in repr(again)
    np.testing.assert_array_equal(again.run(rows)["p_signal"], before)


def test_only_the_asked_outputs(toy, toy_card, rows):
    session = toy_card.session(toy())
    assert list(session.run(rows, outputs=["p_background"])) == ["p_background"]
    with pytest.raises(UnknownName, match="Did you mean 'p_signal'"):
        session.run(rows, outputs=["p_sig"])


def test_no_rows_are_no_scores(toy, toy_card):
    assert toy_card.session(toy()).run(np.zeros((0, 9), dtype=np.float32))["p_signal"].shape == (0,)


@pytest.mark.parametrize("fixed", [1, 3])
@pytest.mark.parametrize("reshape", [False, True], ids=["free graph", "graph needs its rows"])
def test_fixed_number_of_rows_is_opened_or_served(toy, toy_card, rows, expected, fixed, reshape):
    session = toy_card.session(toy(rows=fixed, reshape=reshape)).open()
    assert session.rows_per_call == (fixed if reshape else 512)
    np.testing.assert_allclose(session.run(rows[:50])["p_signal"], expected(rows[:50])[:, 0], atol=1e-6)


def test_opened_file_differs_in_shapes_alone(toy, tmp_path):
    import onnx

    before = onnx.load(str(toy(rows=1)))
    after = onnx.load_from_string(open_batch(before.SerializeToString()))
    onnx.checker.check_model(after)
    for tensor in (*after.graph.input, *after.graph.output):
        assert tensor.type.tensor_type.shape.dim[0].dim_param == "batch"
        tensor.type.tensor_type.shape.dim[0].dim_value = 1
    assert after.SerializeToString(deterministic=True) == before.SerializeToString(deterministic=True)
    with pytest.raises(NetworkError, match="no ONNX file, or it is truncated"):
        open_batch(before.SerializeToString()[:-5])


# ---- is it the right file?


def test_checksums_are_checked(toy, toy_card, with_file, sha256):
    path = toy()
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324 - as git does
    right = {"sha256": sha256(path), "git_blob_sha1": blob, "size_bytes": len(content)}
    with_file(toy_card, **right).session(path).open()
    for field, wrong in (("sha256", "0" * 64), ("git_blob_sha1", "1" * 40), ("size_bytes", 12)):
        card = with_file(toy_card, **{**right, field: wrong})
        with pytest.raises(NetworkError, match=rf"toy.onnx: {field} is {wrong} in the model card, but the file has"):
            card.session(path).open()
        card.session(path, verify=False).open()


def test_file_replaced_after_the_card_was_made(toy, toy_card, with_file, sha256):
    card = with_file(toy_card, sha256=sha256(toy()))
    toy(permute=[1, 0, 2, 3, 4, 5, 6, 7, 8])
    with pytest.raises(NetworkError, match="another network, or damaged"):
        card.session().open()


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, -1], ids=["nothing", "a byte", "the start", "half", "all but a byte"])
def test_truncated_file(toy, toy_card, keep):
    path = toy()
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    with pytest.raises(NetworkError, match=r"toy\.onnx"):
        toy_card.session(path).run(np.zeros((2, 9), dtype=np.float32))


@pytest.mark.parametrize(
    "content",
    [b"not a network", b"\x80\x04\x95pickle", b"<html>404</html>" * 50, b"\0" * 4096, bytes(range(256)) * 20],
    ids=["text", "pickle", "html", "zeros", "bytes"],
)
def test_garbage_is_no_network(toy_card, tmp_path, content):
    path = tmp_path / "toy.onnx"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=r"toy\.onnx"):
        toy_card.session(path).open()


def test_missing_folder_or_huge_file(toy_card, tmp_path):
    with pytest.raises(MissingData, match=r"nowhere\.onnx does not exist"):
        toy_card.session(tmp_path / "nowhere.onnx").open()
    with pytest.raises(NetworkError, match="cannot be read"):
        toy_card.session(tmp_path).open()
    huge = tmp_path / "huge.onnx"
    with huge.open("wb") as stream:
        stream.truncate(3 << 30)  # sparse: no byte is written
    with pytest.raises(NetworkError, match="too many for a network"):
        toy_card.session(huge).open()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_in": 8}, "input 'features' has width 8, the model card lists 9 inputs"),
        ({"n_out": 3}, "output 'scores' has width 3, the model card lists 2 outputs"),
        ({"dtype": "float64"}, r"input 'features' is tensor\(double\), the model card says float32"),
        ({"input_name": "x"}, "no input 'features', which the model card names; it has x"),
        ({"output_name": "y"}, "no output 'scores', which the model card names; it has y"),
        ({"last": "Sparkle", "domain": "com.example"}, "it uses com.example.Sparkle, which is no part of ONNX"),
    ],
    ids=["width", "outputs", "dtype", "input name", "output name", "custom operator"],
)
def test_file_that_disagrees_with_the_card(toy, toy_card, changes, message):
    with pytest.raises(NetworkError, match=message):
        toy_card.session(toy(**changes)).open()


def test_external_weights_do_not_escape_the_checksum(toy, toy_card, tmp_path, with_file, sha256):
    import onnx

    model = onnx.load(str(toy()))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    onnx.save(model, str(folder / "toy.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0)
    card = with_file(toy_card, sha256=sha256(folder / "toy.onnx"))
    with pytest.raises(NetworkError, match=r"constants are kept in weights\.bin, which the checksum .* does not cover"):
        card.session(folder / "toy.onnx").open()


# ---- is it the right matrix, are these the right outputs?


def test_matrix_that_does_not_fit(toy, toy_card, rows):
    session = toy_card.session(toy())
    with pytest.raises(NetworkError, match=r"shape \(N, 9\); this one has \(1000, 8\)"):
        session.run(rows[:, :8])
    with pytest.raises(NetworkError, match="takes float32, this matrix is float64"):
        session.run(rows.astype(np.float64))
    with pytest.raises(NetworkError, match=r"\(9,\)"):
        session.run(rows[0])
    broken = rows.copy()
    broken[17, 6] = np.nan
    with pytest.raises(NetworkError, match="row 17: input 'met'"):
        session.run(broken)


def test_outputs_that_are_no_softmax(toy, toy_card, rows):
    path = toy(last="Identity")
    with pytest.raises(NetworkError, match="activation softmax, but the outputs of row 0 sum to"):
        toy_card.session(path).run(rows)
    assert replace(toy_card, activation="linear").session(path).run(rows)["p_signal"].shape == (1000,)


def test_permuted_network_fails_its_golden_row(toy, toy_card, expected):
    raw = np.array([[120.0, 0.5, 1.0, 70.0, -1.0, 2.0, 400.0, 3.0, 1500.0]])
    row = replace(
        toy_card.golden_rows[0],
        raw=dict(zip(toy_card.columns, raw[0], strict=True)),
        normalised={},
        scores={"p_signal": float(expected(toy_card.normalise(raw))[0, 0])},
    )
    card = replace(toy_card, golden_rows=(row,))
    assert card.check_golden(card.session(toy())) == 1
    with pytest.raises(NetworkError, match=r"golden row 'no jets': score 'p_signal' is .*, expected"):
        card.check_golden(card.session(toy("permuted.onnx", permute=[3, 4, 5, 0, 1, 2, 6, 7, 8])))


def test_impossible_settings(toy, toy_card):
    with pytest.raises(BadOption, match="batch_size is 0"):
        toy_card.session(toy(), batch_size=0)
    with pytest.raises(BadOption, match="threads is -1"):
        toy_card.session(toy(), threads=-1)
