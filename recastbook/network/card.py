"""The model card: everything that is needed to evaluate a network of a search, as one value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recastbook.display import TableView, Tabular
from recastbook.exceptions import BadOption, NetworkError, UnknownName, did_you_mean
from recastbook.network import cardfile, consistency
from recastbook.network.card_records import records
from recastbook.network.contract import (
    AnalysisReference,
    GoldenRow,
    Input,
    InputVariant,
    ModelFile,
    Normalisation,
    ObjectBlock,
    Option,
    Output,
    Parameters,
    Reuse,
    Surrogate,
    Thresholds,
    Validation,
)

if TYPE_CHECKING:
    import os

    import awkward as ak

    from recastbook.diagnostics.lint import LintReport
    from recastbook.network.session import Session

__all__ = ["ModelCard"]


@dataclass(frozen=True)
class ModelCard(Tabular):
    """What a network is fed, what comes out, and which file it is.

    Read one with :meth:`load`. Inputs and outputs are known by name and stand in the order of the network.
    """

    title: str
    """One line."""
    kind: str
    """published, stand-in, toy or user."""
    role: str
    """event_discriminant, object_tagger, surrogate or efficiency_map."""
    analysis: AnalysisReference
    """The search."""
    files: tuple[ModelFile, ...]
    """Network files."""
    inputs: tuple[Input, ...]
    """Columns, in order."""
    outputs: tuple[Output, ...]
    """Output nodes, in order."""
    normalisation: Normalisation
    """From raw values to what the first layer sees."""
    label: str = ""
    """Words that every table and plot made with the network shows; empty for the published network."""
    description: str = ""
    """A few sentences."""
    reuse: Reuse = field(default_factory=Reuse)
    """Design for reuse."""
    objects: tuple[ObjectBlock, ...] = ()
    """Collections that fill blocks of inputs."""
    layout: str | None = None
    """by_object, by_variable or mixed."""
    activation: str = "not stated"
    """Last operation; with softmax the outputs of a row sum to one."""
    parameters: Parameters = field(default_factory=Parameters)
    """Inputs that are a hypothesis."""
    variants: tuple[InputVariant, ...] = ()
    """Other ways to fill the inputs."""
    options: tuple[Option, ...] = ()
    """Conventions that the sources leave open."""
    golden_rows: tuple[GoldenRow, ...] = ()
    """Rows with known results."""
    thresholds: Thresholds | None = None
    """Thresholds of a network that is not the published one."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Samples, selection, framework, figures of merit."""
    surrogate: Surrogate | None = None
    """For a surrogate: what it stands for and where it holds."""
    validation: Validation = field(default_factory=Validation)
    """Where its use was checked."""
    materials: Mapping[str, str] = field(default_factory=dict)
    """What else was published with it and where: likelihood, run cards, notebook, ...; the schema lists the names."""
    caveats: tuple[str, ...] = ()
    """What a user must know."""
    out_of_scope: tuple[str, ...] = ()
    """Uses it is not made for."""
    sources: tuple[str, ...] = ()
    """Where the content comes from."""
    contact: str | None = None
    """Whom to ask."""
    cite: tuple[str, ...] = ()
    """What to cite."""
    licence: str | None = None
    """Licence of the card."""
    path: Path | None = field(default=None, compare=False, metadata={"in_yaml": False})
    """The file it was read from."""

    # ---- reading and writing

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ModelCard:
        """Read a card from a YAML file.

        Parameters
        ----------
        path
            The file, or a folder that contains ``network.yaml``.

        Raises
        ------
        BadSpecification
            If the file is no YAML, does not fulfil the schema, or contradicts itself; place and value are named.
        """
        file = Path(path)
        if file.is_dir():
            file /= "network.yaml"
        try:
            found = file.stat()
        except OSError:
            return _read(file, None)  # which says what is wrong with it
        return _read(file, (str(file.resolve()), found.st_mtime_ns, found.st_size))

    @classmethod
    def from_yaml(cls, text: str, *, source: str = "model card") -> ModelCard:
        """Read a card from YAML text; errors as :meth:`load`, with `source` in place of the file name."""
        card = ModelCard(**records(cardfile.parse(text, source)))
        consistency.check(card, source)
        return card

    def to_yaml(self) -> str:
        """Write the card as YAML; reading it again gives an equal card (comments of a file are not kept)."""
        return cardfile.dump({"card": 1, **cardfile.plain(self)})

    # ---- names

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Position of each input by name."""
        return {column.name: position for position, column in enumerate(self.inputs)}

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        """Names of the score columns, in order."""
        return tuple(output.name for output in self.outputs)

    @cached_property
    def parameter_columns(self) -> NDArray[np.int64]:
        """Positions of the parameters among the inputs, in the order of their names."""
        return np.array([self.columns[name] for name in self.parameters.names], dtype=np.int64)

    @property
    def is_stand_in(self) -> bool:
        """Whether this is not the network of the paper: no excluded or allowed sentence may rest on it."""
        return self.kind != "published"

    def input(self, name: str) -> Input:
        """Return an input by name; UnknownName names the nearest one."""
        if name not in self.columns:
            message = f"the model card {self.title!r} has no input {name!r}.{did_you_mean(name, self.columns)}"
            raise UnknownName(message)
        return self.inputs[self.columns[name]]

    def output(self, name: str) -> Output:
        """Return an output by name; UnknownName names the nearest one."""
        for output in self.outputs:
            if output.name == name:
                return output
        message = f"the model card {self.title!r} has no output {name!r}.{did_you_mean(name, self.output_names)}"
        raise UnknownName(message)

    def variant(self, name: str) -> InputVariant:
        """Return an input variant by name; UnknownName names the nearest one."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        known = [variant.name for variant in self.variants]
        message = f"the model card {self.title!r} has no input variant {name!r}.{did_you_mean(name, known)}"
        raise UnknownName(message)

    def with_options(self, options: Mapping[str, str]) -> ModelCard:
        """Return the card with other conventions where its sources leave them open.

        Parameters
        ----------
        options
            Switches by name, for example ``{"met_phi_range": "minus_pi_pi"}``.

        Raises
        ------
        UnknownName
            If there is no such switch.
        BadOption
            If the switch has no such position.
        """
        known = {option.name: option for option in self.options}
        card = self
        for name, value in options.items():
            if name not in known:
                message = f"the model card {self.title!r} has no option {name!r}.{did_you_mean(name, known)}"
                raise UnknownName(message)
            option = known[name]
            if value not in option.alternatives:
                message = f"option {name!r} is {value!r}; allowed are {', '.join(option.alternatives)}"
                raise BadOption(message)
            if option.phi_range_of is not None and card.input(option.phi_range_of).phi_range != value:
                inputs = tuple(
                    dataclasses.replace(column, phi_range=value) if column.name == option.phi_range_of else column
                    for column in card.inputs
                )
                card = dataclasses.replace(card, inputs=inputs)
            if option.interchanged == value and option.default != value:
                card = dataclasses.replace(
                    card,
                    inputs=tuple(dataclasses.replace(i, mean=i.width, width=i.mean) for i in card.inputs),
                    files=tuple(dataclasses.replace(f, means=f.widths, widths=f.means) for f in card.files),
                    golden_rows=(),  # they were computed with the default
                )
        return card

    # ---- what is fed

    def raw_matrix(
        self,
        objects: Mapping[str, ak.Array],
        events: Mapping[str, ArrayLike],
        *,
        variant: str | None = None,
        event_ids: Sequence[int] | NDArray[np.int64] | None = None,
    ) -> NDArray[np.float64]:
        """Build the matrix of raw inputs from named collections and event quantities.

        Collections are sorted and truncated as the card says, missing objects are padded, azimuths are brought into
        the range of their column, units and scales applied. Parameters are left as NaN; :func:`evaluate` fills them.

        Parameters
        ----------
        objects
            Jagged records by name of collection, with the fields that the card names (GeV, rad).
        events
            Event quantities by name, shape (N,).
        variant
            A named input variant.
        event_ids
            Event numbers, shape (N,), named in errors.

        Returns
        -------
        numpy.ndarray
            float64 of shape (N, number of inputs).

        Raises
        ------
        NetworkError
            If a collection, field or event quantity is missing or not finite; event and column are named.
        """
        from recastbook.network.matrix import build

        return build(self, objects, events, variant=variant, event_ids=event_ids)

    def matrix(self, table: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """Build the matrix of raw inputs from columns by name, whatever their order.

        Parameters
        ----------
        table
            Raw values by input name, shape (N,). Parameters may be left out; they become NaN.

        Raises
        ------
        NetworkError
            If a column is missing or not an input, or lengths differ.
        """
        from recastbook.network.matrix import from_columns

        return from_columns(self, table)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """What the normalisation subtracts, shape (number of inputs,); 0 where the card gives nothing."""
        return np.array([column.mean or 0.0 for column in self.inputs], dtype=np.float64)

    @cached_property
    def widths(self) -> NDArray[np.float64]:
        """What the normalisation divides by, shape (number of inputs,); 1 where the card gives nothing."""
        return np.array([1.0 if column.width is None else column.width for column in self.inputs], dtype=np.float64)

    @cached_property
    def padding(self) -> NDArray[np.float64]:
        """Raw value of an absent object per input, shape (number of inputs,); NaN where the input must exist."""
        return np.array([np.nan if column.padding is None else column.padding for column in self.inputs])

    def normalise(self, matrix: NDArray[np.float64]) -> NDArray[np.float32]:
        """Turn raw values into what the network is fed: (raw - mean) / width in float64, then float32.

        All columns are treated alike: padding and parameters are normalised too. Where the card says that the
        normalisation is inside the file, or that there is none, values are only cast.

        Parameters
        ----------
        matrix
            Raw values, shape (N, number of inputs).

        Raises
        ------
        NetworkError
            If the number of columns is wrong.
        """
        raw = np.asarray(matrix, dtype=np.float64)
        if raw.ndim != 2 or raw.shape[1] != len(self.inputs):
            message = (
                f"the network {self.title!r} takes a matrix of shape (N, {len(self.inputs)}); this one has {raw.shape}"
            )
            raise NetworkError(message)
        if self.normalisation.where != "outside":
            return raw.astype(np.float32)
        return ((raw - self.means) / self.widths).astype(np.float32)

    # ---- the file

    def file(self, name: str | None = None) -> ModelFile:
        """Return the entry of a network file; the only one if no name is given."""
        if name is None and len(self.files) == 1:
            return self.files[0]
        for entry in self.files:
            if entry.name == name:
                return entry
        known = [entry.name for entry in self.files]
        if name is None:
            message = f"the model card {self.title!r} has {len(known)} files, name one by file=: {', '.join(known)}"
            raise BadOption(message)
        message = f"the model card {self.title!r} has no file {name!r}.{did_you_mean(name, known)}"
        raise UnknownName(message)

    def for_file(self, name: str) -> ModelCard:
        """Return the card of one of several files: with its own means and widths, as if it were the only one."""
        entry = self.file(name)
        inputs = self.inputs
        if entry.means is not None:
            inputs = tuple(dataclasses.replace(i, mean=m) for i, m in zip(inputs, entry.means, strict=True))
        if entry.widths is not None:
            inputs = tuple(dataclasses.replace(i, width=w) for i, w in zip(inputs, entry.widths, strict=True))
        return dataclasses.replace(self, inputs=inputs, files=(dataclasses.replace(entry, means=None, widths=None),))

    def find_file(self, name: str | None = None) -> Path:
        """Return where a network file is: beside the card, or in the data store.

        Raises
        ------
        MissingData
            If it is on neither; the message says how to get it.
        ChecksumMismatch
            If only a file with another content is there.
        """
        from recastbook.network.files import find

        return find(self, self.file(name))

    def session(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        file: str | None = None,
        threads: int = 1,
        batch_size: int | None = None,
        verify: bool = True,
    ) -> Session:
        """Return a session that runs the network; the file is opened on first use.

        Parameters
        ----------
        path
            The network file, if it is not where :meth:`find_file` looks.
        file
            Which of the card's files, if there are several.
        threads
            Number of threads.
        batch_size
            Rows per call of the runtime.
        verify
            Whether the checksum must be the one of the card.
        """
        from recastbook.network.session import BATCH_SIZE, Session

        entry = self.file(file)
        where = Path(path) if path is not None else self.find_file(entry.name)
        size = BATCH_SIZE if batch_size is None else batch_size
        return Session(self, where, file=entry.name, threads=threads, batch_size=size, verify=verify)

    def threshold(
        self, output: str, point: Sequence[float], published: float, *, transform: str | None = None
    ) -> float:
        """Return what stands for a published threshold with this network.

        For the published network that is the threshold itself. See :func:`recastbook.network.rescaling.rescale`.
        """
        from recastbook.network.rescaling import rescale

        return rescale(self, output, point, published, transform=transform)

    def check_golden(self, session: Session | None = None) -> int:
        """Compare the golden rows with normalisation and, given a session, scores; return how many values agreed.

        Raises
        ------
        NetworkError
            For the first difference; row, name, expected and found are given.
        """
        from recastbook.network.golden import check

        return check(self, session)

    def lint(self, *, regions: Any = None, run: bool = True) -> LintReport:
        """Hold the card against the checklist for networks that others can reuse (arXiv:2312.14575 and neighbours).

        Parameters
        ----------
        regions
            The regions that cut on the scores, as a :class:`recastbook.regions.RegionSet` or the path of a
            ``regions.yaml``; by default the one beside the card, if there is one.
        run
            Whether golden rows are evaluated; the network file is read either way.
        """
        from recastbook.diagnostics.lint import lint

        return lint(self, regions=regions, run=run)

    # ---- display

    def __str__(self) -> str:
        from recastbook.network.card_display import text

        return text(self)

    def _as_table(self) -> TableView:
        from recastbook.network.card_display import as_table

        return as_table(self)

    def _repr_html_(self) -> str:
        from recastbook.network.card_display import html

        return html(self)


@lru_cache(maxsize=32)
def _read(file: Path, stamp: tuple[str, int, int] | None) -> ModelCard:  # noqa: ARG001 - a changed file is another
    """Read a card; one that has not changed is read once, since cards are plain values and YAML is slow."""
    card = ModelCard(**records(cardfile.read(file)), path=file)
    consistency.check(card, str(file))
    return card
