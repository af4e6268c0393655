"""Data files by name and checksum: the folders of ``RECASTBOOK_DATA``, then the cache, then public addresses.

Nothing is downloaded unless :func:`fetch` asks for it; what is found is checked whenever a checksum is known. A
download that broke off goes on where it stopped, from the next mirror if need be, and an archive is unpacked only into
a folder of its own.
"""

from __future__ import annotations

from recastbook.store.archives import ArchiveLimits, unpack
from recastbook.store.checksums import checksum
from recastbook.store.datafile import DataFile
from recastbook.store.fetching import fetch, fetch_file, unpacked_folder
from recastbook.store.listing import read_listing
from recastbook.store.places import cache_dir, data_dirs, find, locate
from recastbook.store.record import record_files

__all__ = [
    "ArchiveLimits",
    "DataFile",
    "cache_dir",
    "checksum",
    "data_dirs",
    "fetch",
    "fetch_file",
    "find",
    "locate",
    "read_listing",
    "record_files",
    "unpack",
    "unpacked_folder",
]
