"""Part G of the checklist: guidelines on reinterpretation, statistical models, FAIR data and model cards."""

from __future__ import annotations

from collections.abc import Iterator

from recastbook.diagnostics.lint.context import Context, stated
from recastbook.diagnostics.lint.rule import Section, Sight

__all__ = ["SECTION"]

SECTION = Section("G", "wider guidelines")


def _material(item: int, level: str, names: tuple[str, ...], *, title: str, why: str, fix: str) -> None:
    """Add a rule that asks for a published material."""

    @SECTION.rule(item, level, "semi", title=title, why=why, fix=fix)
    def _check(context: Context) -> Iterator[Sight]:
        if not context.material(*names):
            yield Sight(f"materials.{names[0]}", "It is not named.")


# ---- reinterpretation of LHC results (arXiv:2003.07868)


@SECTION.rule(
    60, "W", "semi",
    title="Tables and plots are digitised, with labels for machines.",
    why="Numbers read off a figure cost a factor of ten in precision.",
    fix="Name the HEPData record in analysis.hepdata or materials.tables.",
)  # fmt: skip
def _check_tables(context: Context) -> Iterator[Sight]:
    if not stated(context.card.analysis.hepdata) and not context.material("tables"):
        yield Sight("analysis.hepdata", "No record with digitised tables is named.")


@SECTION.rule(
    61, "W", "semi",
    title="Efficiencies and resolutions of the objects are given.",
    why="Inputs of a network are smeared objects; without resolutions their widths are a guess.",
    fix="Name them in materials.efficiencies, or the detector card in info.yaml.",
)  # fmt: skip
def _check_efficiencies(context: Context) -> Iterator[Sight]:
    if context.is_surrogate:  # it holds the detector itself
        return
    if not context.material("efficiencies") and not context.about.get("detector"):
        yield Sight("materials.efficiencies", "Neither efficiencies nor a detector card are named.")


@SECTION.rule(
    62, "W", "semi",
    title="Cutflows of several benchmarks are given.",
    why="One benchmark cannot tell an efficiency that depends on momentum from a constant.",
    fix="Add them to validation.cutflows, materials.benchmarks or the published tables.",
)  # fmt: skip
def _check_benchmarks(context: Context) -> Iterator[Sight]:
    n = max(len(context.card.validation.cutflows), len(context.tables_of("cutflow")))
    if n < 2 and not context.material("benchmarks"):
        yield Sight("materials.benchmarks", f"{n} cutflow(s) named.")


_material(
    63, "W", ("run_cards",),
    title="Spectra and run cards of the signals are attached.",
    why="Decays and scales that are not written down are guessed by every reader anew.",
    fix="Attach SLHA files and run cards to the record and name them in materials.run_cards.",
)  # fmt: skip
_material(
    64, "W", ("background_correlations", "likelihood"),
    title="Background estimates come with correlations, or as a likelihood.",
    why="Bins of a score share their systematic errors; as independent bins they exclude too much or too little.",
    fix="Name them in materials.background_correlations or materials.likelihood.",
)  # fmt: skip


@SECTION.rule(
    65, "I", "semi",
    title="Pseudo-code or code of the selection is given.",
    why="It settles the order of steps.",
    fix="Name it in validation.codes or validation.snippet.",
)  # fmt: skip
def _check_pseudo_code(context: Context) -> Iterator[Sight]:
    if not context.card.validation.codes and not stated(context.card.validation.snippet):
        yield Sight("validation.codes", "Neither code nor snippet is named.")


# ---- publishing statistical models (arXiv:2109.04981)

_material(
    66, "W", ("likelihood",),
    title="The full statistical model is published.",
    why="It holds what a single number of background events leaves out.",
    fix="Name the HistFactory or HS3 file in materials.likelihood, and which channels are the network's regions.",
)  # fmt: skip
_material(
    67, "W", ("signal_patch",),
    title="An example of a signal in the statistical model is given, with the names of its regions.",
    why="The names of channels in the model are seldom those of the paper.",
    fix="Name the patch in materials.signal_patch.",
)  # fmt: skip


@SECTION.rule(
    68, "W", "semi",
    title="Where the statistical model is simplified, it is said how.",
    why="Simplification merges systematic errors; how well depends on the region.",
    fix="State it in materials.simplified_likelihood.",
)  # fmt: skip
def _check_simplified(context: Context) -> Iterator[Sight]:
    words = context.card.materials.get("likelihood", "").lower()
    if ("simplified" in words or not words) and not context.material("simplified_likelihood"):
        found = "The likelihood is simplified" if words else "There is no full likelihood"
        yield Sight("materials.simplified_likelihood", f"{found}, and nothing says how to simplify.")


@SECTION.rule(
    69, "I", "semi",
    title="Observed and expected limits to reproduce are given.",
    why="They test the whole chain at once.",
    fix="Name them in materials.limits or add them to the published tables.",
)  # fmt: skip
def _check_limits(context: Context) -> Iterator[Sight]:
    kinds = {table.header.kind for table in context.tables}
    if not context.material("limits") and not any("limit" in kind for kind in kinds):
        yield Sight("materials.limits", "No limit is named.")


# ---- FAIR models in high-energy physics (arXiv:2212.05081)


@SECTION.rule(
    70, "W", "semi",
    title="Network or search have a persistent identifier.",
    why="A name that never changes is how others find and cite it.",
    fix="Write a DOI into files[].doi or analysis.hepdata.",
)  # fmt: skip
def _check_identifier(context: Context) -> Iterator[Sight]:
    card = context.card
    if not any(stated(file.doi) for file in card.files) and not stated(card.analysis.hepdata):
        yield Sight("analysis.hepdata", "There is neither DOI nor record.")


_OPEN = ("cc", "mit", "bsd", "apache", "gpl", "mpl", "zlib", "unlicense", "isc", "eupl", "public domain")


@SECTION.rule(
    71, "W", "semi",
    title="The file can be had over an open protocol, under an open licence.",
    why="Otherwise others cannot ship what they validated.",
    fix="Give an https address in files[].urls, and an open licence in files[].licence.",
)  # fmt: skip
def _check_open_access(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if not any(url.startswith("https://") for url in file.urls):
            yield Sight(f"files[{i}] {file.name}", "There is no https address.")
        if stated(file.licence) and not file.licence.lower().startswith(_OPEN):
            yield Sight(f"files[{i}] {file.name}", f"{file.licence!r} is not known here as an open licence.")


@SECTION.rule(
    72, "W", "semi",
    title="The format is interoperable, and input and output are described.",
    why="A description that fits the file lets any tool feed it.",
    fix="Use ONNX and describe the card and each output in words.",
)  # fmt: skip
def _check_interoperable(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if file.format not in ("onnx", "lwtnn"):
            yield Sight(f"files[{i}] {file.name}", f"The format is {file.format}.")
    if not stated(context.card.description):
        yield Sight("description", "There is no description.")


@SECTION.rule(
    73, "W", "semi",
    title="The origin of the weights is recorded: training sample, hyperparameters, code.",
    why="It tells which signals the network knows.",
    fix="State samples, hyperparameters and code in training, or name them in materials.",
)  # fmt: skip
def _check_provenance(context: Context) -> Iterator[Sight]:
    training = context.card.training
    for what, material, keys in (
        ("training sample", "training_data", ("samples", "data")),
        ("hyperparameters", "hyperparameters", ("hyperparameters", "architecture")),
        ("code and its version", "training_code", ("code",)),
    ):
        if not context.material(material) and not any(stated(training.get(key)) for key in keys):
            yield Sight(f"training.{keys[0]}", f"Not stated: {what}.")


@SECTION.rule(
    74, "I", "semi",
    title="The network was tried on other machines or runtimes, and what it learned is discussed.",
    why="Portable files and understood networks fail less often.",
    fix="List two runtimes in validation.runtimes and name a discussion in materials.interpretability.",
)  # fmt: skip
def _check_portability(context: Context) -> Iterator[Sight]:
    if len(context.card.validation.runtimes) < 2:
        yield Sight("validation.runtimes", "Fewer than two runtimes are listed.")
    if not context.material("interpretability") and not stated(context.card.validation.importance):
        yield Sight("materials.interpretability", "It is not named.")


# ---- model cards


@SECTION.rule(
    75, "I", "semi",
    title="The card has what a header for machines needs: licence, framework, metrics.",
    why="Catalogues of models index these.",
    fix="State licence and materials.metrics (task, data set, metric, value).",
)  # fmt: skip
def _check_front_matter(context: Context) -> Iterator[Sight]:
    if not stated(context.card.licence):
        yield Sight("licence", "The licence of the card is not stated.")
    if not context.material("metrics") and not stated(context.card.training.get("metrics")):
        yield Sight("materials.metrics", "No metric is quoted.")


@SECTION.rule(
    76, "W", "semi",
    title="Uses that the network is not made for are listed.",
    why="Somebody will apply it to anything with six jets.",
    fix="List topologies and uses in out_of_scope.",
)  # fmt: skip
def _check_out_of_scope(context: Context) -> Iterator[Sight]:
    if not context.card.out_of_scope:
        yield Sight("out_of_scope", "It is empty.")


@SECTION.rule(
    77, "W", "semi",
    title="Limitations, contact and citation are given.",
    why="Readers have questions, and authors want to be cited.",
    fix="Fill caveats, contact and cite.",
)  # fmt: skip
def _check_contact(context: Context) -> Iterator[Sight]:
    card = context.card
    for name, value in (("caveats", card.caveats), ("contact", card.contact), ("cite", card.cite)):
        if not stated(value):
            yield Sight(name, "It is not given.")


@SECTION.rule(
    78, "I", "semi",
    title="Files and golden rows are described for machines, with checksums.",
    why="Catalogues can then verify what they serve.",
    fix="Give sha256 and size_bytes of each file, and a source for each golden row.",
)  # fmt: skip
def _check_described_files(context: Context) -> Iterator[Sight]:
    for i, file in enumerate(context.card.files):
        if not file.sha256 or file.size_bytes is None:
            yield Sight(f"files[{i}] {file.name}", "sha256 or size_bytes is missing.")
    for row in context.card.golden_rows:
        if not stated(row.source):
            yield Sight(f"golden_rows {row.name}", "Its source is not stated.")


_material(
    79, "W", ("notebook",),
    title="A notebook uses the card and runs without a person.",
    why="Examples that are run every week do not rot.",
    fix="Name it in materials.notebook.",
)  # fmt: skip
_material(
    80, "I", ("reproducibility_hash",),
    title="One hash stands for network, card, code and environment of the validation.",
    why="It shows at a glance whether a validation is still the one of today.",
    fix="Write it into materials.reproducibility_hash.",
)  # fmt: skip
