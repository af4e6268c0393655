"""Reading tables in HEPData's layout under our header, safely and with every field checked."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, NoReturn

from recastbook.documents import read_yaml
from recastbook.exceptions import BadSpecification, MissingData, did_you_mean
from recastbook.published.printed import PublishedError, PublishedNumber
from recastbook.published.table import Column, Table, TableHeader

__all__ = ["load_table", "load_tables"]

KINDS = ("yields", "cutflow", "cross_section", "limits", "efficiency")
"""Kinds of table that recastbook knows what to do with."""

_TEXT = ("kind", "source", "transcribed_by", "region", "sample", "doi", "table", "version", "process", "trailing_zero")
_LISTS = ("also", "notes")


class _Checker:
    """Collects the place inside the file, so that a message can name it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, place: str, found: object, wanted: str) -> NoReturn:
        msg = f"published table {self.name}, at {place}: found {found!r}, expected {wanted}"
        raise BadSpecification(msg) from None

    def mapping(self, value: object, place: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.fail(place, value, "a mapping")
        return value

    def sequence(self, value: object, place: str) -> list[Any]:
        if not isinstance(value, list):
            self.fail(place, value, "a list")
        return value

    def text(self, value: object, place: str) -> str:
        if not isinstance(value, str):
            self.fail(place, value, "text (numbers are quoted, so that their digits stay)")
        return value


def _header(raw: Mapping[str, Any], check: _Checker) -> TableHeader:
    known = (*_TEXT, *_LISTS, "energy_tev")
    for key in raw:
        if key not in known:
            check.fail(f"header.{key}", key, f"a known key.{did_you_mean(str(key), known)}")
    for key in ("kind", "source", "transcribed_by"):
        if not raw.get(key):
            check.fail(f"header.{key}", raw.get(key), "text: a table without it does not enter")
    if raw["kind"] not in KINDS:
        check.fail("header.kind", raw["kind"], f"one of {', '.join(KINDS)}")
    if raw.get("trailing_zero", "printed") not in {"printed", "ambiguous"}:
        check.fail("header.trailing_zero", raw["trailing_zero"], "'printed' or 'ambiguous'")
    fields: dict[str, Any] = {k: check.text(raw[k], f"header.{k}") for k in _TEXT if k in raw}
    for k in _LISTS:
        if k in raw:
            fields[k] = tuple(check.text(v, f"header.{k}") for v in check.sequence(raw[k], f"header.{k}"))
    if "energy_tev" in raw:
        fields["energy_tev"] = PublishedNumber(check.text(raw["energy_tev"], "header.energy_tev")).value
    return TableHeader(**fields)


def _error(raw: object, place: str, check: _Checker, value: float) -> PublishedError:
    entry = check.mapping(raw, place)
    label = str(entry.get("label", ""))
    if "symerror" in entry:
        text = check.text(entry["symerror"], f"{place}.symerror")
        # HEPData allows an error in per cent of the value
        size = abs(value) * float(text[:-1]) / 100 if text.endswith("%") else PublishedNumber(text).value
        return PublishedError(label, plus=abs(size), minus=-abs(size))
    if "asymerror" not in entry:
        check.fail(place, entry, "symerror or asymerror")
    pair = check.mapping(entry["asymerror"], f"{place}.asymerror")
    plus, minus = (check.text(pair.get(k), f"{place}.asymerror.{k}") for k in ("plus", "minus"))
    return PublishedError(label, plus=PublishedNumber(plus).value, minus=PublishedNumber(minus).value)


def _entry(raw: object, place: str, check: _Checker, numeric: bool, ambiguous: bool) -> PublishedNumber | str | None:  # noqa: FBT001
    entry = check.mapping(raw, place)
    if "value" not in entry:
        check.fail(place, entry, "a value")
    if entry["value"] is None or entry["value"] in {"", "-"}:
        return None
    text = check.text(entry["value"], f"{place}.value")
    try:
        number = PublishedNumber(text)
    except BadSpecification:
        if numeric:
            check.fail(f"{place}.value", text, "a number as printed, or '-' where there is none")
        return text
    errors = entry.get("errors", [])
    found = tuple(_error(e, f"{place}.errors", check, number.value) for e in check.sequence(errors, f"{place}.errors"))
    return PublishedNumber(text, found, ambiguous_zero=ambiguous)


def _columns(raw: object, place: str, check: _Checker, *, numeric: bool, ambiguous: bool) -> tuple[Column, ...]:
    out = []
    for i, c in enumerate(check.sequence(raw, place)):
        here = f"{place}[{i}]"
        column = check.mapping(c, here)
        header = check.mapping(column.get("header"), f"{here}.header")
        name = check.text(header.get("name"), f"{here}.header.name")
        values = [
            _entry(v, f"{here}.values[{j}]", check, numeric, ambiguous)
            for j, v in enumerate(check.sequence(column.get("values"), f"{here}.values"))
        ]
        qualifiers = tuple(
            (str(q.get("name", "")), str(q.get("value", "")))
            for q in (check.mapping(q, f"{here}.qualifiers") for q in column.get("qualifiers", ()))
        )
        out.append(Column(name, str(header.get("units", "")), tuple(values), qualifiers))
    return tuple(out)


def load_table(source: str | Path | Traversable) -> Table:
    """Read one table.

    Parameters
    ----------
    source
        Path of a YAML file, or a package resource.

    Returns
    -------
    Table
        Header, columns and rows; numbers keep their digits.

    Raises
    ------
    MissingData
        If there is no such file.
    BadSpecification
        If it is not YAML, or a field is missing, unknown, unquoted or of the wrong kind; the place is named.
    """
    item: Path | Traversable = Path(source) if isinstance(source, str) else source
    name = item.name
    if not item.is_file():
        msg = f"no published table at {item}"
        raise MissingData(msg)
    raw = read_yaml(item, what="published table")
    check = _Checker(name)
    content = check.mapping(raw, "top")
    for key in content:
        if key not in {"header", "independent_variables", "dependent_variables"}:
            check.fail(str(key), key, "only header, independent_variables and dependent_variables")
    header = _header(check.mapping(content.get("header"), "header"), check)
    ambiguous = header.trailing_zero == "ambiguous"
    independent = _columns(
        content.get("independent_variables"), "independent_variables", check, numeric=False, ambiguous=ambiguous
    )
    dependent = _columns(
        content.get("dependent_variables"), "dependent_variables", check, numeric=True, ambiguous=ambiguous
    )
    if not independent or not dependent:
        check.fail("top", sorted(content), "at least one independent and one dependent variable")
    lengths = {c.name: len(c.values) for c in (*independent, *dependent)}
    if len(set(lengths.values())) != 1:
        check.fail("values", lengths, "the same number of values in every variable")
    if len(lengths) != len(independent) + len(dependent):
        check.fail("header.name", list(lengths), "every variable name once")
    return Table(name.rsplit(".", 1)[0], header, independent, dependent)


def load_tables(
    folder: str | Path | Traversable, *, kind: Literal["yields", "cutflow", "cross_section", "limits"] | None = None
) -> tuple[Table, ...]:
    """Read all tables of a folder, sorted by file name; a folder that does not exist has none.

    Parameters
    ----------
    folder
        Folder or package resource.
    kind
        Only tables of this kind.
    """
    place: Path | Traversable = Path(folder) if isinstance(folder, str) else folder
    if not place.is_dir():
        return ()
    found: list[Any] = [f for f in place.iterdir() if f.name.endswith((".yaml", ".yml"))]
    tables = (load_table(f) for f in sorted(found, key=lambda f: str(f.name)))
    return tuple(t for t in tables if kind is None or t.header.kind == kind)
