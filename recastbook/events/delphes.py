"""Delphes ROOT files to reconstructed objects (level 3), with uproot.

Branch names as in ``classes/DelphesClasses.h`` of Delphes 3 (J. de Favereau et al., arXiv:1307.6346). Electrons, muons
and photons of the standard cards have passed Delphes' isolation before they are written, so all count as isolated.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recastbook.events.columns import RECO_COLUMNS, FlatColumns
from recastbook.events.fileinfo import FileInfo
from recastbook.events.formats import Format
from recastbook.exceptions import BadFile, did_you_mean

__all__ = ["BRANCHES", "delphes_info", "read_delphes"]

# PDG 2024, R. L. Workman et al.: electron and muon mass in GeV
_ELECTRON_MASS = 0.00051099895
_MUON_MASS = 0.1056583755

BRANCHES: dict[str, tuple[str, ...]] = {
    "Jet": ("PT", "Eta", "Phi", "Mass", "BTag"),
    "Electron": ("PT", "Eta", "Phi", "Charge"),
    "Muon": ("PT", "Eta", "Phi", "Charge"),
    "Photon": ("PT", "Eta", "Phi"),
    "MissingET": ("MET", "Phi"),
}
"""Branches that must be there."""

_OPTIONAL = ("Event.Number", "Event.Weight", "Event.CrossSection", "Event.CrossSectionError", "Jet.Flavor",
             "Jet.NCharged", "Jet.TauTag")  # fmt: skip


def _open(path: Path) -> tuple[Any, Any]:
    import uproot

    try:
        file = uproot.open(path)
        trees = {name.partition(";")[0] for name, kind in file.classnames().items() if kind == "TTree"}
    except Exception as error:
        message = f"{path} starts like a ROOT file but cannot be read: {error!r}"
        raise BadFile(message) from error
    if "Delphes" not in trees:
        inside = f"it holds {', '.join(sorted(trees)[:5])}" if trees else "it holds no tree at all"
        message = (
            f"{path} is a ROOT file without the tree 'Delphes': no Delphes output, or not written to its end; {inside}"
        )
        file.close()
        raise BadFile(message)
    try:
        tree = file["Delphes"]
        names = [str(n).rpartition("/")[2] for n in tree.keys(recursive=True)]
    except Exception as error:
        file.close()
        message = f"{path}: the tree 'Delphes' cannot be read: {error!r}"
        raise BadFile(message) from error
    missing = [f"{c}.{f}" for c, fields in BRANCHES.items() for f in fields if f"{c}.{f}" not in names]
    if missing:
        file.close()
        hint = did_you_mean(missing[0], names)
        message = f"{path}: the tree 'Delphes' lacks the branch(es) {', '.join(missing)}.{hint}"
        raise BadFile(message)
    return file, tree


def _wanted(tree: Any) -> dict[str, str]:
    """Full paths of the branches to read, by plain name."""
    paths = {str(n).rpartition("/")[2]: str(n) for n in tree.keys(recursive=True)}
    needed = [f"{c}.{f}" for c, fields in BRANCHES.items() for f in fields]
    return {name: paths[name] for name in (*needed, *_OPTIONAL) if name in paths}


def _chunks(path: Path, chunk_size: int) -> Iterator[dict[str, Any]]:
    file, tree = _open(path)
    with file:
        wanted = _wanted(tree)
        try:
            for start in range(0, tree.num_entries, chunk_size):
                stop = min(start + chunk_size, tree.num_entries)
                yield {n: tree[p].array(entry_start=start, entry_stop=stop) for n, p in wanted.items()}
        except BadFile:
            raise
        except Exception as error:
            message = f"{path}: the events from {start} on cannot be read: {error!r}"
            raise BadFile(message) from error


def _per_event(array: Any, default: float) -> NDArray[np.float64]:
    """One number per event out of a branch with one entry per event, or none."""
    import awkward as ak

    if array.ndim == 1:
        return np.asarray(array, dtype=np.float64)
    return np.asarray(ak.fill_none(ak.firsts(array), default), dtype=np.float64)


def _flat(array: Any) -> NDArray[np.generic]:
    import awkward as ak

    return np.asarray(ak.flatten(array, axis=1))


def _to_columns(arrays: dict[str, Any], first: int, luminosity_block: int, *, numbered: bool) -> FlatColumns:
    import awkward as ak

    n = len(arrays["Jet.PT"])
    order = np.arange(first, first + n)
    out: FlatColumns = {
        "run": np.ones(n, dtype=np.int64),
        "luminosityBlock": np.full(n, luminosity_block),
        "event": _per_event(arrays["Event.Number"], -1.0).astype(np.int64) if numbered else order,
        "genWeight": _per_event(arrays["Event.Weight"], 1.0) if "Event.Weight" in arrays else np.ones(n),
    }
    for collection in ("Jet", "Electron", "Muon", "Photon"):
        # an analysis may rely on falling pT; Delphes sorts jets, other programs that write its format may not
        falling = ak.argsort(arrays[f"{collection}.PT"], axis=1, ascending=False, stable=True)
        fields = [name for name in arrays if name.startswith(f"{collection}.")]
        values = {name.partition(".")[2]: _flat(arrays[name][falling]) for name in fields}
        size = len(values["PT"])
        out[f"n{collection}"] = np.asarray(ak.num(arrays[f"{collection}.PT"], axis=1))
        out[f"{collection}_pt"], out[f"{collection}_eta"] = values["PT"], values["Eta"]
        out[f"{collection}_phi"] = values["Phi"]
        if collection == "Jet":
            out["Jet_mass"] = values["Mass"]
            out["Jet_btag"] = values["BTag"].astype(np.int64) & 1 > 0  # the first working point
            flavour = np.abs(values["Flavor"].astype(np.int64)) if "Flavor" in values else np.zeros(size, np.int64)
            flavour = np.where((flavour == 5) | (flavour == 4), flavour, 0)
            if "TauTag" in values:
                flavour = np.where((flavour == 0) & (values["TauTag"].astype(np.int64) & 1 > 0), 15, flavour)
            out["Jet_flavour"] = flavour
            out["Jet_nTrack"] = values["NCharged"] if "NCharged" in values else np.zeros(size, np.int16)
        else:
            mass = {"Electron": _ELECTRON_MASS, "Muon": _MUON_MASS, "Photon": 0.0}[collection]
            out[f"{collection}_mass"] = np.full(size, mass)
            out[f"{collection}_isolated"] = np.ones(size, dtype=bool)
        if collection in ("Electron", "Muon"):
            out[f"{collection}_pdgId"] = {"Electron": -11, "Muon": -13}[collection] * np.sign(values["Charge"]).astype(
                int
            )
    out["MET_pt"] = _per_event(arrays["MissingET.MET"], 0.0)
    out["MET_phi"] = _per_event(arrays["MissingET.Phi"], 0.0)
    return {c.name: np.asarray(out[c.name]).astype(c.dtype) for c in RECO_COLUMNS}


def _is_numbered(path: Path) -> bool:
    """Tell whether the first two events have different, positive numbers; Delphes leaves them zero for some input."""
    file, tree = _open(path)
    with file:
        wanted = _wanted(tree)
        if "Event.Number" not in wanted:
            return False
        numbers = _per_event(tree[wanted["Event.Number"]].array(entry_stop=2), -1.0)
        return not (len(numbers) == 2 and numbers[0] == numbers[1] and numbers[0] <= 0)


def read_delphes(path: str | Path, *, chunk_size: int = 10_000, luminosity_block: int = 1) -> Iterator[FlatColumns]:
    """Read a Delphes ROOT file as flat columns of the level-3 contract.

    Parameters
    ----------
    path
        The file.
    chunk_size
        Events at a time.
    luminosity_block
        ``luminosityBlock`` of all events.

    Raises
    ------
    BadFile
        If there is no readable tree ``Delphes``, or branches are missing; they are named.
    """
    path = Path(path)
    numbered = _is_numbered(path)
    first = 0
    for arrays in _chunks(path, chunk_size):
        flat = _to_columns(arrays, first, luminosity_block, numbered=numbered)
        first += len(flat["event"])
        yield flat


def delphes_info(path: str | Path) -> FileInfo:
    """Summarise a Delphes ROOT file; only ids and weights are read.

    Raises
    ------
    BadFile
        If there is no readable tree ``Delphes``, or branches or events are missing.
    """
    path = Path(path)
    file, tree = _open(path)
    with file:
        wanted = _wanted(tree)
        n = int(tree.num_entries)
        if n == 0:
            message = f"{path} is a Delphes file but holds no events."
            raise BadFile(message)
        values = {
            name: _per_event(tree[wanted[name]].array(), default)
            for name, default in (("Event.Weight", 1.0), ("Event.CrossSection", 0.0), ("Event.CrossSectionError", 0.0))
            if name in wanted
        }
    weights = values.get("Event.Weight", np.ones(n))
    # the generator's running estimate: the last event has the best one
    sigma = float(values["Event.CrossSection"][-1]) if "Event.CrossSection" in values else 0.0
    error = float(values["Event.CrossSectionError"][-1]) if "Event.CrossSectionError" in values else 0.0
    usable = np.isfinite(sigma) and sigma > 0
    notes = () if _is_numbered(path) else (f"{path.name}: events are not numbered, they are numbered in file order",)
    return FileInfo(
        path=path,
        format=Format.DELPHES,
        events=n,
        sum_of_weights=float(weights.sum()),
        sum_of_weights2=float((weights**2).sum()),
        cross_section_pb=sigma if usable else None,
        cross_section_error=error if usable else None,
        generator="Delphes",
        notes=notes,
    )
