"""What a pickle asks Python for, read from its operations; nothing is loaded."""

from __future__ import annotations

import itertools
import pickletools
from pathlib import Path

__all__ = ["asked_names", "is_compressed", "strange"]

_MOST = 500_000
_EXPECTED = {
    "sklearn",
    "numpy",
    "scipy",
    "joblib",
    "xgboost",
    "lightgbm",
    "collections",
    "copyreg",
    "_codecs",
    "pandas",
}
_HARMLESS = {"builtins.set", "builtins.frozenset", "builtins.slice", "builtins.complex", "builtins.bytearray",
             "builtins.object", "builtins.int", "builtins.float", "builtins.list", "builtins.dict", "builtins.range",
             "functools.partial"}  # fmt: skip
_TEXT = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"}
_KEEP = {"MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"}
_TAKE = {"GET", "BINGET", "LONG_BINGET"}


def asked_names(path: Path) -> tuple[str, ...]:
    """Return the classes and functions that a pickle names, as ``module.name``, each once, in order.

    A compressed pickle, or one with arrays between its operations as joblib writes them, is read as far as it goes.

    Parameters
    ----------
    path
        The file.
    """
    found: dict[str, None] = {}
    memo: dict[int, str] = {}
    texts: list[str] = []
    last = ""
    try:
        with path.open("rb") as stream:
            for operation, argument, _ in itertools.islice(pickletools.genops(stream), _MOST):
                name = operation.name
                if name in _TEXT:
                    last = str(argument)
                    texts = [*texts[-1:], last]
                elif name in _KEEP:
                    memo[len(memo) if argument is None else int(str(argument))] = last
                    continue
                elif name in _TAKE:
                    last = memo.get(int(str(argument)), "")
                    if last:
                        texts = [*texts[-1:], last]
                else:
                    last = ""
                if name in ("GLOBAL", "INST"):
                    found[str(argument).replace(" ", ".")] = None
                elif name == "STACK_GLOBAL" and len(texts) == 2:
                    found[".".join(texts)] = None
    except (ValueError, IndexError, OSError, UnicodeDecodeError):
        pass  # it ends where the operations do
    return tuple(found)


def is_compressed(path: Path) -> bool:
    """Return whether the operations of a pickle are hidden under a compression."""
    signs = (b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18")
    with path.open("rb") as stream:
        return stream.read(8).startswith(signs)


def strange(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that a fitted model has no reason to ask for.

    Examples
    --------
    >>> strange(("sklearn.tree._tree.Tree", "posix.system"))
    ('posix.system',)
    """
    return tuple(n for n in names if n.split(".")[0] not in _EXPECTED and n not in _HARMLESS)
