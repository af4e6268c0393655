"""Make one block: generate, build truth objects, keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recastbook.events.columns import FlatColumns
from recastbook.events.generation.blocks import Block, BlockResult, BlockStore
from recastbook.events.generation.engine import Engine, pythia_seed
from recastbook.events.generation.hepmc import append_hepmc
from recastbook.events.generation.recipe import Recipe
from recastbook.events.particles import ParticleTable
from recastbook.events.truth import TruthDefinitions, build_truth
from recastbook.writing import whole

__all__ = ["Job"]

CHUNK = 250
"""Events held in memory at a time; clustering is fastest with 200 to 500."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a worker must know, and nothing that depends on which worker it is."""

    recipe: Recipe
    """What to generate."""
    seed: int
    """Seed of the whole sample."""
    mpi: bool
    """Whether multiparton interactions are on."""
    definitions: TruthDefinitions
    """Of the truth objects."""
    folder: Path
    """Of the finished blocks."""
    key: dict[str, object]
    """Fixes the content of the blocks, see :class:`BlockStore`."""
    run: int = 1
    """Run number of the events."""
    luminosity_block: int = 1
    """Luminosity block of the events."""
    lhe: Path | None = None
    """Uncompressed LHE file."""
    hepmc: bool = False
    """Whether HepMC text is written too."""

    def to_json(self) -> str:
        """Return the job as one line of JSON."""
        data = {
            "recipe": self.recipe.to_json(), "seed": self.seed, "mpi": self.mpi,
            "definitions": self.definitions.to_dict(), "folder": str(self.folder), "key": self.key, "run": self.run,
            "luminosity_block": self.luminosity_block, "lhe": None if self.lhe is None else str(self.lhe),
            "hepmc": self.hepmc,
        }  # fmt: skip
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read what :meth:`to_json` wrote."""
        data = json.loads(text)
        definitions: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data["definitions"].items()
        }
        data |= {
            "recipe": Recipe.from_json(data["recipe"]), "definitions": TruthDefinitions(**definitions),
            "folder": Path(data["folder"]), "lhe": None if data["lhe"] is None else Path(data["lhe"]),
        }  # fmt: skip
        return cls(**data)

    def make(self, block: Block, progress: Callable[[int], None] = lambda _: None) -> BlockResult:
        """Generate a block and keep it.

        Parameters
        ----------
        block
            Which.
        progress
            Called with the number of further events that are done.
        """
        store = BlockStore(self.folder, self.key)
        flats: list[FlatColumns] = []
        kept: list[ParticleTable] = []
        skip = block.first if self.lhe is not None else 0
        seed = pythia_seed(self.seed, block.number)
        with Engine(self.recipe, seed=seed, mpi=self.mpi, lhe=self.lhe, skip=skip) as engine:
            tables = engine.tables(
                block.size, first_event=block.first, run=self.run, luminosity_block=self.luminosity_block, chunk=CHUNK
            )
            for table in tables:
                flats.append(build_truth(table, self.definitions))
                if self.hepmc:
                    kept.append(table)
                progress(len(table))
            value, error = engine.cross_section
            count = engine.filter_count
            events = sum(len(flat["event"]) for flat in flats)
            result = BlockResult(block.size, events, engine.tried, value, error, engine.said, count.seen, count.kept)
        if self.hepmc:
            with whole(store.hepmc_path(block)) as temporary:
                append_hepmc(temporary, kept, cross_section=value, error=error)
        flat = {name: np.concatenate([f[name] for f in flats]) for name in flats[0]} if flats else {}
        store.save(block, flat, result)
        return result
