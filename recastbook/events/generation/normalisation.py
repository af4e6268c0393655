"""The cross section of a generated sample."""

from __future__ import annotations

import math
from collections.abc import Sequence

from recastbook import published
from recastbook.events.generation.blocks import BlockResult
from recastbook.events.generation.higgs_llp import HIGGS_LLP
from recastbook.events.generation.recipe import Recipe
from recastbook.events.generation.triple_higgs import RESONANT_HHH
from recastbook.exceptions import RecastbookError

__all__ = ["choose_cross_section", "combine", "is_arbitrary", "tabulated"]


def combine(results: Sequence[BlockResult]) -> tuple[float, float]:
    """Combine the leading-order estimates of all blocks, weighted by the phase-space points they tried.

    Returns
    -------
    tuple of float
        Value and statistical error, pb.

    Examples
    --------
    >>> combine([BlockResult(1, 1, 10, 2.0, 0.3, ()), BlockResult(1, 1, 30, 4.0, 0.1, ())])
    (3.5, 0.10606601717798...)
    """
    tried = sum(result.tried for result in results)
    if tried == 0:
        return 0.0, 0.0
    value = math.fsum(result.tried * result.cross_section for result in results) / tried
    error = math.sqrt(math.fsum((result.tried * result.cross_section_error) ** 2 for result in results)) / tried
    return value, error


def tabulated(recipe: Recipe) -> published.CrossSection | None:
    """Return the cross section of the shipped table, which is known before anything is generated; None without one."""
    energy = next((s for s in reversed(recipe.settings) if s.startswith("Beams:eCM")), "")
    if recipe.process != "gluino-pair" or not energy:
        return None
    try:
        tev = float(energy.split("=")[1]) / 1000
        return published.cross_section("gluino-pair", recipe.parameters["m_gluino"], tev)
    except RecastbookError:
        return None  # no table for this energy, or a mass outside it: leading order is what there is


def is_arbitrary(recipe: Recipe) -> bool:
    """Return whether a generator's cross section means nothing, as for scalars it was only asked to make and decay."""
    return recipe.process == RESONANT_HHH or recipe.name == HIGGS_LLP


def choose_cross_section(recipe: Recipe, leading_order: tuple[float, float]) -> tuple[float | None, float | None, str]:
    """Return value and error in pb, and their source: the shipped table if it can, else Pythia or the LHE file."""
    known = tabulated(recipe)
    if known is not None:
        return known.value_pb, known.error_pb, known.source
    value, error = leading_order
    if not value > 0 or is_arbitrary(recipe):
        return None, None, ""
    if recipe.lhe is not None:
        return value, error, "LHE file, as Pythia read it"
    after = ", after the generator filter" if recipe.lepton_filter else ""
    return value, error, f"Pythia, leading order{after}"
