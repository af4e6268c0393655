"""The built-in sample: event files of our own that come with the package, for a first run without any input.

Made by ``scripts/make_builtin_sample.py`` with :func:`recastbook.events.generation.generate` (Pythia 8, leading order,
squarks decoupled, decays by phase space), numbers rounded as their metadata say. Normalised to the shipped cross
sections.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from recastbook.events.sample import Sample
from recastbook.exceptions import MissingData

__all__ = ["builtin_samples"]

_NAMES = ("gtt_2100_1", "gbb_2000_1")


def __dir__() -> list[str]:
    return list(__all__)


def builtin_samples() -> dict[str, Sample]:
    """Return the samples that come with the package, by name.

    Returns
    -------
    dict of str to Sample
        ``"gtt_2100_1"`` and ``"gbb_2000_1"``: gluino pairs with gluino and LSP masses in GeV, 3000 events each.

    Raises
    ------
    MissingData
        If the package was installed without its data.

    Examples
    --------
    >>> from recastbook.events.builtin import builtin_samples
    >>> sorted(builtin_samples())
    ['gbb_2000_1', 'gtt_2100_1']
    """
    found: dict[str, Sample] = {}
    for name in _NAMES:
        folder = Path(str(files(__name__).joinpath(name)))
        if not (folder / "metadata.json").is_file():
            message = f"the built-in sample {name} is missing from {folder.parent}; install recastbook again"
            raise MissingData(message)
        found[name] = Sample(folder)
    return found
