"""Model cards as YAML: reading that refuses what it should, checking against the schema, writing that is stable."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from recastbook.exceptions import BadSpecification

__all__ = ["check_schema", "dump", "parse", "plain", "read", "schema"]

MAX_BYTES = 4 << 20
_MAX_DEPTH = 40


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a model card (draft 2020-12)."""
    resource = importlib.resources.files("recastbook.network").joinpath("schema", "model_card.json")
    loaded: dict[str, Any] = json.loads(resource.read_text(encoding="utf-8"))
    return loaded


def read(path: Path) -> Mapping[str, Any]:
    """Read a card and check it against the schema.

    Parameters
    ----------
    path
        A YAML file of at most 4 MiB.

    Raises
    ------
    BadSpecification
        If it is no YAML, has duplicate keys or aliases, or does not fulfil the schema; file and place are named.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"{path}: {size} bytes are too many for a model card; at most {MAX_BYTES} are read"
            raise BadSpecification(message)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path}: the model card cannot be read ({error.strerror or error})"
        raise BadSpecification(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: a model card is UTF-8 text; byte {error.start} is not"
        raise BadSpecification(message) from error
    content = parse(text, str(path))
    check_schema(content, str(path))
    checked: Mapping[str, Any] = content
    return checked


def parse(text: str, source: str) -> Any:
    """Parse YAML with the safe loader; duplicate keys, aliases and deep nesting are refused.

    Parameters
    ----------
    text
        The YAML.
    source
        Name used in errors.
    """
    import yaml

    if len(text) > MAX_BYTES:
        message = f"{source}: {len(text)} characters are too many for a model card; at most {MAX_BYTES} are read"
        raise BadSpecification(message)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # The event stream is not recursive: nesting that would exhaust the stack in the next step is found here.
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                message = f"{source}: line {_line(event)}: YAML aliases are not allowed in a model card"
                raise BadSpecification(message)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                message = f"{source}: line {_line(event)}: nested deeper than {_MAX_DEPTH} levels"
                raise BadSpecification(message)
        opened = loader(text)
        try:
            node = opened.get_single_node()
            if node is None:
                message = f"{source}: the model card is empty"
                raise BadSpecification(message)
            _refuse_duplicates(node, source)
            return opened.construct_document(node)
        finally:
            opened.dispose()
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, BadSpecification):
            raise
        message = f"{source}: not readable as YAML: {' '.join(str(error).split())}"
        raise BadSpecification(message) from error


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refuse_duplicates(root: Any, source: str) -> None:
    import yaml

    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: dict[Any, int] = {}
            for key, value in node.value:
                if key.value in seen and not isinstance(key.value, list):
                    message = (
                        f"{source}: line {key.start_mark.line + 1}: the key {key.value!r} is already "
                        f"there, in line {seen[key.value]}"
                    )
                    raise BadSpecification(message)
                if not isinstance(key.value, list):
                    seen[key.value] = key.start_mark.line + 1
                pending.append(value)


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
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    found = repr(error.instance)
    reason = error.message
    if len(found) > 80:
        reason = reason.replace(found, found[:77] + "...")
    meaning = error.schema.get("description") if isinstance(error.schema, Mapping) else None
    message = f"{source}: {where or 'the card'}: {reason}{f' ({meaning})' if meaning else ''} [schema model_card.json]"
    raise BadSpecification(message)


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
