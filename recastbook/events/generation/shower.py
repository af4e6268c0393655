"""Shower and hadronise an LHE file on the way to level 1, for conversion and for other readers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from recastbook.events.generation.blocks import plan_blocks
from recastbook.events.generation.driver import BLOCK_SIZE
from recastbook.events.generation.engine import Engine, pythia_seed
from recastbook.events.generation.lhe_input import plain_lhe
from recastbook.events.generation.sources import find_recipe
from recastbook.events.particles import ParticleTable
from recastbook.exceptions import BadFile

__all__ = ["shower_lhe"]


def shower_lhe(
    path: str | Path,
    *,
    seed: int = 1,
    mpi: bool = True,
    slha: str | Path | None = None,
    settings: Sequence[str] | str = (),
    run: int = 1,
    luminosity_block: int = 1,
    chunk_size: int = 250,
) -> Iterator[ParticleTable]:
    """Read an LHE file, shower and hadronise it with Pythia, and hand out its events in order.

    The same blocks and seeds as in :func:`recastbook.events.generation.generate`, so that both give the same events.

    Parameters
    ----------
    path
        LHE file, plain, gz or zst.
    seed
        Seed of the whole file.
    mpi
        Whether multiparton interactions are on.
    slha
        SLHA file with masses and decays; default: what the header of the LHE file holds.
    settings
        Further settings for Pythia.
    run, luminosity_block
        Numbers of the events. The event number is the place in the file, from zero; a broken event leaves a gap.
    chunk_size
        Most events per table.

    Raises
    ------
    BadFile
        If the file is no readable LHE file.
    GenerationFailed
        If Pythia fails, or new coloured particles have no decay table.
    """
    recipe, lhe = find_recipe(Path(path), slha=slha, settings=settings)
    if lhe is None:
        message = f"{path} is no LHE file"
        raise BadFile(message)
    with tempfile.TemporaryDirectory(prefix="recastbook-") as folder:
        plain = plain_lhe(lhe, Path(folder))
        for block in plan_blocks(lhe.events, BLOCK_SIZE):
            with Engine(recipe, seed=pythia_seed(seed, block.number), mpi=mpi, lhe=plain, skip=block.first) as engine:
                yield from engine.tables(
                    block.size, first_event=block.first, run=run, luminosity_block=luminosity_block, chunk=chunk_size
                )
