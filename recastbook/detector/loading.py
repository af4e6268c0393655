"""Read detector cards from YAML and correctionlib files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from recastbook.detector.card import Alternative, DetectorCard, Entry, correction_set
from recastbook.documents import parse_yaml
from recastbook.exceptions import BadFile, BadSpecification, UnknownName, did_you_mean

__all__ = ["load_card", "shipped_cards"]

_ENTRY_KEYS = {"object", "action", "default", "alternatives"}
_ALTERNATIVE_KEYS = {"correction", "field", "source"}
_CARD_KEYS = {"name", "description", "corrections", "entries", "extends", "defaults"}


def shipped_cards() -> tuple[str, ...]:
    """Return the names of the cards that come with recastbook."""
    names = (p.name for p in _data().iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml") and ".tables." not in n))


def load_card(name_or_path: str | Path = "atlas-run2", *, overrides: Mapping[str, str] | None = None) -> DetectorCard:
    """Read a detector card.

    Parameters
    ----------
    name_or_path
        Name of a shipped card (``"atlas-run2"``, ``"identity"``) or path of a YAML file of the same layout; the
        correctionlib file it names is looked for beside it.
    overrides
        Other alternatives than the card's defaults, for example ``{"btag": "flat-77"}``.

    Raises
    ------
    UnknownName
        If no such card, entry or alternative exists.
    BadSpecification
        If the YAML file does not say what it must.
    BadFile
        If a file cannot be read.
    """
    card = _load(str(name_or_path))
    return card.override(overrides) if overrides else card


@cache
def _load_shipped(name: str) -> DetectorCard:
    return _read(_data().joinpath(f"{name}.yaml"), _data())


def _load(name: str, below: tuple[Path, ...] = ()) -> DetectorCard:
    if name in shipped_cards():
        return _load_shipped(name)
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        message = f"no detector card is called {name!r}.{did_you_mean(name, shipped_cards())}"
        raise UnknownName(message)
    if path.resolve() in below:
        message = f"detector card {path}: extends itself, by way of {', '.join(p.name for p in below)}"
        raise BadSpecification(message)
    return _read(path, path.parent, (*below, path.resolve()))


def _read(path: Traversable, folder: Traversable, below: tuple[Path, ...] = ()) -> DetectorCard:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"detector card {path}: cannot be read ({error})"
        raise BadFile(message) from error
    content = parse_yaml(text, f"detector card {path}", what="detector card")
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        message = f"detector card {path}: a mapping with a 'name' is expected"
        raise BadSpecification(message)
    _only(content, _CARD_KEYS, f"detector card {path}")
    entries: dict[str, Entry] = {}
    text = '{"schema_version": 2, "corrections": []}'
    if "extends" in content:
        base = _load(str(content["extends"]), below)
        entries, text = dict(base.entries), base.corrections_text
    if "corrections" in content:
        corrections = folder.joinpath(str(content["corrections"]))
        try:
            own = corrections.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"detector card {path}: cannot read its corrections ({error})"
            raise BadFile(message) from error
        text = _merge(text, own, str(corrections))
    known = {c["name"]: str(c.get("description", "")) for c in json.loads(text)["corrections"]}
    for name, spec in (content.get("entries") or {}).items():
        entries[name] = _entry(name, spec, known, f"detector card {path}, entry {name!r}")
    card = DetectorCard(content["name"], str(content.get("description", "")), MappingProxyType(entries), text)
    return card.override(content.get("defaults") or {})


def _entry(name: str, spec: Any, known: Mapping[str, str], where: str) -> Entry:
    if not isinstance(spec, dict) or not isinstance(spec.get("alternatives"), dict) or not spec["alternatives"]:
        message = f"{where}: a mapping with 'alternatives' is expected"
        raise BadSpecification(message)
    _only(spec, _ENTRY_KEYS, where)
    alternatives = []
    for key, found in spec["alternatives"].items():
        body = {} if found is None else found
        _only(body, _ALTERNATIVE_KEYS, f"{where}, alternative {key!r}")
        correction = body.get("correction")
        if correction is not None and correction not in known:
            hint = did_you_mean(str(correction), known)
            message = f"{where}: the correctionlib file has no correction {correction!r}.{hint}"
            raise BadSpecification(message)
        # The source of a table lives beside its numbers, in the description of the correction.
        source = body.get("source") or known.get(correction or "", "")
        if not source:
            message = f"{where}, alternative {key!r}: no source is given; a number needs one"
            raise BadSpecification(message)
        alternatives.append(Alternative(str(key), correction, body.get("field"), str(source)))
    default = str(spec.get("default", alternatives[0].name))
    entry = Entry(name, str(spec.get("object", "")), str(spec.get("action", "")), default, tuple(alternatives))
    if default not in {a.name for a in alternatives}:
        message = f"{where}: the default {default!r} is none of its alternatives"
        raise BadSpecification(message)
    return entry


def _merge(base: str, own: str, where: str) -> str:
    try:
        merged, added = json.loads(base), json.loads(own)
        version, added = added["schema_version"], added["corrections"]
        names = {c["name"] for c in added}
    except (ValueError, KeyError, TypeError) as error:
        message = f"{where}: not a correctionlib file ({error})"
        raise BadFile(message) from error
    if version != 2:
        message = f"{where}: correctionlib schema 2 is read, the file has {version!r}"
        raise BadFile(message)
    merged["corrections"] = [c for c in merged["corrections"] if c["name"] not in names] + added
    text = json.dumps(merged)
    try:
        correction_set(text)
    except (RuntimeError, ValueError) as error:
        message = f"{where}: correctionlib refuses it ({error})"
        raise BadFile(message) from error
    return text


def _only(spec: Any, known: set[str], where: str) -> None:
    if not isinstance(spec, dict):
        message = f"{where}: a mapping is expected, found {type(spec).__name__}"
        raise BadSpecification(message)
    for key in spec:
        if key not in known:
            message = f"{where}: unknown key {key!r}.{did_you_mean(str(key), known)}"
            raise BadSpecification(message)


def _data() -> Traversable:
    return resources.files("recastbook.detector").joinpath("data")
