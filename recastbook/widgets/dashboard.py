"""The dashboard: choose a search and a model point or a file, run, see the verdict."""

from __future__ import annotations

import math
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import ipywidgets
import traitlets

from recastbook.display import badge, html_table, joined, note
from recastbook.exceptions import BadFile, BadOption, RecastbookError, did_you_mean
from recastbook.units import cross_section_text, fb
from recastbook.widgets.base import Panel
from recastbook.widgets.versions import titled, uploaded
from recastbook.widgets.words import Words

__all__ = ["Dashboard"]

BUILT_IN, POINT, FILE = "built-in events", "model point", "file"
_UNITS = {"m": "GeV", "pthat": "GeV", "ctau": "mm"}
"""Unit of a parameter by how its name begins."""
MOST_EVENTS = 20_000


class Dashboard(Panel):
    """One page from a question to an answer; its plain twin is what :meth:`code` gives.

    Parameters
    ----------
    load
        Gives a search by its name: :func:`recastbook.load`.
    searches
        Names of the searches to choose from.
    **choices
        ``search``, ``source``, ``sample``, ``preset``, ``parameters``, ``n``, ``seed``, ``path``, ``cross_section``
        (fb) and ``network``.

    Examples
    --------
    >>> from recastbook.dashboard import dashboard
    >>> page = dashboard(search="ATLAS-SUSY-2018-30", sample="gtt_2100_1")
    >>> page.run()
    >>> page.verdict.conclusion
    'excluded'
    """

    heading: ClassVar[str] = "Recast"
    choices: ClassVar[tuple[str, ...]] = (
        "search", "source", "sample", "preset", "parameters", "n", "seed", "path", "cross_section", "network",
    )  # fmt: skip
    search = traitlets.Unicode()
    source = traitlets.Unicode(BUILT_IN)
    sample = traitlets.Unicode()
    preset = traitlets.Unicode()
    parameters = traitlets.Dict()
    """Masses and other numbers of the model point."""
    n = traitlets.Int(1000, min=1, max=MOST_EVENTS)
    seed = traitlets.Int(1, min=0, max=2**31 - 1)
    path = traitlets.Unicode()
    """An event file on the machine that runs this page; an uploaded one is put beside it."""
    cross_section = traitlets.Float(0.0)
    """Of a file or model point, in fb; zero for what the file, the shipped table or the generator says."""
    network = traitlets.Unicode("published")

    def __init__(self, load: Callable[[str], Any], searches: Sequence[str], **choices: Any) -> None:
        self._load, self._searches = load, list(searches)
        self.verdict: Any = None
        """The answer of the last run."""
        self._kept: Path | None = None
        super().__init__(None, **choices)

    # -- controls -----------------------------------------------------------------------------------

    def build(self) -> None:
        """Make the controls of each source of events, and the places for the answer."""
        from recastbook.events.builtin import builtin_samples
        from recastbook.events.generation.presets import PRESETS

        self._samples, self._presets = builtin_samples(), PRESETS
        wide = {"description_width": "9em"}

        def made(kind: Any, name: str, words: str, **traits: Any) -> Any:
            # a layout of its own: what is hidden by it must not hide the others
            return self.control(name, kind(description=words, style=wide, layout={"width": "25em"}, **traits))

        search = made(ipywidgets.Dropdown, "search", "search", options=self._searches)
        buttons = ipywidgets.ToggleButtons(options=[BUILT_IN, POINT, FILE], description="events", style=wide)
        source = self.control("source", buttons)
        labels = [(sample.label, name) for name, sample in self._samples.items()]
        self._built_in = made(ipywidgets.Dropdown, "sample", "sample", options=labels)
        preset = made(ipywidgets.Dropdown, "preset", "process", options=[(p[2], name) for name, p in PRESETS.items()])
        preset.layout = ipywidgets.Layout(width="58em", max_width="98%")
        self._masses = ipywidgets.VBox()
        n = made(ipywidgets.BoundedIntText, "n", "events to make", min=1, max=MOST_EVENTS)
        seed = made(ipywidgets.BoundedIntText, "seed", "seed", min=0, max=2**31 - 1)
        self._point = ipywidgets.VBox([preset, self._masses, n, seed])
        path = ipywidgets.Text(
            description="event file", style=wide, layout={"width": "25em"},
            placeholder="HepMC, LHE, Delphes ROOT or an event folder",
        )  # fmt: skip
        self.control("path", path, to=self._as_named, back=self._as_path)
        # Jupyter's servers drop the connection, without a word, at a message above 10 MiB
        self.upload = ipywidgets.FileUpload(
            description="or upload (at most 10 MB)",
            layout={"width": "auto", "align_self": "flex-start", "margin": "2px 2px 2px 9em"},
        )
        self.upload.observe(lambda _: self.guard(self._take_upload), "value")
        self._file = ipywidgets.VBox([path, self.upload])
        sigma = made(ipywidgets.FloatText, "cross_section", "sigma [fb]")
        self.about_sigma = Words(layout={"margin": "0 2px 2px 9em"})
        """What a cross section of zero stands for."""
        self._sigma = ipywidgets.VBox([sigma, self.about_sigma])
        network = made(ipywidgets.Dropdown, "network", "network", options=["published", "stand-in"])
        self.button = ipywidgets.Button(description="Run", button_style="primary", icon="play")
        self.press(self.button, self.run)
        self.about, self.answer = Words(), ipywidgets.VBox()
        places = [search, self.about, source, self._built_in, self._point, self._file, self._sigma, network]
        places.append(self.button)
        self.arrange(places, [self.answer])
        # what is wrong is said where one looks, below the button that was pressed
        self.children = [*places, self.message, *self.children[1 + len(places) :]]
        self.on("search", self._search_chosen)
        self.on("preset", self._preset_chosen)

    def start(self) -> None:
        """Choose the first search, sample and process."""
        if not self._searches:
            msg = "there is no search to choose from"
            raise BadOption(msg)
        loaded = {name: self._load(name) for name in self._searches}
        # one that has something to show without any file
        shown = (n for n, s in loaded.items() if s.has_stand_in and s.about.get("built_in_events") is not False)
        self.search = next(shown, self._searches[0])
        self.sample = next(iter(self._samples))
        self.preset = self.preset or next(iter(self._presets))

    def _check(self) -> None:
        """Refuse a choice that is in none of the lists, which Python can make."""
        lists = {
            "search": self._searches, "source": (BUILT_IN, POINT, FILE), "sample": self._samples,
            "preset": self._presets, "network": ("published", "stand-in"),
        }  # fmt: skip
        for name, known in lists.items():
            chosen = getattr(self, name)
            if chosen not in known:
                msg = f"unknown {name} {chosen!r}.{did_you_mean(chosen, known)}"
                raise BadOption(msg)

    def _search_chosen(self) -> None:
        if self.search not in self._searches:
            return  # show() says so
        self._search = self._load(self.search)
        # a search says which points its paper or our validation uses; they are what the page opens with
        points = self._search.about.get("benchmarks") or ()
        if points:
            first = dict(points[0])
            self.preset = str(first.pop("preset"))
            self.parameters = {**self.parameters, **first}
            self._make_masses()

    def _preset_chosen(self) -> None:
        self._make_masses()

    def _make_masses(self) -> None:
        if self.preset not in self._presets:
            return  # show() says so
        known = {name: value for name, value in self.parameters.items() if name in self._presets[self.preset][1]}
        boxes = []
        for name in self._presets[self.preset][1]:
            if not name.startswith(tuple(_UNITS)) or name.startswith("matrix"):
                continue  # what is no number has its default here and is there in Python
            unit = next(unit for start, unit in _UNITS.items() if name.startswith(start))
            box = ipywidgets.Text(
                value=f"{known[name]:g}" if name in known else "", description=f"{name} [{unit}]",
                placeholder="number", style={"description_width": "9em"}, layout=ipywidgets.Layout(width="25em"),
            )  # fmt: skip
            box.observe(lambda change, name=name: self.guard(lambda: self._mass_typed(name, change["new"])), "value")
            boxes.append(box)
        self._masses.children = boxes

    def _mass_typed(self, name: str, text: str) -> None:
        others = {k: v for k, v in self.parameters.items() if k != name}
        try:
            self.parameters = {**others, name: float(text)} if text.strip() else others
        except ValueError:
            self.parameters = others
            msg = f"{name} must be a number, not {text!r}"
            raise BadOption(msg) from None

    def _take_upload(self) -> None:
        given = uploaded(self.upload)
        if given is None:
            return
        called, content = given
        name = PurePosixPath(called.replace("\\", "/")).name
        if name in ("", ".", ".."):
            msg = f"an uploaded file needs a name, not {called!r}"
            raise BadFile(msg)
        self.path = ""  # what is said of this file must not be answered with the one before
        place = self._uploads / name
        try:
            place.write_bytes(content)
        except (OSError, ValueError) as error:  # the disk is full; a name of the user's system is none of this one
            reason = getattr(error, "strerror", None) or error
            msg = f"{name[:60]!r} cannot be kept on the machine of this page: {reason}"
            raise BadFile(msg) from error
        self.path = str(place)

    @property
    def _uploads(self) -> Path:
        """The folder of uploaded files, made when the first one comes."""
        if self._kept is None:
            self._kept = Path(tempfile.mkdtemp(prefix="recastbook-upload-"))
            # also when the page is forgotten or its kernel ends, which close nothing; only a killed kernel leaves it
            self._forget_uploads = weakref.finalize(self, shutil.rmtree, self._kept, ignore_errors=True)
        return self._kept

    def _as_named(self, text: str) -> str:
        """Return text with uploaded files called as their owner calls them."""
        return text if self._kept is None else text.replace(f"{self._kept}/", "")

    def _as_path(self, text: str) -> str:
        if self._kept is None or not text:
            return text
        uploaded = self._kept / text
        return str(uploaded) if uploaded.parent == self._kept and uploaded.is_file() else text

    def _say_error(self, error: Exception) -> None:
        if isinstance(error, BadFile):
            # what follows the first sentence is for who calls it in Python: folders of this machine, arguments
            sentence = re.split(r"\.\s+(?=[A-Z0-9])", str(error).replace(self.path, "\0"))[0].rstrip(".")
            error = BadFile(sentence.replace("\0", self.path))
        self.say(self._as_named(self._sentence(error)), "bad")

    # -- showing ------------------------------------------------------------------------------------

    def show(self, changed: set[str]) -> None:
        """Show what belongs to the chosen source, and what the search says of itself."""
        self._check()
        places = {BUILT_IN: self._built_in, POINT: self._point, FILE: self._file}
        for name, place in places.items():
            place.layout.display = None if name == self.source else "none"
        self._sigma.layout.display = "none" if self.source == BUILT_IN else None
        self.controls["cross_section"].tooltip = said = self._sigma_if_zero()
        self.about_sigma.value = str(note(said))
        about = self._search.about
        if changed & {"search", "network"}:
            status = str(about["status"])
            mark = badge(status, "ok" if status == "validated" else "warning")
            self.about.value = str(joined(note(str(about["title"])), mark, self._what_is_missing()))
            self.controls["network"].layout.display = None if self._search.has_stand_in else "none"
        if changed - {"path"} and self.answer.children and self.verdict is not None:
            self.say("choices changed since this answer; press Run", "warning")

    def _what_is_missing(self) -> Any:
        """Return why signal regions will be absent, to be known before events are made; nothing if none will."""
        ready = self._search.configured(network=self._asked_network())
        names = ready.region_names("signal")
        reasons = [reason for reason in (ready.why_absent(ready.region(name)) for name in names) if reason]
        if not reasons:
            return ""
        more = "" if len(set(reasons)) == 1 else "; others likewise"
        return note(f"{len(reasons)} of {len(names)} signal regions will be absent: {reasons[0]}{more}", "warning")

    def _asked_network(self) -> str | None:
        return "stand-in" if self.network == "stand-in" and self._search.has_stand_in else None

    def _sigma_if_zero(self) -> str:
        """Return what is used if no cross section is typed."""
        from recastbook.events.generation.normalisation import is_arbitrary, tabulated
        from recastbook.events.generation.sources import find_recipe

        if self.source == FILE:
            return "0: what the file says; a number is used in its place"
        of = "cross section times branching fraction into the decays generated here"
        try:
            recipe, _ = find_recipe(self.preset, **self._asked())
        except RecastbookError:
            return f"{of}; 0: from the shipped table or the generator, where one is known"  # a mass is missing or wrong
        known = tabulated(recipe)
        if known is not None:
            return f"{of}; 0: {cross_section_text(known.value_pb)} from the shipped table"
        if is_arbitrary(recipe):
            return f"{of}; none is known for this process: with 0 the answer is no more than an upper limit"
        return f"{of}; 0: leading order of Pythia, for want of a table"

    # -- running ------------------------------------------------------------------------------------

    def _asked(self) -> dict[str, Any]:
        """Return the parameters of the model point that its process has."""
        return {k: v for k, v in self.parameters.items() if k in self._presets[self.preset][1]}

    def _events(self) -> Any:
        from recastbook.events.generation import generate
        from recastbook.events.sample import Sample

        if self.source == BUILT_IN:
            if self._search.about.get("built_in_events") is False:
                msg = f"no built-in events hold what {self.search} looks for; choose a model point or a file"
                raise BadOption(msg)
            return self._samples[self.sample]
        if not (math.isfinite(self.cross_section) and self.cross_section >= 0):
            msg = f"sigma must be a positive number of fb, or 0, not {self.cross_section:g}"
            raise BadOption(msg)
        sigma = self.cross_section * fb if self.cross_section else None
        if self.source == POINT:
            with self.working(f"{self.preset}: events", self.n) as moved:
                told = lambda done, _: moved(done)  # noqa: E731 - the bar knows the total
                return generate(
                    self.preset, n=self.n, seed=self.seed, cross_section=sigma, progress=told, **self._asked()
                )
        if not self.path.strip():
            msg = "no event file was given: type its path or upload one (none above 10 MB arrives)"
            raise BadOption(msg)
        return Sample(self.path.strip(), cross_section=sigma)

    def run(self) -> None:
        """Make or read the events, run the search, show verdict, yields and the explorer."""
        from recastbook.events.formats import Format

        self._check()
        self.verdict, self.answer.children = None, ()
        self.button.disabled = True
        try:
            sample = self._events()
            with self.working("detector, regions, limits"):
                self.result = self._search.run(sample, seed=self.seed, network=self._asked_network(), progress=False)
                self.verdict = self._search.verdict(self.result)
            self.answer.children = self._answer(partons=Format.LHE in getattr(sample, "formats", ()))
        finally:
            self.button.disabled = False

    def _answer(self, *, partons: bool) -> list[Any]:
        label = self.result.header.network_label
        head = (
            [note(f"evaluated with a {label}: not a statement about the published search", "warning")] if label else []
        )
        head.append(self._sigma_used())
        if partons:
            head.append(note("the file holds partons: Pythia has showered and hadronised them first", "warning"))
        yields = Words(value=self.result.yields("signal")._repr_html_())
        differences = [[text] for text in self._search.about.get("known_differences", ())]
        honest = Words(value=str(html_table(["known differences from the paper"], differences)))
        more = ipywidgets.Button(description="Open the explorer", icon="search")
        place = ipywidgets.VBox([more])

        def open_explorer() -> None:
            from recastbook.widgets.explorer import explore

            place.children = [explore(self.result)]

        self.press(more, open_explorer)
        folds = titled(ipywidgets.Accordion([yields, honest]), ["Yields of the signal regions", "What this is not"])
        return [Words(value=str(joined(*head)) + self.verdict._repr_html_()), folds, place]

    def _sigma_used(self) -> Any:
        """Return a line that says which cross section the answer rests on, and where it is from."""
        value, source = self.result.cross_section, self.result.header.sample["cross_section_source"]
        if value is None:
            return note(
                "no cross section is known for these events: with one in sigma [fb] there is more than an upper limit",
                "warning",
            )
        said = f"{value / fb:.6g} fb (typed above)" if source == "user" else f"{cross_section_text(value)} ({source})"
        return note(f"cross section used: {said}")

    def code(self) -> str:
        """Return the calls that give this answer without the page."""
        lines = [f"search = rb.load({self.search!r})"]
        sigma = f", cross_section={self.cross_section!r} * rb.units.fb" if self.cross_section else ""
        if self.source == BUILT_IN:
            lines += [
                "from recastbook.events.builtin import builtin_samples",
                f"sample = builtin_samples()[{self.sample!r}]",
            ]
        elif self.source == POINT:
            asked = "".join(f", {k}={v:.12g}" for k, v in self._asked().items())
            lines.append(f"sample = rb.generate({self.preset!r}, n={self.n}, seed={self.seed}{asked}{sigma})")
        else:
            lines.append(f"sample = rb.Sample({self._as_named(self.path)!r}{sigma})")
        network = ", network='stand-in'" if self._asked_network() else ""
        lines += [f"result = search.run(sample, seed={self.seed}{network})", "verdict = search.verdict(result)"]
        return "\n".join(["import recastbook as rb", *lines])

    def close(self) -> None:
        """Close the page and drop what was uploaded."""
        if self._kept is not None:
            self._forget_uploads()
        super().close()
