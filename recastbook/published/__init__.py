"""Published numbers: tables in HEPData's layout, with the digits that were printed, and cross sections."""

from __future__ import annotations

from recastbook.published.cross_sections import CrossSection, cross_section, processes
from recastbook.published.printed import PublishedError, PublishedNumber
from recastbook.published.reading import load_table, load_tables
from recastbook.published.table import Column, Table, TableHeader

__all__ = [
    "Column",
    "CrossSection",
    "PublishedError",
    "PublishedNumber",
    "Table",
    "TableHeader",
    "cross_section",
    "load_table",
    "load_tables",
    "processes",
]


def __dir__() -> list[str]:
    return list(__all__)
