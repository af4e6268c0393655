"""``rb.generate``: from a preset or file to an event file."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recastbook.events.eventfile import EventMetadata, SourceFile
from recastbook.events.generation.blocks import Block, BlockResult, BlockStore, only_generation, plan_blocks
from recastbook.events.generation.hepmc import join_hepmc
from recastbook.events.generation.keeping import (
    default_folder,
    generation_notes,
    generation_record,
    is_there,
    write_events,
)
from recastbook.events.generation.lhe_input import LheFile, plain_lhe
from recastbook.events.generation.lifetimes import lifetime_settings
from recastbook.events.generation.normalisation import choose_cross_section, combine
from recastbook.events.generation.presets import PRESETS
from recastbook.events.generation.pythia_setup import generator_name, import_pythia
from recastbook.events.generation.recipe import Recipe
from recastbook.events.generation.sources import find_recipe
from recastbook.exceptions import BadOption, GenerationFailed, RunInterrupted

if TYPE_CHECKING:
    from recastbook.events.sample import Sample
    from recastbook.events.truth import TruthDefinitions

__all__ = ["BLOCK_SIZE", "generate"]

log = logging.getLogger(__name__)

BLOCK_SIZE = 500
"""Events per block: setting Pythia up costs 0.4 s, a block of gluino pairs 6 s."""


def generate(
    preset_or_file: str | Path,
    *,
    n: int | None = None,
    seed: int = 1,
    output: str | Path | None = None,
    overwrite: bool = False,
    workers: int | None = None,
    mpi: bool = True,
    energy_tev: float | None = None,
    settings: Sequence[str] | str = (),
    slha: str | Path | None = None,
    lifetimes: Mapping[int, float] | None = None,
    processes: Sequence[str] | str | None = None,
    label: str | None = None,
    cross_section: float | None = None,
    cross_section_error: float | None = None,
    definitions: TruthDefinitions | None = None,
    write_hepmc: str | Path | None = None,
    block_size: int = BLOCK_SIZE,
    run: int = 1,
    luminosity_block: int | None = None,
    progress: bool | Callable[[int, int], None] = True,
    **parameters: Any,
) -> Sample:
    """Generate events with Pythia 8 and keep their truth objects as an event file.

    The events are made in blocks with a seed each, so that a seed gives the same events for any number of workers,
    and a larger `n` begins with the events of a smaller one. A call that was interrupted goes on with the blocks that
    are missing when it is made again; a call whose event file is there returns it at once.

    Parameters
    ----------
    preset_or_file
        A preset such as ``"gluino-gtt"`` or ``"higgs-llp"``, see :func:`recastbook.events.generation.preset`, or the
        path of an SLHA file, a Pythia command file, or an LHE file (plain, gz or zst); files are told apart by content.
    n
        Number of events; may be left out for an LHE file, which is then showered whole.
    seed
        Zero or a positive integer. Also the luminosity block of the events, so that samples of different seeds
        can be used together.
    output
        Folder of the event file; default: a folder in the user's cache, named by what is in it.
    overwrite
        Whether an event file of something else at `output` may be replaced.
    workers
        Number of processes; default: one per core, as far as there are blocks.
    mpi
        Whether multiparton interactions are on.
    energy_tev
        Centre-of-mass energy; default 13 TeV.
    settings
        Further settings for Pythia, for example ``["Tune:pp = 21"]``.
    slha
        SLHA file with masses and decays, for LHE and command files.
    lifetimes
        PDG number -> mean proper decay length in mm, for SLHA, command and LHE files: decays are drawn where an LHE
        file states no lifetime of its own (VTIMUP). Presets have their own parameters.
    processes
        Hard processes for an SLHA file; default ``"SUSY:all = on"``.
    label
        For tables and legends; default: from preset and masses, or file name.
    cross_section, cross_section_error
        pb, of the events in the file: after a generator filter, and for the decays that were chosen. Default: the table
        shipped with recastbook for gluino pairs at 13 TeV, else Pythia's leading order, or what the LHE file says.
    definitions
        How truth objects are built; default ``TruthDefinitions()``.
    write_hepmc
        Where to write the full events as HepMC3 text as well (about 300 kB an event).
    block_size
        Events per block; changing it changes the events.
    run, luminosity_block
        Numbers of the events; the luminosity block is the seed by default. Event numbers count from zero.
    progress
        Whether to show a progress bar; or a function that is called with the events made and those asked for.
    parameters
        Those of the preset, see :func:`recastbook.events.generation.preset`: ``m_gluino``, ``m_lsp``,
        ``branching_ratios``, ``chargino_splitting``, ``matrix_element``, ``pthat_min``, ``pthat_max``;
        for higgsinos ``m_higgsino``, ``production``, ``lepton_filter``; for three Higgs bosons ``m_x``, ``m_s``; for
        long-lived scalars ``m_phi``, ``m_s``, ``ctau`` (mm), ``fractions``, ``production``, ``hadronise``.

    Returns
    -------
    Sample
        The generated events.

    Raises
    ------
    MissingDependency
        If Pythia is not installed.
    UnknownName
        If there is no such preset or parameter.
    BadOption
        If a number makes no sense, a decay is closed for the masses, or another process is making these events.
    BadFile
        If an input file cannot be used.
    GenerationFailed
        If Pythia fails, gives no events, or leaves squarks or gluinos undecayed; with what it said.
    RunInterrupted
        If it was interrupted; finished blocks are kept.

    Notes
    -----
    Squarks are decoupled (100 TeV) and gluinos decay into three bodies by phase space, unless `matrix_element` is set.
    Pythia's own leading order is the hard process; extra jets come from its shower.

    Examples
    --------
    >>> import recastbook as rb
    >>> sample = rb.generate("gluino-gtt", m_gluino=2100, m_lsp=1, n=2000, seed=1)  # doctest: +SKIP
    """
    pythia8mc = import_pythia()
    recipe, lhe = find_recipe(
        preset_or_file, energy_tev=energy_tev, settings=settings, slha=slha, processes=processes, **parameters
    )
    if lifetimes is not None:
        if preset_or_file in PRESETS:
            message = f"{preset_or_file!r} does not take lifetimes=; files do"
            raise BadOption(message)
        recipe = replace(recipe, settings=(*recipe.settings, *lifetime_settings(lifetimes, lhe=lhe is not None)))
    from recastbook.events.generation.job import Job
    from recastbook.events.truth import TruthDefinitions

    n = _events_to_make(n, recipe, lhe)
    seed = _integer("seed", seed, 0)
    block_size = _integer("block_size", block_size, 1)
    asked = None if cross_section is None else _cross_section(cross_section, cross_section_error)
    definitions = TruthDefinitions() if definitions is None else definitions
    luminosity_block = seed if luminosity_block is None else _integer("luminosity_block", luminosity_block, 0)
    generator = generator_name(pythia8mc.Pythia("", False))
    key: dict[str, Any] = {
        "recipe": recipe.digest(), "generator": generator, "seed": seed, "mpi": mpi, "block_size": block_size,
        "definitions": definitions.digest(), "run": run, "luminosity_block": luminosity_block,
    }  # fmt: skip
    folder = default_folder(recipe, key, n) if output is None else Path(output).expanduser()
    hepmc = None if write_hepmc is None else Path(write_hepmc).expanduser()
    if is_there(folder, key, n, overwrite=overwrite) and (hepmc is None or hepmc.exists()):
        log.info("%s holds these events already", folder)
        return _sample(folder, label, asked)

    unfinished = folder.with_name(folder.name + ".unfinished")
    with only_generation(unfinished):
        if is_there(folder, key, n, overwrite=overwrite) and (hepmc is None or hepmc.exists()):
            return _sample(folder, label, asked)  # another process finished them since the look above
        blocks = plan_blocks(n, block_size)
        blockstore = BlockStore(unfinished, key)
        job = Job(
            recipe, seed, mpi, definitions, unfinished, key, run=run, luminosity_block=luminosity_block,
            lhe=None if lhe is None else plain_lhe(lhe, unfinished), hepmc=hepmc is not None,
        )  # fmt: skip
        results = _make(job, blockstore, blocks, workers, progress=progress, label=label or recipe.label)

        leading_order = combine(results)
        # A folder of the cache serves every call that asks for these events: what one caller says of them stays out.
        shared = output is None
        chosen = asked if asked is not None and not shared else choose_cross_section(recipe, leading_order)
        metadata = EventMetadata(
            label=recipe.label if shared or not label else label,
            process=recipe.process,
            generator=generator,
            cross_section=chosen[0],
            cross_section_error=chosen[1],
            cross_section_source=chosen[2],
            seed=seed,
            definitions={
                **definitions.to_dict(),
                "generation": generation_record(recipe, key, n, results, leading_order),
            },
            source_files=() if lhe is None else (SourceFile(lhe.path.name, str(recipe.lhe_sha256), n),),
            skipped_events=n - sum(r.events for r in results),
            notes=generation_notes(recipe, lhe, generator, leading_order, results, mpi=mpi),
        )
        write_events(blockstore, blocks, results, metadata, folder)
        if hepmc is not None:
            # what means nothing here means nothing in the file
            told = None if chosen[0] is None else leading_order
            join_hepmc([blockstore.hepmc_path(b) for b in blocks], hepmc, cross_section=told)
        blockstore.remove()
    return _sample(folder, label, asked if shared else None)


def _integer(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        message = f"{name} must be an integer of {least} or more, not {value!r}"
        raise BadOption(message)
    return int(value)


def _cross_section(value: float, error: float | None) -> tuple[float, float | None, str]:
    for name, number in (("cross_section", value), ("cross_section_error", 1.0 if error is None else error)):
        if not math.isfinite(number) or number < 0 or (number == 0 and name == "cross_section"):
            message = f"{name} must be a positive number of pb, not {number!r}"
            raise BadOption(message)
    return float(value), None if error is None else float(error), "user"


def _events_to_make(n: int | None, recipe: Recipe, lhe: LheFile | None) -> int:
    if lhe is None:
        if n is None:
            message = f"{recipe.name}: say how many events to generate, for example n=2000"
            raise BadOption(message)
        return _integer("n", n, 1)
    if n is None:
        return lhe.events
    n = _integer("n", n, 1)
    if n > lhe.events:
        message = f"{recipe.name} holds {lhe.events} events, {n} were asked for"
        raise BadOption(message)
    return n


def _make(
    job: Any,
    blockstore: BlockStore,
    blocks: Sequence[Block],
    workers: int | None,
    *,
    progress: bool | Callable[[int, int], None],
    label: str,
) -> list[BlockResult]:
    from tqdm.auto import tqdm

    from recastbook.events.generation.pool import make_blocks

    before = [blockstore.result(block, hepmc=job.hepmc) for block in blocks]
    missing = [block for block, result in zip(blocks, before, strict=True) if result is None]
    if workers is None:
        workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 16)
    workers = max(1, min(_integer("workers", workers, 1), len(missing)))
    total = sum(block.size for block in blocks)
    have = total - sum(block.size for block in missing)
    finished = len(blocks) - len(missing)

    def count() -> None:
        nonlocal finished
        finished += 1

    def made(n: int) -> None:
        nonlocal have
        have += n
        bar.update(n)
        if callable(progress):
            progress(have, total)

    # a function that is told takes the place of the bar
    hidden = callable(progress) or not progress
    with tqdm(total=total, initial=have, desc=label, unit="event", disable=hidden) as bar:
        try:
            make_blocks(job, missing, workers=workers, progress=made, finished=count)
        except KeyboardInterrupt:
            message = (
                f"interrupted after {finished} of {len(blocks)} blocks of events, which are kept in"
                f" {blockstore.folder}; make the same call again to go on"
            )
            raise RunInterrupted(message) from None
    results = [blockstore.result(block, hepmc=job.hepmc) for block in blocks]
    lost = [block.number for block, result in zip(blocks, results, strict=True) if result is None]
    if lost:
        message = f"the blocks {lost[:5]} disappeared from {blockstore.folder} while others were made; call again"
        raise GenerationFailed(message)
    return [result for result in results if result is not None]


def _sample(folder: Path, label: str | None, asked: tuple[float, float | None, str] | None) -> Sample:
    from recastbook.events.sample import Sample

    return Sample(folder, label=label, cross_section=None if asked is None else asked[0])
