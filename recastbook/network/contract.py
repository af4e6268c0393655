"""The records of a model card: what is fed to a network, what comes out, and which file it is.

All are plain values. :mod:`recastbook.network.card` ties them together, :mod:`recastbook.network.cardfile` reads
and writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "PHI_RANGES",
    "AnalysisReference",
    "GoldenRow",
    "Input",
    "InputVariant",
    "ModelFile",
    "Normalisation",
    "ObjectBlock",
    "Option",
    "Output",
    "ParameterPoint",
    "Parameters",
    "Reuse",
    "Surrogate",
    "Tensor",
    "Threshold",
    "Thresholds",
    "Validation",
]

PHI_RANGES = ("minus_pi_pi", "0_2pi")
"""Names of the two conventions for an azimuth: [-pi, pi) and [0, 2 pi)."""


@dataclass(frozen=True, slots=True)
class AnalysisReference:
    """The search that a network belongs to."""

    id: str
    """Identifier, for example ``ATLAS-SUSY-2018-30``."""
    arxiv: str | None = None
    """arXiv number."""
    inspire: str | None = None
    """INSPIRE record."""
    hepdata: str | None = None
    """HEPData record or DOI."""
    regions: tuple[str, ...] = ()
    """Regions that cut on the network."""
    cuts: str | None = None
    """Where the cuts of those regions stand with all published digits, for example ``regions.yaml``."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """What the authors did so that others can evaluate the network (Les Houches guide, arXiv:2312.14575)."""

    considered: str = "not stated"
    """Whether reuse played a role when the inputs were chosen."""
    strategy: str = "not stated"
    """One of eliminate, efficiencies, simulate, surrogate, not stated."""
    substitute: str | None = None
    """What replaces inputs that only a detector simulation has."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a network file."""

    name: str
    """Name inside the file."""
    dtype: str
    """Number type: float32, float64 or int64."""
    shape: tuple[int | None, ...]
    """Shape; None stands for a length that is free."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A network file and how to recognise it."""

    name: str
    """File name, relative to the card or to a folder of the data store."""
    input: Tensor
    """What is fed."""
    output: Tensor
    """What comes out."""
    format: str = "onnx"
    """File format."""
    sha256: str | None = None
    """SHA-256 of the content."""
    git_blob_sha1: str | None = None
    """Name of the content in a git repository."""
    size_bytes: int | None = None
    """Length of the file."""
    urls: tuple[str, ...] = ()
    """Public addresses."""
    doi: str | None = None
    """DOI of the file."""
    licence: str = "not stated"
    """Licence as its publisher states it."""
    framework: str = "not stated"
    """What it was trained with."""
    opset: int | None = None
    """ONNX operator set."""
    when: tuple[Mapping[str, Any], ...] = ()
    """Which events it is for, if not all: ``{feature: n_jets, equals: 4}`` (or ``min``, ``max``); a fold has
    ``modulus`` and ``remainder``. The feature ``event`` is the event number."""
    means: tuple[float, ...] | None = None
    """Means of this file, where they differ from those of the inputs."""
    widths: tuple[float, ...] | None = None
    """Widths of this file, where they differ from those of the inputs."""


@dataclass(frozen=True, slots=True)
class ObjectBlock:
    """A collection that fills a block of inputs."""

    name: str
    """Name of the collection, as an analysis passes it."""
    definition: str
    """Which objects these are: selection, overlap removal."""
    sort_by: str
    """Quantity by which they are sorted, falling."""
    truncation: int
    """How many of them the network sees."""
    level: str
    """truth, particle, reco-object or detector-only."""
    massless: bool = False
    """Whether the masses fed are zero by convention."""
    eta_or_rapidity: str | None = None
    """What tells the direction along the beam: eta, rapidity or neither; None: not stated."""
    mass_or_energy: str | None = None
    """The fourth component that is fed: mass, energy or neither; None: not stated."""
    sign: str | None = None
    """Whether directions are fed signed or absolute; None: not stated."""
    phi_reference: str | None = None
    """Where azimuths are counted from: ``detector`` if not rotated, else what they are relative to."""
    quantities: Mapping[str, str] = field(default_factory=dict)
    """Definition of each quantity."""
    legend: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Meaning of the codes of quantities that are categories."""


@dataclass(frozen=True, slots=True)
class Input:
    """One column of what the network is fed."""

    name: str
    """Name of the column."""
    quantity: str
    """What it is: a field of its object, an event quantity, or a parameter."""
    unit: str
    """Unit of the number that is fed, before `scale`."""
    object: str | None = None
    """Collection it belongs to; None for event quantities and parameters."""
    index: int | None = None
    """Which object of the collection, counted from 0 in its order."""
    scale: float = 1.0
    """Factor on the number in `unit`, for example 0.01 for pT/100."""
    padding: float | None = None
    """What is fed where the object does not exist, after `scale` and before the normalisation; None: must exist."""
    phi_range: str | None = None
    """Convention of an azimuth, one of :data:`PHI_RANGES`."""
    mean: float | None = None
    """Subtracted by the normalisation."""
    width: float | None = None
    """Divided by in the normalisation."""
    level: str | None = None
    """truth, particle, reco-object, detector-only or parameter; None: as its object."""
    definition: str = ""
    """Full definition where its object does not give it."""
    valid_range: tuple[float, float] | None = None
    """Smallest and largest value for which the network was made."""
    legend: Mapping[str, str] = field(default_factory=dict)
    """Meaning of the codes of a category."""
    massless: bool | None = None
    """Whether objects enter it without mass; None: as its object."""
    eta_or_rapidity: str | None = None
    """Coordinate along the beam that it is, or that enters it (dR): eta, rapidity or neither; None: as its object."""
    mass_or_energy: str | None = None
    """mass, energy or neither; None: as its object."""
    sign: str | None = None
    """signed or absolute; None: as its object."""
    phi_reference: str | None = None
    """What an azimuth is counted from, ``detector`` if it is not rotated; None: as its object."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output node."""

    name: str
    """Name of the score column."""
    meaning: str
    """What it is the score of."""
    certainty: str = "certain"
    """How well the meaning is known."""
    direction: str = "not stated"
    """What a higher value means."""
    constant: float | None = None
    """Value of a node that was not trained; a cut on it means nothing."""
    activation: str | None = None
    """Last operation of this node; None: that of the card."""
    transform: str = "none"
    """What is done with the score after the network and before any cut."""


@dataclass(frozen=True, slots=True)
class ParameterPoint:
    """The parameter values that a region asks a network about."""

    region: str
    """Name of the region."""
    values: tuple[float, ...]
    """One value per parameter, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Inputs that are a hypothesis, not a property of the event."""

    names: tuple[str, ...] = ()
    """Names of the inputs."""
    points: tuple[ParameterPoint, ...] = ()
    """The hypotheses used by the search."""

    def point(self, region: str) -> tuple[float, ...]:
        """Return the values that a region uses; KeyError where there are none."""
        for point in self.points:
            if point.region == region:
                return point.values
        raise KeyError(region)

    @property
    def distinct(self) -> tuple[tuple[float, ...], ...]:
        """The distinct points, in the order of their first region."""
        return tuple(dict.fromkeys(point.values for point in self.points))


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How raw values become what the first layer sees."""

    where: str
    """outside: done by us; inside: part of the file; none: raw values are fed."""
    rule: str = "(raw - mean) / width"
    """Formula."""
    scope: str = ""
    """Which columns: for example all, padding and parameters included."""
    precision: str = "float64, then cast to float32"
    """Precision in which it is computed."""


@dataclass(frozen=True, slots=True)
class InputVariant:
    """A second, named way to fill the inputs."""

    name: str
    """Name, as regions use it."""
    definition: str
    """What it is for and how it is filled."""
    absent: tuple[str, ...] = ()
    """Collections that count as empty."""
    replace: Mapping[str, str] = field(default_factory=dict)
    """Event quantities taken from another one: ``{met: met_dilepton}``."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Parameters that have a fixed value in this variant."""


@dataclass(frozen=True, slots=True)
class Option:
    """A convention that the sources leave open."""

    name: str
    """Name of the switch."""
    default: str
    """What is used unless told otherwise."""
    alternatives: tuple[str, ...]
    """What can be chosen, the default included."""
    reason: str
    """Why it is open and why the default is the default."""
    phi_range_of: str | None = None
    """The input whose azimuth convention it sets."""
    interchanged: str | None = None
    """The alternative for which means and widths of all inputs change places."""


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """A row with known results. Inputs that are not named are padding."""

    name: str
    """Name of the row."""
    raw: Mapping[str, float] = field(default_factory=dict)
    """Values before the normalisation."""
    normalised: Mapping[str, float] = field(default_factory=dict)
    """Expected values after it."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Expected scores."""
    tolerance: float = 1e-5
    """Largest allowed absolute difference."""
    source: str = ""
    """Where the expected values come from."""
    file: str = ""
    """Which of several network files it is for."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A published threshold and what stands for it with a network that is not the published one."""

    region: str
    """Region."""
    output: str
    """Score that is cut on."""
    point: tuple[float, ...]
    """Parameter point."""
    published: float
    """Threshold for the published network."""
    here: float
    """Threshold for this network."""
    signal_efficiency: float | None = None
    """Share of the named signal that passes, where it was measured."""
    background_efficiency: float | None = None
    """Share of the background that passes, where it was measured."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How thresholds change with a network that is not the published one."""

    rule: str
    """How they were chosen."""
    regions: tuple[Threshold, ...] = ()
    """One per signal region."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """What a surrogate stands for, and how far it can be trusted."""

    target: str
    """What it predicts: a score per event, a probability of a region, or an efficiency."""
    truth: str
    """Definition of the truth-level inputs."""
    uncertainty: str
    """Quoted uncertainty and where it was derived."""
    domain: str
    """Where it holds."""
    missing_objects: str
    """What is fed for an incomplete topology."""
    randomness: str = "deterministic"
    """Whether it draws random numbers, and from which seed."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Where the use of the network was checked."""

    codes: tuple[str, ...] = ()
    """Analysis codes that evaluate it."""
    cutflows: tuple[str, ...] = ()
    """Published cutflows with the steps before and after the network."""
    signals: tuple[str, ...] = ()
    """The exact signal model of each cutflow: spectrum, generator, cards, number of events."""
    snippet: str | None = None
    """Where a few lines of code evaluate one event."""
    scores: tuple[str, ...] = ()
    """Published score distributions."""
    importance: str | None = None
    """Where the importance of the inputs is shown."""
    runtimes: tuple[str, ...] = ()
    """Runtimes in which the file was evaluated."""
