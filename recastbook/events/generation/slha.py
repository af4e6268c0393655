"""SLHA: the text that tells Pythia masses and decays, written and looked into.

Format: Skands et al., JHEP 07 (2004) 036 (SLHA), and Allanach et al., CPC 180 (2009) 8 (SLHA2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from recastbook.exceptions import BadFile

__all__ = ["COLOURED", "Decay", "Spectrum", "read_slha", "simplified_model"]

COLOURED = (*range(1000001, 1000007), *range(2000001, 2000007), 1000021)
"""PDG numbers of squarks and gluino, which cannot reach the detector bare."""

DECOUPLED = 1.0e5
"""Mass of particles that take no part, GeV."""

_OTHERS = (
    *(c for c in COLOURED if c != 1000021),
    *range(1000011, 1000017), 2000011, 2000013, 2000015,
    1000023, 1000025, 1000035, 1000024, 1000037, 35, 36, 37,
)  # fmt: skip

_UNIT_MATRICES = {"STOPMIX": 2, "SBOTMIX": 2, "STAUMIX": 2, "NMIX": 4, "UMIX": 2, "VMIX": 2}


class Decay(NamedTuple):
    """One decay channel."""

    branching_ratio: float
    """Fraction of the decays, 0 to 1."""
    products: tuple[int, ...]
    """PDG numbers."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """What is read from an SLHA text."""

    blocks: tuple[str, ...]
    """Names of the blocks, upper case."""
    modsel: Mapping[int, int] = field(default_factory=dict)
    """Entries of block MODSEL."""
    masses: Mapping[int, float] = field(default_factory=dict)
    """GeV, by PDG number."""
    widths: Mapping[int, float] = field(default_factory=dict)
    """GeV, by PDG number, for every DECAY table."""
    decays: Mapping[int, tuple[Decay, ...]] = field(default_factory=dict)
    """Channels by PDG number."""


def simplified_model(
    masses: Mapping[int, float],
    decays: Mapping[int, Sequence[Decay]],
    *,
    width: float,
    title: str,
    mixing: Mapping[str, Sequence[Sequence[float]]] | None = None,
) -> str:
    """Write the SLHA text of a simplified model; every other new particle gets 100 TeV.

    Parameters
    ----------
    masses
        GeV, by PDG number.
    decays
        Channels by PDG number; a particle with an empty list is written as stable.
    width
        Total width of the decaying particles, GeV.
    title
        Comment on the first line.
    mixing
        Rows of mixing matrices by block name, in place of unit matrices; ``IMNMIX`` is the imaginary part of ``NMIX``.

    Returns
    -------
    str
        SLHA text. It has MODSEL, without which Pythia switches supersymmetry off, and unit mixing matrices.

    Examples
    --------
    >>> text = simplified_model({1000022: 1.0}, {1000022: []}, width=0.01, title="nothing")
    >>> read_slha(text).masses[1000022]
    1.0
    """
    lines = [f"# {title}", "BLOCK SPINFO", "   1   recastbook", "   2   1", "BLOCK MODSEL", "   1   0   # general MSSM"]
    lines += ["BLOCK SMINPUTS", "   1   127.95", "   2   1.16637e-05", "   3   0.1184", "   4   91.1876"]
    lines += ["   5   4.18", "   6   172.5", "   7   1.777"]
    lines += ["BLOCK MINPAR", "   3   10.0   # tan(beta)"]
    spectrum = {25: 125.0, **dict.fromkeys(_OTHERS, DECOUPLED), **masses}
    lines.append("BLOCK MASS")
    lines += [f"   {code:8d}   {spectrum[code]:.8e}" for code in sorted(spectrum)]
    unit = {n: [[float(i == j) for j in range(size)] for i in range(size)] for n, size in _UNIT_MATRICES.items()}
    for name, rows in (unit | dict(mixing or {})).items():
        lines.append(f"BLOCK {name}")
        lines += [f"   {i}  {j}   {value!r}" for i, row in enumerate(rows, 1) for j, value in enumerate(row, 1)]
    lines += ["BLOCK ALPHA", "   -0.1", "BLOCK HMIX Q= 1.0e3", "   1   1.0e5", "   2   10.0", "   3   246.0"]
    lines.append("   4   1.0e10")
    lines += ["BLOCK GAUGE Q= 1.0e3", "   1   0.36", "   2   0.64", "   3   1.06"]
    lines += ["BLOCK MSOFT Q= 1.0e3", "   1   1.0e5", "   2   1.0e5", "   3   1.0e5"]
    for code, channels in decays.items():
        lines.append(f"DECAY {code:8d} {width if channels else 0.0:.6e}")
        for channel in channels:
            products = " ".join(f"{p:9d}" for p in channel.products)
            lines.append(f"   {channel.branching_ratio:.8e} {len(channel.products):3d} {products}")
    return "\n".join(lines) + "\n"


def read_slha(text: str, *, name: str = "SLHA") -> Spectrum:
    """Read masses, MODSEL and decay tables of an SLHA text; other blocks are only listed.

    Parameters
    ----------
    text
        Content of an SLHA file.
    name
        What to call it in an error.

    Raises
    ------
    BadFile
        If there is no block and no decay table at all, or a line cannot be read; it is named.
    """
    blocks: list[str] = []
    modsel: dict[int, int] = {}
    masses: dict[int, float] = {}
    widths: dict[int, float] = {}
    decays: dict[int, list[Decay]] = {}
    block, mother = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        words = raw.split("#", 1)[0].split()
        if not words:
            continue
        head = words[0].upper()
        try:
            if head == "BLOCK":
                block, mother = words[1].upper(), 0
                blocks.append(block)
            elif head == "DECAY":
                block, mother = "", int(words[1])
                widths[mother] = _finite(words[2])
                decays[mother] = []
            elif block == "MASS":
                masses[int(words[0])] = _finite(words[1])
            elif block == "MODSEL" and len(words) > 1:
                modsel[int(words[0])] = int(float(words[1]))
            elif mother:
                products = tuple(int(w) for w in words[2 : 2 + int(words[1])])
                if len(products) != int(words[1]):
                    message = f"{words[1]} products announced, {len(products)} given"
                    raise ValueError(message)
                decays[mother].append(Decay(_finite(words[0]), products))
        except (ValueError, IndexError) as error:
            message = f"{name}, line {number}: cannot read {raw.strip()!r} ({error})"
            raise BadFile(message) from None
    if not blocks and not decays:
        message = f"{name} holds no BLOCK and no DECAY: this is not an SLHA file"
        raise BadFile(message)
    return Spectrum(tuple(blocks), modsel, masses, widths, {k: tuple(v) for k, v in decays.items()})


def _finite(word: str) -> float:
    value = float(word.replace("d", "e").replace("D", "e"))
    if not math.isfinite(value):
        message = f"{word} is not a finite number"
        raise ValueError(message)
    return value
