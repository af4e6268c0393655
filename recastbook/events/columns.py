"""The column contract of a recastbook event file (level 2, truth objects) and of Delphes input (level 3).

One flat, NanoAOD-like table: per event ``nGenJet`` and the jagged columns ``GenJet_pt, GenJet_eta, ...``.
In memory the same content is passed round as *flat columns*, a ``dict[str, ndarray]`` where the columns of a
collection are concatenated over events and ``n<Collection>`` tells how many belong to each event, or as an
awkward record array (:func:`to_records`), where an analysis writes ``truth.GenJet.pt``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recastbook.events.decay_class import decay_class
from recastbook.exceptions import BadFile, did_you_mean

if TYPE_CHECKING:
    import awkward as ak

__all__ = ["RECO_COLUMNS", "TRUTH_COLUMNS", "Column", "FlatColumns", "collections_of", "to_flat", "to_records"]

FlatColumns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, numpy dtype, unit and meaning. Collection columns are named ``Collection_field``."""

    name: str
    dtype: str
    unit: str
    doc: str


def _collection(name: str, doc: str, *fields: tuple[str, str, str, str]) -> tuple[Column, ...]:
    count = Column(f"n{name}", "int32", "1", f"number of {doc}")
    return (count, *(Column(f"{name}_{f}", d, u, t) for f, d, u, t in fields))


_IDS = (
    Column("run", "int64", "1", "run number"),
    Column("luminosityBlock", "int64", "1", "one number per input file"),
    Column("event", "int64", "1", "event number as in the input"),
    Column("genWeight", "float64", "1", "nominal event weight"),
)
_P4 = (
    ("pt", "float32", "GeV", "transverse momentum"),
    ("eta", "float32", "1", "pseudorapidity"),
    ("phi", "float32", "rad", "azimuth in (-pi, pi]"),
    ("mass", "float32", "GeV", "mass"),
)
_CHARGED_ID = ("pdgId", "int32", "1", "PDG number; 11 and 13 are negative charges")
_PROMPT = (
    ("prompt", "bool", "1", "from no hadron decay (tau decays of prompt taus count as prompt)"),
    ("fromTau", "bool", "1", "from the decay of a tau"),
)

TRUTH_COLUMNS: tuple[Column, ...] = (
    *_IDS,
    *_collection(
        "GenJet", "anti-kt R=0.4 jets of visible particles, pT > 10 GeV, abs(eta) < 4.9, falling pT",
        *_P4,
        ("flavour", "int8", "1", "5, 4, 15 or 0 by the default label: weakly decaying hadron (or tau) with pT > 5 GeV within dR 0.3, b before c before tau"),  # noqa: E501
        ("flavourCone04", "int8", "1", "the same without pT threshold and with dR 0.4"),
        ("flavourGhost", "int8", "1", "the same by ghost association"),
        ("nTrack500", "int16", "1", "charged constituents with pT > 0.5 GeV, abs(eta) < 2.5"),
        ("nTrack1000", "int16", "1", "charged constituents with pT > 1 GeV, abs(eta) < 2.5"),
    ),
    *_collection("GenElectron", "dressed electrons, pT > 4 GeV, abs(eta) < 2.7", *_P4, _CHARGED_ID, *_PROMPT),
    *_collection("GenMuon", "dressed muons, pT > 3 GeV, abs(eta) < 2.8", *_P4, _CHARGED_ID, *_PROMPT),
    *_collection("GenPhoton", "prompt photons, pT > 10 GeV, abs(eta) < 2.7", *_P4, *_PROMPT),
    *_collection(
        "GenCone", "stable visible particles with pT > 0.4 GeV within dR 0.4 of a lepton or photon of the lists above",
        ("pt", "float32", "GeV", "transverse momentum"),
        ("deta", "float32", "1", "eta of the particle minus eta of the lepton"),
        ("dphi", "float32", "rad", "phi of the particle minus phi of the lepton, in (-pi, pi]"),
        ("kind", "int8", "1", "1 charged hadron, 2 photon, 3 neutral hadron, 4 electron, 5 muon, 6 other charged"),
        ("owner", "int8", "1", "11 electron, 13 muon, 22 photon: the collection the lepton is in"),
        ("index", "int16", "1", "index of the lepton in its collection; the lepton itself and its dressing photons are left out"),  # noqa: E501
    ),
    *_collection(
        "GenTau", "hadronically decaying taus, visible momentum, pT > 10 GeV", *_P4,
        _CHARGED_ID, ("nProng", "int8", "1", "charged decay products"), ("prompt", "bool", "1", "from no hadron decay"),
    ),
    *_collection(
        "GenHadron", "weakly decaying b- and c-hadrons (last of their flavour in the decay chain), pT > 1 GeV", *_P4,
        ("pdgId", "int32", "1", "PDG number"), ("flavour", "int8", "1", "5 or 4"),
    ),
    *_collection(
        "GenLLP", "long-lived particles: new particles (or those asked for) with a displaced decay", *_P4,
        ("pdgId", "int32", "1", "PDG number"),
        ("prodX", "float32", "mm", "production vertex"), ("prodY", "float32", "mm", "production vertex"),
        ("prodZ", "float32", "mm", "production vertex"),
        ("decayX", "float32", "mm", "decay vertex"), ("decayY", "float32", "mm", "decay vertex"),
        ("decayZ", "float32", "mm", "decay vertex"), ("decayT", "float32", "mm", "decay time, c t"),
        ("properLength", "float32", "mm", "c tau of this decay, proper"),
        ("daughter1", "int32", "1", "PDG number of the hardest decay product"),
        ("daughter2", "int32", "1", "PDG number of the second decay product, 0 for none"),
        ("nDaughter", "int16", "1", "number of decay products"),
    ),
    *_collection("GenStable", "stable charged new particles", *_P4, _CHARGED_ID),
    Column("GenInvisible_px", "float64", "GeV", "sum over prompt and other invisible stable particles (neutrinos, LSPs)"),  # noqa: E501
    Column("GenInvisible_py", "float64", "GeV", "see GenInvisible_px"),
    Column("GenVisible_px", "float64", "GeV", "sum over visible stable particles with abs(eta) < 4.9"),
    Column("GenVisible_py", "float64", "GeV", "see GenVisible_px"),
    Column("GenVisible_sumEt", "float64", "GeV", "scalar sum of the same"),
    Column("GenTrack_px", "float64", "GeV", "sum over charged stable particles, pT > 0.5 GeV, abs(eta) < 2.5"),
    Column("GenTrack_py", "float64", "GeV", "see GenTrack_px"),
    Column("GenTrack_sumPt", "float64", "GeV", "scalar sum of the same"),
)  # fmt: skip

_ISO = ("isolated", "bool", "1", "isolated as decided by the program that wrote the file")
RECO_COLUMNS: tuple[Column, ...] = (
    *_IDS,
    *_collection(
        "Jet", "reconstructed jets", *_P4, ("btag", "bool", "1", "b-tagged, as in the file"),
        ("flavour", "int8", "1", "5, 4, 15 or 0, as in the file"), ("nTrack", "int16", "1", "charged constituents"),
    ),
    *_collection("Electron", "reconstructed electrons", *_P4, _CHARGED_ID, _ISO),
    *_collection("Muon", "reconstructed muons", *_P4, _CHARGED_ID, _ISO),
    *_collection("Photon", "reconstructed photons", *_P4, _ISO),
    Column("MET_pt", "float64", "GeV", "missing transverse momentum"),
    Column("MET_phi", "float64", "rad", "its azimuth in (-pi, pi]"),
)  # fmt: skip


def collections_of(columns: tuple[Column, ...]) -> dict[str, tuple[Column, ...]]:
    """Group columns by jagged collection: ``{"GenJet": (pt, eta, ...), ...}``."""
    counts = [c.name[1:] for c in columns if c.name.startswith("n") and c.name[1:2].isupper()]
    return {n: tuple(c for c in columns if c.name.startswith(f"{n}_")) for n in counts}


def _scalar_groups(columns: tuple[Column, ...]) -> dict[str, tuple[Column, ...]]:
    jagged = collections_of(columns)
    out: dict[str, tuple[Column, ...]] = {}
    for c in columns:
        head, _, tail = c.name.partition("_")
        if tail and head not in jagged:
            out[head] = (*out.get(head, ()), c)
    return out


def to_records(flat: Mapping[str, NDArray[np.generic]], columns: tuple[Column, ...] = TRUTH_COLUMNS) -> ak.Array:
    """Turn flat columns into an awkward record array, one record per event.

    Parameters
    ----------
    flat
        Flat columns as the event file holds them; every column of `columns` must be there.
    columns
        The contract, :data:`TRUTH_COLUMNS` or :data:`RECO_COLUMNS`.

    Returns
    -------
    awkward.Array
        ``out.GenLLP.decayClass`` is added, see :func:`recastbook.events.decay_class.decay_class`.
        ``out.GenJet.pt`` is jagged, ``out.GenInvisible.px`` and ``out.event`` are flat.

    Raises
    ------
    BadFile
        If a column is missing; it is named.
    """
    import awkward as ak

    missing = [c.name for c in columns if c.name not in flat]
    if missing:
        hint = did_you_mean(missing[0], flat)
        msg = f"the event table lacks the column(s) {', '.join(missing[:5])}.{hint}"
        raise BadFile(msg)
    out: dict[str, ak.Array] = {}
    for name, cols in collections_of(columns).items():
        counts = np.asarray(flat[f"n{name}"]).astype(np.int64)
        content = {c.name[len(name) + 1 :]: np.asarray(flat[c.name]) for c in cols}
        if name == "GenLLP":
            # a function of two columns: not in the file, so that it can be improved without making files again
            content["decayClass"] = decay_class(content["daughter1"], content["daughter2"])
        out[name] = ak.unflatten(ak.zip(content, depth_limit=1), counts)
    for name, cols in _scalar_groups(columns).items():
        out[name] = ak.zip({c.name[len(name) + 1 :]: np.asarray(flat[c.name]) for c in cols}, depth_limit=1)
    for c in _IDS:
        out[c.name] = ak.Array(np.asarray(flat[c.name]))
    return ak.zip(out, depth_limit=1)


def to_flat(records: ak.Array, columns: tuple[Column, ...] = TRUTH_COLUMNS) -> FlatColumns:
    """Turn a record array back into flat columns of the contract's dtypes; inverse of :func:`to_records`."""
    import awkward as ak

    out: FlatColumns = {}
    for name, cols in collections_of(columns).items():
        collection = records[name]
        out[f"n{name}"] = np.asarray(ak.num(collection, axis=1)).astype("int32")
        for c in cols:
            out[c.name] = np.asarray(ak.flatten(collection[c.name[len(name) + 1 :]], axis=1)).astype(c.dtype)
    for name, cols in _scalar_groups(columns).items():
        for c in cols:
            out[c.name] = np.asarray(records[name][c.name[len(name) + 1 :]]).astype(c.dtype)
    for c in _IDS:
        out[c.name] = np.asarray(records[c.name]).astype(c.dtype)
    return out
