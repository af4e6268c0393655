"""One Pythia: set up from a recipe and a seed, watched while it generates."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recastbook.events.generation.console import caught, messages
from recastbook.events.generation.lepton_filter import LeptonFilterCount, lepton_hook
from recastbook.events.generation.pythia_setup import complaint, import_pythia
from recastbook.events.generation.recipe import Recipe
from recastbook.events.generation.record import particles_from_pythia
from recastbook.events.generation.slha import COLOURED
from recastbook.events.particles import ParticleTable
from recastbook.exceptions import BadOption, GenerationFailed

__all__ = ["Engine", "pythia_seed"]

log = logging.getLogger(__name__)

_SILENT = (
    "Init:showProcesses = off", "Init:showMultipartonInteractions = off", "Init:showChangedSettings = off",
    "Init:showChangedParticleData = off", "Next:numberCount = 0", "Next:numberShowInfo = 0",
    "Next:numberShowProcess = 0", "Next:numberShowEvent = 0", "Next:numberShowLHA = 0", "SLHA:verbose = 0",
)  # fmt: skip
_MB_TO_PB = 1.0e9
_SEEDS = 900_000_000  # Pythia takes seeds from 1 to this
_PATIENCE = 10  # batches in a row that may give nothing before it counts as a failure

_HINTS = (
    ("No MODSEL found", "the SLHA text has no BLOCK MODSEL; add 'BLOCK MODSEL' with the line '1 0'"),
    (
        "Problem with SLHA spectrum",
        "Pythia refused the spectrum; if MODSEL entry 4 asks for R-parity violation the RV blocks must be there",
    ),
    ("no process switched on", "no hard process is on: give processes=(...), for example 'SUSY:gg2gluinogluino = on'"),
    ("too far off shell", "a decay channel is closed for these masses"),
)


def pythia_seed(seed: int, block: int) -> int:
    """Return Pythia's seed of a block, from 1 to 900 000 000.

    Blocks of one seed count up from a hashed start, so that no two of them are ever the same; Pythia's generator
    (RANMAR) gives independent sequences for different seeds, neighbouring ones included.

    Examples
    --------
    >>> pythia_seed(1, 1) - pythia_seed(1, 0)
    1
    """
    start = int(np.random.SeedSequence(seed).generate_state(1, dtype=np.uint64)[0])
    return (start + block) % _SEEDS + 1


def _hint(text: str) -> str:
    for sign, advice in _HINTS:
        if sign in text:
            return f" Hint: {advice}."
    return ""


class Engine:
    """Pythia with a recipe; use as a context manager, it removes its temporary files.

    Parameters
    ----------
    recipe
        What to generate.
    seed
        Pythia's seed, 1 to 900 000 000.
    mpi
        Whether multiparton interactions are on.
    lhe
        Uncompressed LHE file, if the recipe has one.
    skip
        Number of LHE events to leave out at the beginning.

    Raises
    ------
    MissingDependency
        If Pythia is not installed.
    BadOption
        If Pythia refuses a setting; it is named.
    GenerationFailed
        If initialisation fails, with what Pythia said.
    """

    def __init__(self, recipe: Recipe, *, seed: int, mpi: bool = True, lhe: Path | None = None, skip: int = 0) -> None:
        pythia8mc = import_pythia()
        self.recipe = recipe
        self._folder = tempfile.TemporaryDirectory(prefix="recastbook-")
        self._lhe = lhe
        self._said: list[str] = []
        self.filter_count = LeptonFilterCount()
        """What the recipe's lepton filter saw and kept so far."""
        try:
            self._pythia = pythia8mc.Pythia("", False)
            for line in (*_SILENT, *recipe.settings, *self._own_settings(seed, mpi=mpi)):
                wrong = complaint(self._pythia, line)
                if wrong is not None:
                    raise BadOption(wrong)
            with caught() as transcript:
                ready = self._prepare(pythia8mc)
            self._note(transcript.text)
            if not ready:
                self._fail("Pythia's initialisation failed", transcript.text)
            self._check_channels(transcript.text)
            if skip:
                self._pythia.LHAeventSkip(skip)
        except BaseException:
            self._folder.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def _own_settings(self, seed: int, *, mpi: bool) -> list[str]:
        settings = ["Random:setSeed = on", f"Random:seed = {seed}"]
        if not mpi:
            settings.append("PartonLevel:MPI = off")
        if self._lhe is not None:
            settings += ["Beams:frameType = 4", f"Beams:LHEF = {self._lhe}"]
        if self.recipe.slha is not None:
            path = Path(self._folder.name) / "spectrum.slha"
            path.write_text(self.recipe.slha, encoding="utf-8")
            # With an LHE file Pythia would look for the spectrum in its header only, and leave new particles stable.
            settings += ["SLHA:readFrom = 2", f"SLHA:file = {path}"]
        return settings

    def _prepare(self, pythia8mc: Any) -> bool:
        if self.recipe.matrix_element:
            from recastbook.events.generation.decay_weights import matrix_element_hook

            self._hook = matrix_element_hook(pythia8mc, self._pythia, self.recipe.matrix_element)
            self._pythia.addUserHooksPtr(self._hook)
        if self.recipe.off_shell:
            from recastbook.events.generation.off_shell_higgs import off_shell_hook

            self._off_shell = off_shell_hook(pythia8mc, self._pythia, self.recipe.off_shell)
            self._pythia.addUserHooksPtr(self._off_shell)
        if self.recipe.lepton_filter:
            self._filter = lepton_hook(pythia8mc, self.recipe.lepton_filter, self.filter_count)
            self._pythia.addUserHooksPtr(self._filter)
        return bool(self._pythia.init())

    def _note(self, text: str) -> None:
        for line in messages(text, "Abort", "Error", "Warning"):
            if line not in self._said:
                self._said.append(line)
                log.debug("Pythia: %s", line)

    def _fail(self, what: str, text: str = "") -> None:
        said = messages(text, "Abort", "Error", "Warning", "Info") or tuple(self._said)
        quoted = "; ".join(said[-6:]) if said else "nothing"
        message = f"{self.recipe.name}: {what}. Pythia said: {quoted}.{_hint(text or ' '.join(self._said))}"
        raise GenerationFailed(message)

    def _check_channels(self, text: str) -> None:
        closed = [m for m in messages(text, "Warning") if "switched off DECAY mode" in m]
        if closed and self.recipe.strict:
            self._fail("Pythia switched a decay channel off", text)
        if "Problem with SLHA spectrum" in text:
            self._fail("Pythia could not use the SLHA spectrum", text)
        for line in closed:
            log.warning("Pythia: %s", line)

    @property
    def said(self) -> tuple[str, ...]:
        """Warnings and errors so far, each once."""
        return tuple(self._said)

    @property
    def process(self) -> Any:
        """Pythia's record of the hard process of the last event, resonance decays included."""
        return self._pythia.process

    @property
    def tried(self) -> int:
        """Number of phase-space points tried so far; weights the block's cross section."""
        return int(self._pythia.infoPython().nTried())

    @property
    def cross_section(self) -> tuple[float, float]:
        """Leading-order cross section and its statistical error so far, pb; with a filter, of what it keeps."""
        info = self._pythia.infoPython()
        return float(info.sigmaGen()) * _MB_TO_PB, float(info.sigmaErr()) * _MB_TO_PB

    def tables(
        self, n: int, *, first_event: int = 0, run: int = 1, luminosity_block: int = 1, chunk: int = 250
    ) -> Iterator[ParticleTable]:
        """Generate events.

        Parameters
        ----------
        n
            Number of events; of LHE events, the number read, of which broken ones are left out and their event
            number with them.
        first_event, run, luminosity_block
            Numbers of the events.
        chunk
            Events per table.

        Raises
        ------
        GenerationFailed
            If Pythia gives no events, or events with undecayed squarks or gluinos.
        """
        done, idle = 0, 0
        while done < n:
            wanted = min(chunk, n - done)
            with caught() as transcript:
                # With "none" a broken LHE event leaves a gap, so that the others keep their numbers.
                batch = self._pythia.nextBatch(wanted, "none" if self._lhe else "skip")
            self._note(transcript.text)
            if self._lhe:
                numbers = np.flatnonzero(~_missing(batch))
                batch = batch[numbers] if len(numbers) else None
                step = wanted
            else:
                numbers = np.arange(len(batch))
                step = len(batch)
            if len(numbers) == 0:
                idle += 1
                if (self._lhe is None and idle >= _PATIENCE) or "not properly initialized" in transcript.text:
                    self._fail(f"Pythia gave no event after {first_event + done}", transcript.text)
                done += step
                continue
            idle = 0
            table = particles_from_pythia(
                batch, first_event=first_event + done, run=run, luminosity_block=luminosity_block
            )
            if self._lhe:
                table.event[:] = first_event + done + numbers
            self._check(table)
            yield table
            done += step

    def _hadronising(self, table: ParticleTable) -> NDArray[np.bool_]:
        """Particles that enter a string; Pythia lets a stable gluino vanish there as if it were a gluon."""
        if self._pythia.flag("RHadrons:allow"):
            return np.zeros(len(table.status), dtype=bool)
        return (table.status > 70) & (table.status < 80)

    def _check(self, table: ParticleTable) -> None:
        final = table.status == 1
        bare = (final | self._hadronising(table)) & np.isin(np.abs(table.pdg_id), COLOURED)
        if bare.any():
            code, event = int(table.pdg_id[bare][0]), _event_of(table, int(np.flatnonzero(bare)[0]))
            message = (
                f"event {event} has an undecayed squark or gluino (PDG {code}): Pythia has no decay table for it."
                " Give slha=... with its DECAY (an LHE file needs it in its <slha> header or as slha=...)"
            )
            self._fail(message)
        for code, count in self.recipe.stable.items():
            found = np.add.reduceat(final & (np.abs(table.pdg_id) == code), table.offsets[:-1])
            if (found != count).any():
                worst = int(np.flatnonzero(found != count)[0])
                self._fail(f"event {int(table.event[worst])} has {found[worst]} particles {code}, not {count}")


def _event_of(table: ParticleTable, particle: int) -> int:
    return int(table.event[np.searchsorted(table.offsets, particle, side="right") - 1])


def _missing(batch: Any) -> NDArray[np.bool_]:
    import awkward as ak

    return np.asarray(ak.is_none(batch))
