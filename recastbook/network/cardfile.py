"""Model cards as YAML: reading, checking against the schema, writing that is stable."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from recastbook.documents import parse_yaml, read_yaml
from recastbook.exceptions import BadSpecification, did_you_mean

__all__ = ["check_schema", "dump", "parse", "plain", "read", "schema"]

WHAT = "model card"
_SHIPPED = Path(__file__).resolve().parents[1] / "analyses"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a model card (draft 2020-12)."""
    resource = importlib.resources.files("recastbook.network").joinpath("schema", "model_card.json")
    loaded: dict[str, Any] = json.loads(resource.read_text(encoding="utf-8"))
    return loaded


def read(path: Path) -> Mapping[str, Any]:
    """Read a card and check it against the schema; cards that ship with recastbook are held to it by the tests instead.

    Importing jsonschema takes seconds where Jupyter has brought its formats along.

    Raises
    ------
    BadSpecification
        If it is no acceptable YAML, or does not fulfil the schema; file and place are named.
    """
    content: Mapping[str, Any] = read_yaml(path, what=WHAT)
    if not path.resolve().is_relative_to(_SHIPPED):
        check_schema(content, str(path))
    return content


def parse(text: str, source: str) -> Mapping[str, Any]:
    """Read a card from YAML text and check it against the schema; errors as :func:`read`."""
    content: Mapping[str, Any] = parse_yaml(text, source, what=WHAT)
    check_schema(content, source)
    return content


def check_schema(content: Any, source: str) -> None:
    """Check a parsed card against the schema.

    Raises
    ------
    BadSpecification
        With the path of the value, the value and what is allowed there.
    """
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema())
    error = jsonschema.exceptions.best_match(validator.iter_errors(content))
    if error is None:
        return
    if isinstance(content, Mapping) and "card" not in content and len(set(content) & set(schema()["properties"])) < 3:
        message = f"{source}: {_no_card(content)}"
        raise BadSpecification(message)
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    found = repr(error.instance)
    reason = error.message
    if len(found) > 80:
        reason = reason.replace(found, found[:77] + "...")
    if error.validator in ("required", "additionalProperties") and isinstance(error.instance, Mapping):
        reason = _keys(error.instance, error.schema)
    meaning = error.schema.get("description") if where and isinstance(error.schema, Mapping) else None
    message = f"{source}: {where or 'the card'}: {reason}{f' ({meaning})' if meaning else ''} [schema model_card.json]"
    raise BadSpecification(message)


def _no_card(content: Mapping[Any, Any]) -> str:
    """Say what a document is that has next to nothing of a model card."""
    if {"dependent_variables", "independent_variables"} <= set(content):
        return (
            "no model card but a table of HEPData, which has no network to be judged; an efficiency map is read, and "
            "checked, by rb.surrogates.EfficiencyMap.from_hepdata"
        )
    keys = list(map(str, content))
    shown = ", ".join(keys[:4]) + (f", ... ({len(keys)} in all)" if len(keys) > 4 else "")
    return f"no model card, which begins with 'card: 1'; its keys are {shown}"


def _keys(found: Mapping[Any, Any], part: Mapping[str, Any]) -> str:
    """Say which keys of a mapping are unknown and which are missing."""
    known = part.get("properties", {})
    unknown = [str(key) for key in found if key not in known] if part.get("additionalProperties") is False else []
    missing = [key for key in part.get("required", ()) if key not in found]
    told = [f"unknown key {key!r}.{did_you_mean(key, known)}" for key in unknown[:1]]
    told += [f"also unknown: {', '.join(unknown[1:])}."] if unknown[1:] else []
    return " ".join([*told, f"Missing: {', '.join(missing)}."] if missing else told)


def plain(record: Any) -> Any:
    """Turn records into mappings, lists and scalars; fields that have their default are left out."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        out: dict[str, Any] = {}
        for spec in dataclasses.fields(record):
            value = getattr(record, spec.name)
            if not spec.init or spec.metadata.get("in_yaml") is False or _is_default(spec, value):
                continue
            out[spec.name] = plain(value)
        return out
    if isinstance(record, Mapping):
        return {key: plain(value) for key, value in record.items()}
    if isinstance(record, tuple | list):
        return [plain(value) for value in record]
    return record


def _is_default(spec: dataclasses.Field[Any], value: Any) -> bool:
    if spec.default is not dataclasses.MISSING:
        return bool(value == spec.default) and type(value) is type(spec.default)
    if spec.default_factory is not dataclasses.MISSING:
        return bool(value == spec.default_factory())
    return False


def dump(content: Mapping[str, Any]) -> str:
    """Write YAML: one line per record where it fits, keys in the given order, numbers to their last digit."""
    import yaml

    text: str = yaml.dump(
        content, Dumper=_dumper(), sort_keys=False, default_flow_style=None, width=150, allow_unicode=True
    )
    return text


@cache
def _dumper() -> type[Any]:
    import yaml

    class Dumper(yaml.SafeDumper):
        # An anchor for a repeated record would be an alias, which reading refuses.
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    return Dumper
