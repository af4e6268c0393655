"""Running a network with ONNX Runtime: opened on first use, checked against its card, in batches."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recastbook.exceptions import BadOption, NetworkError, UnknownName, did_you_mean
from recastbook.network import files
from recastbook.network.class_labels import refuse_other_labels, told_labels
from recastbook.network.contract import ModelFile, Tensor
from recastbook.network.inspection import refuse_foreign
from recastbook.network.open_batch import open_batch

if TYPE_CHECKING:
    from recastbook.network.card import ModelCard

__all__ = ["BATCH_SIZE", "Session"]

log = logging.getLogger(__name__)

BATCH_SIZE = 512
"""Rows per call: the cost of a call is spread, and the values between layers stay in the cache of the processor."""

_DTYPES = {"float32": "tensor(float)", "float64": "tensor(double)", "int64": "tensor(int64)"}
_SUM_TOLERANCE = 1e-3


class Session:
    """A network that can be run.

    The file is opened on first use and dropped when the session is pickled, so that it can travel to workers.

    Parameters
    ----------
    card
        The model card.
    path
        The network file.
    file
        Name of its entry in the card, if the card has several.
    threads
        Number of threads within one operation.
    batch_size
        Rows per call of the runtime.
    verify
        Whether the checksum must be the one of the card.
    """

    def __init__(
        self,
        card: ModelCard,
        path: str | os.PathLike[str],
        *,
        file: str | None = None,
        threads: int = 1,
        batch_size: int = BATCH_SIZE,
        verify: bool = True,
    ) -> None:
        for name, value in (("threads", threads), ("batch_size", batch_size)):
            if value < 1:
                message = f"{name} is {value}; at least 1 is needed"
                raise BadOption(message)
        self.card = card
        self.path = Path(path)
        self.entry: ModelFile = card.file(file)
        self.threads = threads
        self.batch_size = batch_size
        self.verify = verify
        self._opened: Any = None
        self._fixed_rows: int | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def __repr__(self) -> str:
        state = "open" if self._opened is not None else "not opened yet"
        return f"<Session {self.card.title!r}, {self.path.name}, {self.threads} thread(s), {state}>"

    @property
    def rows_per_call(self) -> int:
        """Rows that one call of the runtime takes: the batch size, or what the file insists on."""
        return self._fixed_rows or self.batch_size

    def open(self) -> Session:
        """Open the file now and check it against the card; returns the session itself.

        Raises
        ------
        MissingData
            If the file does not exist.
        NetworkError
            If it is no network, or not the one of the card; file and field are named.
        """
        if self._opened is None:
            self._opened = self._load()
        return self

    def run(
        self, matrix: NDArray[np.float32], *, outputs: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Evaluate the network.

        Parameters
        ----------
        matrix
            What the network is fed, float32 of shape (N, number of inputs), as :meth:`ModelCard.normalise` makes it.
        outputs
            Names of the scores that are wanted; all if not given.

        Returns
        -------
        dict
            Scores by name, float32 of shape (N,).

        Raises
        ------
        NetworkError
            If shape or type are wrong, a row is not finite, or the outputs of a softmax do not sum to one.
        """
        names = self.card.output_names if outputs is None else tuple(outputs)
        for name in names:
            if name not in self.card.output_names:
                message = f"{self.card.title!r} has no output {name!r}.{did_you_mean(name, self.card.output_names)}"
                raise UnknownName(message)
        scores = self._run_all(matrix)
        return {name: scores[:, self.card.output_names.index(name)].copy() for name in names}

    def _run_all(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        width = len(self.card.inputs)
        if matrix.ndim != 2 or matrix.shape[1] != width:
            message = f"{self.path.name} takes a matrix of shape (N, {width}); this one has {matrix.shape}"
            raise NetworkError(message)
        wanted = np.dtype(self.entry.input.dtype)
        if matrix.dtype != wanted and not (wanted == np.float64 and matrix.dtype == np.float32):
            message = f"{self.path.name} takes {wanted}, this matrix is {matrix.dtype}; ModelCard.normalise() makes it"
            raise NetworkError(message)
        finite = np.isfinite(matrix.sum(axis=1))
        if not finite.all():
            row = int(np.flatnonzero(~finite)[0])
            bad = ~np.isfinite(matrix[row])
            column = self.card.inputs[int(np.flatnonzero(bad)[0])].name if bad.any() else "sum of inputs"
            message = f"row {row}: input {column!r} of {self.path.name} is not finite"
            raise NetworkError(message)
        self.open()
        out = np.empty((len(matrix), len(self.card.outputs)), dtype=np.float32)
        step = self.rows_per_call
        for start in range(0, len(matrix), step):
            block = np.ascontiguousarray(matrix[start : start + step], dtype=wanted)
            out[start : start + step] = self._call(block)
        self._check_scores(out)
        return out

    def _call(self, block: NDArray[Any]) -> NDArray[Any]:
        rows = len(block)
        if self._fixed_rows is not None and rows < self._fixed_rows:
            block = np.concatenate([block, np.repeat(block[-1:], self._fixed_rows - rows, axis=0)])
        try:
            (result,) = self._opened.run([self.entry.output.name], {self.entry.input.name: block})
        except Exception as error:  # the runtime raises classes of its own that share no public base
            message = f"{self.path}: the network failed on a batch of shape {block.shape}: {_first_line(error)}"
            raise NetworkError(message) from error
        scores = np.asarray(result)
        expected = (len(block), len(self.card.outputs))
        if scores.shape == expected[:1] and expected[1] == 1:
            scores = scores[:, None]
        if scores.shape != expected:
            name = self.entry.output.name
            message = f"{self.path}: output {name!r} has shape {scores.shape}, the model card says {expected}"
            raise NetworkError(message)
        return scores[:rows]

    def _check_scores(self, scores: NDArray[np.float32]) -> None:
        total = scores.sum(axis=1, dtype=np.float64)
        bad = ~np.isfinite(total)
        if bad.any():
            message = f"{self.path}: row {int(np.flatnonzero(bad)[0])} gives a score that is not finite"
            raise NetworkError(message)
        if self.card.activation == "softmax":
            off = np.abs(total - 1.0) > _SUM_TOLERANCE
            if off.any():
                row = int(np.flatnonzero(off)[0])
                message = (
                    f"{self.path}: the model card says activation softmax, but the outputs of row {row} sum to "
                    f"{total[row]:.6g}, not 1"
                )
                raise NetworkError(message)

    def _load(self) -> Any:
        content = files.read(self.path, self.entry, verify=self.verify)
        beside = refuse_foreign(content, self.path)
        if beside and self.verify and (self.entry.sha256 or self.entry.git_blob_sha1):
            message = (
                f"{self.path}: constants are kept in {', '.join(beside)}, which the checksum of the model card does "
                "not cover; write the network as one file"
            )
            raise NetworkError(message)
        if self.card.role == "surrogate":
            refuse_other_labels(
                told_labels(content), self.card.output_names, path=self.path, title=repr(self.card.title)
            )
        opened = self._session_of(content)
        fixed = self._check_tensor("input", opened.get_inputs(), self.entry.input, len(self.card.inputs))
        self._check_tensor("output", opened.get_outputs(), self.entry.output, len(self.card.outputs))
        free = self._free_rows(content, opened, fixed) if fixed is not None else None
        self._fixed_rows = fixed if free is None else None
        return opened if free is None else free

    def _free_rows(self, content: bytes, opened: Any, fixed: int) -> Any:
        """Return a session for any number of rows if it gives the same scores as the file, else None."""
        rows = np.random.default_rng(1).normal(size=(2 * fixed + 3, len(self.card.inputs)))
        rows = rows.astype(self.entry.input.dtype)
        names, feed = [self.entry.output.name], self.entry.input.name
        try:
            free = self._session_of(open_batch(content))
            (batched,) = free.run(names, {feed: rows})
            single = [opened.run(names, {feed: rows[k : k + fixed]})[0] for k in (0, fixed)]
        except Exception as error:  # noqa: BLE001 - as in _call; the graph itself needs its number of rows
            log.info("%s: takes %d row(s) a call, which cannot be changed (%s)", self.path, fixed, _first_line(error))
            return None
        same = np.allclose(np.asarray(batched)[: 2 * fixed], np.concatenate(single), rtol=0.0, atol=1e-6)
        log.info("%s: takes %d row(s) a call; %s", self.path, fixed, "opened for any" if same else "left so")
        return free if same else None

    def _session_of(self, content: bytes) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors arrive as exceptions; the log would only repeat them on stderr
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # constants beside the file are looked for in its folder, where they were checked to be, and nowhere else
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(self.path.absolute().parent)
        )
        try:
            return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # as in _call
            message = (
                f"{self.path}: ONNX Runtime cannot open the file ({len(content)} bytes): {_first_line(error)}. "
                "It is truncated, no ONNX file, or uses operators that are not part of ONNX."
            )
            raise NetworkError(message) from error

    def _check_tensor(self, what: str, found: list[Any], wanted: Tensor, width: int) -> int | None:
        """Compare a tensor of the file with the card; return the number of rows if the file fixes it."""
        by_name = {tensor.name: tensor for tensor in found}
        if wanted.name not in by_name:
            message = f"{self.path}: no {what} {wanted.name!r}, which the model card names; it has {', '.join(by_name)}"
            raise NetworkError(message)
        if what == "input" and len(by_name) > 1:
            message = f"{self.path}: the file has {len(by_name)} inputs ({', '.join(by_name)}), the model card one"
            raise NetworkError(message)
        tensor = by_name[wanted.name]
        if tensor.type != _DTYPES[wanted.dtype]:
            message = f"{self.path}: {what} {wanted.name!r} is {tensor.type}, the model card says {wanted.dtype}"
            raise NetworkError(message)
        last = tensor.shape[-1] if tensor.shape else None
        if isinstance(last, int) and last != width:
            message = f"{self.path}: {what} {wanted.name!r} has width {last}, the model card lists {width} {what}s"
            raise NetworkError(message)
        first = tensor.shape[0] if len(tensor.shape) > 1 else None
        return first if isinstance(first, int) and first > 0 else None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
