"""The command line: ``recastbook list``, ``run`` and the others that ``recastbook --help`` lists."""

from __future__ import annotations

from recastbook.cli.app import main

__all__ = ["main"]
