"""``python -m recastbook`` is the command ``recastbook``."""

from __future__ import annotations

import sys

from recastbook.cli import main

if __name__ == "__main__":
    sys.exit(main())
