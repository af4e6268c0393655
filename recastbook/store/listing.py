"""Files that a search lists in ``data.yaml`` beside its code: what it needs besides its networks.

.. code-block:: yaml

    files:
    - name: models.zip
      sha256: 0f3a...
      size_bytes: 1234
      urls: ['https://one.example/models.zip', 'https://two.example/models.zip']
      source: doi:10.5281/zenodo.1234
      licence: CC-BY-4.0
      is_archive: true
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from recastbook.documents import read_yaml
from recastbook.exceptions import BadOption, BadSpecification, did_you_mean
from recastbook.store.checksums import wanted_checksums
from recastbook.store.datafile import DataFile

__all__ = ["read_listing"]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str, "sha256": str, "git_blob_sha1": str, "urls": list, "licence": str, "source": str, "size_bytes": int,
    "is_archive": bool,
}  # fmt: skip


def read_listing(path: Path) -> tuple[DataFile, ...]:
    """Read a list of data files.

    Parameters
    ----------
    path
        The YAML file.

    Raises
    ------
    BadSpecification
        If it cannot be read or an entry is not what it must be; file and entry are named.
    """
    content = read_yaml(path, what="list of data files")
    entries = content.get("files") if isinstance(content, Mapping) else None
    if not isinstance(entries, list):
        message = f"{path}: a list of data files has the key 'files' with a list"
        raise BadSpecification(message)
    return tuple(_entry(entry, f"{path}: files[{k}]") for k, entry in enumerate(entries))


def _entry(entry: Any, place: str) -> DataFile:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        message = f"{place}: it has no name"
        raise BadSpecification(message)
    known = [field.name for field in fields(DataFile)]
    for key, value in entry.items():
        if key not in known:
            message = f"{place}: unknown key {key!r}.{did_you_mean(str(key), known)}"
            raise BadSpecification(message)
        if not isinstance(value, _TYPES[key]):
            message = f"{place}.{key}: {value!r} is not of the right type"
            raise BadSpecification(message)
    try:
        wanted_checksums(entry.get("sha256"), entry.get("git_blob_sha1"))
    except BadOption as error:
        message = f"{place}: {error}"
        raise BadSpecification(message) from error
    return DataFile(**{**entry, "urls": tuple(map(str, entry.get("urls", ())))})
