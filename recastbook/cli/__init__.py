"""The command line: ``recastbook list | show | run | generate | convert | fetch | data | doctor | new``."""

from __future__ import annotations

from recastbook.cli.app import main

__all__ = ["main"]
