"""Files of a public record of data, known by its DOI alone."""

from __future__ import annotations

from recastbook.exceptions import BadSpecification, MissingData
from recastbook.store.datafile import DataFile

__all__ = ["record_files"]

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def record_files(doi: str) -> tuple[DataFile, ...]:
    """Ask the archive that keeps a record (Zenodo, figshare, Dataverse) for its files; none is downloaded.

    Parameters
    ----------
    doi
        Of the record, for example ``"10.5281/zenodo.14610411"``.

    Returns
    -------
    tuple of DataFile
        With the address and the checksum that the archive states for each.

    Raises
    ------
    MissingData
        If the archive cannot be asked.
    BadSpecification
        If a checksum that it states is of a kind not known here.
    """
    import pooch
    import requests

    keeper = pooch.create(path=pooch.os_cache("recastbook"), base_url=f"doi:{doi}")
    try:
        repository = pooch.downloaders.doi_to_repository(doi, timeout=30)
        repository.populate_registry(keeper)
        addresses = {name: str(repository.download_url(name)) for name in keeper.registry_files}
    except (requests.exceptions.RequestException, ValueError, KeyError) as error:
        message = f"the files of the record {doi} could not be asked for ({type(error).__name__}: {error})"
        raise MissingData(message) from error
    return tuple(_file(name, keeper.registry[name], address, doi) for name, address in addresses.items())


def _file(name: str, stated: str, address: str, doi: str) -> DataFile:
    kind, _, value = stated.rpartition(":")
    if kind not in ("md5", "sha256", ""):
        message = f"{name}: the archive of {doi} states a checksum of the kind {kind!r}; md5 and sha256 are known"
        raise BadSpecification(message)
    return DataFile(
        name,
        sha256=None if kind == "md5" else value,
        md5=value if kind == "md5" else None,
        urls=(address,),
        source=f"doi:{doi}",
        is_archive=name.lower().endswith(_ARCHIVES),
    )
