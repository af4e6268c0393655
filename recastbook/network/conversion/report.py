"""What a conversion did, and how well the new file agrees with the old one."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recastbook import display
from recastbook.network.conversion.parity import QUANTILES, Comparison, NearCut
from recastbook.network.conversion.sandbox import Limits

__all__ = ["ConversionReport"]


@dataclass(frozen=True, slots=True)
class ConversionReport(display.Tabular):
    """The result of :func:`recastbook.network.conversion.convert_model`."""

    source: Path
    """The file that was read."""
    format: str
    """Its format."""
    model: str
    """What it holds, in the words of its library."""
    source_sha256: str
    """Checksum of what was read."""
    out: Path
    """The ONNX file that was written."""
    sha256: str
    """Its checksum."""
    size_bytes: int
    """Its length."""
    inputs: tuple[str, ...]
    """Names of the input columns where the source knows them, else the tensor and its width."""
    outputs: tuple[str, ...]
    """Names of the score columns where the source knows them, else ``output_0``, ..."""
    tensors: tuple[str, str]
    """Names of the input and output tensors of the ONNX file."""
    scaler: str
    """Where standardisation is: ``inside`` or ``none given``."""
    reference: str
    """What the scores were compared with."""
    tolerance: float
    """Difference above which a row is counted."""
    comparisons: tuple[Comparison, ...]
    """Differences over each set of values."""
    cuts: tuple[NearCut, ...] = ()
    """What happens close to each cut."""
    layers: tuple[str, ...] = ()
    """What confined the process that read the file; empty if none was needed."""
    limits: Limits | None = None
    """What that process was allowed to use."""
    seconds: float = 0.0
    """Time on the clock."""
    peak_mib: float = 0.0
    """Most memory seen in use by the confined process."""
    classes: tuple[str, ...] = ()
    """Labels of the classes in the order of the scores, where the source tells them."""
    notes: tuple[str, ...] = ()
    """What a user should know."""

    @property
    def agrees(self) -> bool:
        """Whether at most one row in a thousand of every set differs by more than the tolerance."""
        return all(c.above <= c.rows / 1000 for c in self.comparisons)

    @property
    def flips(self) -> int:
        """Rows that change sides of a cut."""
        return sum(cut.flips for cut in self.cuts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; a figure without rows is null."""
        plain = asdict(self)
        for cut in plain["cuts"]:
            cut["largest"] = None if math.isnan(cut["largest"]) else cut["largest"]
        return {**plain, "source": str(self.source), "out": str(self.out), "agrees": self.agrees, "flips": self.flips}

    def facts(self) -> dict[str, object]:
        """Return the facts in lines, for display."""
        facts: dict[str, object] = {
            "read": f"{self.source} ({self.format}: {self.model})",
            "written": f"{self.out} ({self.size_bytes} bytes, sha256 {self.sha256[:12]}...)",
            "inputs": f"{len(self.inputs)} in {self.tensors[0]!r}: {_some(self.inputs)}",
            "outputs": f"{len(self.outputs)} in {self.tensors[1]!r}: {_some(self.outputs)}",
            **({"classes": _some(self.classes)} if self.classes else {}),
            "standardisation": self.scaler,
            "compared with": self.reference,
            "agreement": f"{'yes' if self.agrees else 'NO'}, tolerance {self.tolerance:g}",
        }
        if self.limits is not None:
            facts["confined by"] = ", ".join(self.layers)
            facts["used"] = (
                f"{self.seconds:.1f} s of {self.limits.wall_seconds:g} s, {self.peak_mib:.0f} MiB of "
                f"{self.limits.memory_mib} MiB"
            )
        return facts

    def comparison_rows(self) -> list[tuple[object, ...]]:
        """Return the table of differences, for display."""
        return [(c.values, c.rows, c.largest, *c.quantiles, c.above) for c in self.comparisons]

    def cut_rows(self) -> list[tuple[object, ...]]:
        """Return the table of cuts, for display."""
        names = self.outputs
        return [(names[c.output], f"{c.cut:.9g}", f"± {c.window:g}", c.rows, c.largest, c.flips) for c in self.cuts]

    # no fields: headers of the tables
    comparison_headers = ("values", "rows", "largest", *(f"{100 * q:g} %" for q in QUANTILES), "above tolerance")
    cut_headers = ("score", "cut", "window", "rows in it", "largest", "change sides")

    def __str__(self) -> str:
        parts = [display.text_card(f"{self.source.name} as ONNX", self.facts(), notes=self.notes)]
        parts.append(display.text_table(self.comparison_headers, self.comparison_rows()))
        if self.cuts:
            parts.append(display.text_table(self.cut_headers, self.cut_rows()))
        return "\n\n".join(parts)

    def _as_table(self) -> display.TableView:
        said = [f"{name}: {value}" for name, value in self.facts().items()]
        title = f"{self.source.name} as ONNX"
        return display.TableView(self.comparison_headers, self.comparison_rows(), title, [*said, *self.notes])

    def _repr_html_(self) -> str:
        body = [display.html_table(self.comparison_headers, self.comparison_rows())]
        if self.cuts:
            body.append(display.html_table(self.cut_headers, self.cut_rows()))
        body.append(display.copies(self._as_table()))
        badges = [display.badge("agrees" if self.agrees else "differs", "ok" if self.agrees else "warning")]
        notes = [display.note(text, "note") for text in self.notes]
        return str(display.card(f"{self.source.name} as ONNX", self.facts(), badges=badges, body=body, notes=notes))


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f", ... ({len(names)})" if len(names) > 8 else "")
