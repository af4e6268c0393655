"""The input explorer: what a network is fed, against its training, and what a mistake would do."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from recastbook.display import html_table, joined, note
from recastbook.exceptions import UnknownName, did_you_mean
from recastbook.network import columns
from recastbook.widgets.base import Panel
from recastbook.widgets.explorer import register_panel
from recastbook.widgets.picture import READABLE, Picture
from recastbook.widgets.words import Words, probable

__all__ = ["InputExplorer"]

NONE = "none"
MOST_EVENTS = 20_000
"""Events read again for this panel; said where there are more."""
_WIDE = {"description_width": "initial"}


class InputExplorer(Panel):
    """Each input of a network in physics units or normalised, ranked by its pull against the card.

    A convention trap moves inputs, scores and yields. The events are read again from the truth objects when the panel
    opens; its plain twin is :func:`recastbook.diagnostics.hunt.effect`.

    Parameters
    ----------
    result
        What a search's ``run`` returned.
    *others
        Not shown here.
    **choices
        ``network``, ``input``, ``normalised`` and ``trap`` (the key of a hypothesis).
    """

    heading: ClassVar[str] = "Network inputs"
    choices: ClassVar[tuple[str, ...]] = ("network", "input", "normalised", "trap")
    network = traitlets.Unicode()
    input = traitlets.Unicode()
    normalised = traitlets.Bool(False)
    trap = traitlets.Unicode(NONE)

    @classmethod
    def missing(cls, results: tuple[Any, ...]) -> str:
        """Return why there are no inputs to look at; empty if there are."""
        result = results[0]
        if not any(r.uses_network for r in result.header.regions):
            which = result.header.analysis
            if any(probable(result, r.name) for r in result.header.regions):
                return f"{which} feeds maps or surrogates: what they read is under features in the tab Event"
            return f"{which} feeds no network"
        return ""

    def build(self) -> None:
        """Make the lists, the picture and the table of yields."""
        self._benches: dict[str, Any] = {}
        self._effects: dict[tuple[str, str], Any] = {}
        names = list(self.result.search.cards)
        network = self.control("network", ipywidgets.Dropdown(options=names, description="network", style=_WIDE))
        network.layout.display = None if len(names) > 1 else "none"
        listed = self.control("input", ipywidgets.Select(rows=14, layout=ipywidgets.Layout(width="19em")))
        normalised = self.control(
            "normalised", ipywidgets.Checkbox(description="normalised", indent=False, layout={"width": "auto"})
        )
        wide = ipywidgets.Layout(width="34em", max_width="98%")
        trap = self.control("trap", ipywidgets.Dropdown(description="trap", style=_WIDE, layout=wide))
        self.listed = Words()
        self.picture = Picture(6.2, 3.7)
        self.words, self.table = Words(), Words()
        self.on("network", self._network_chosen)
        left = ipywidgets.VBox([listed, self.listed], layout=ipywidgets.Layout(flex="0 0 auto"))
        right = ipywidgets.VBox([self.shown], layout=ipywidgets.Layout(min_width=READABLE, flex="1 1 0"))
        wrap = {"flex_flow": "row wrap"}
        top = ipywidgets.HBox([network, normalised, trap], layout={**wrap, "grid_gap": "4px 14px"})
        self.arrange([top, ipywidgets.HBox([left, right], layout=wrap)], [self.words, self.picture, self.table])
        self.children = self.children[:-1]  # what is shown stands beside the list

    def start(self) -> None:
        """Choose the first network that was evaluated."""
        search = self.result.search
        cards = search.cards
        scores = {
            str(leaf.score)
            for region in self.result.header.regions if region.name not in self.result.absent
            for cut in region.cuts for leaf in cut.leaves() if leaf.score is not None
        }  # fmt: skip
        used = {search.network_of(score) for score in scores}
        self.network = next((name for name in cards if name in used), next(iter(cards)))

    def _bench(self) -> Any:
        from recastbook.diagnostics.hunt.effect import bench

        if self.network not in self._benches:
            with self.working("reading the events again"):
                found = bench(self.result.search, self.result, network=self.network, max_events=MOST_EVENTS)
            if "default" not in found.matrices or not len(found.main):
                msg = f"no event of {self.result.label} reaches a cut on a score of {self.network}: no inputs to show"
                raise UnknownName(msg)
            self._benches[self.network] = found
        return self._benches[self.network]

    def _network_chosen(self) -> None:
        from recastbook.diagnostics.hunt import hypotheses

        known = self.result.search.cards
        if self.network not in known:
            msg = f"{self.result.header.analysis} has no network {self.network!r}.{did_you_mean(self.network, known)}"
            raise UnknownName(msg)
        bench = self._bench()
        pulls = self._pulls()
        sizes = {name: -1.0 if pull is None else abs(pull) for name, pull in pulls.items()}
        order = sorted(pulls, key=lambda name: -sizes[name])
        options = [(f"{name}  ({pulls[name]:+.2f})" if pulls[name] is not None else name, name) for name in order]
        self.set("input", options=options)
        unknown = all(p is None for p in pulls.values())
        self.listed.value = note(
            "the card gives no mean and width: nothing to compare with" if unknown
            else "in brackets: (mean - training mean) / training width"
        )  # fmt: skip
        if self.input not in pulls:
            self.input = order[0]
        self._hypotheses = {h.key: h for h in hypotheses(bench.card)}
        traps = [(h.what, key) for key, h in self._hypotheses.items()]
        self.set("trap", options=[("none: as the contract says", NONE), *traps])
        if self.trap not in self._hypotheses:
            self.trap = NONE

    def _pulls(self) -> dict[str, float | None]:
        bench = self._bench()
        weight = bench.collected.weight[bench.main.rows]
        out: dict[str, float | None] = {}
        for i, (name, (mean, width)) in enumerate(bench.training.items()):
            values = bench.main.raw[:, i]
            good = np.isfinite(values)
            if mean is None or not width or not weight[good].sum():
                out[name] = None  # a parameter of the network, a card that does not say, or nothing to average
            else:
                out[name] = float((np.average(values[good], weights=weight[good]) - mean) / width)
        return out

    # -- showing ------------------------------------------------------------------------------------

    def show(self, changed: set[str]) -> None:  # noqa: ARG002 - picture and table belong together
        """Show the input; a trap that was not tried before follows after a pause."""
        names = [column.name for column in self._bench().card.inputs]
        if self.input not in names:
            msg = f"{self.network} has no input {self.input!r}.{did_you_mean(self.input, names)}"
            raise UnknownName(msg)
        if self.trap != NONE and self.trap not in self._hypotheses:
            msg = f"no trap {self.trap!r}.{did_you_mean(self.trap, self._hypotheses)}"
            raise UnknownName(msg)
        self._draw(self._effects.get((self.network, self.trap)))
        if self.trap != NONE and (self.network, self.trap) not in self._effects:
            self.table.value = note("scores under this trap follow in a moment")
            self.later("trap", self._try)

    def _try(self) -> None:
        key = (self.network, self.trap)
        if self.trap == NONE:
            return
        if key not in self._effects:
            bench = self._bench()
            if bench.scorer is None:
                self.table.value = note(str(self._why_no_scores()), "absent")
                return
            with self.working("scores under the trap"):
                self._effects[key] = bench.effect(self._hypotheses[self.trap])
        self._draw(self._effects[key])

    def _why_no_scores(self) -> str:
        absent = self.result.absent
        reasons = [absent[r.name] for r in self.result.header.regions if r.uses_network and r.name in absent]
        return f"no scores: {reasons[0] if reasons else 'the network was not run'}"

    def _draw(self, effect: Any) -> None:
        from recastbook import plots

        bench = self._bench()
        column = next(c for c in bench.card.inputs if c.name == self.input)
        trap = None if self.trap == NONE else self._hypotheses[self.trap]
        shown = bench.drawn(self.input, trap, normalised=self.normalised)
        if not np.isfinite(shown["values"]).any():
            self.picture.hide()
            parameter = columns.level(bench.card, column) == "parameter"
            why = (
                "is a parameter of the network: each region has its own value" if parameter
                else f"is a number in none of the {len(bench.main):,} events that reach a score"
            )  # fmt: skip
            self.words.value = note(f"{column.name} {why}", None if parameter else "absent")
        else:
            made = plots.network_input(
                **shown, ax=self.picture.clear(), mistake="with the trap",
                note=self.result.header.network_label or None, about=self.result.about,
            )  # fmt: skip
            outside = made.outside[0]
            self.picture.show(says=f"distribution of {column.name}" + (
                f"; {100 * outside:.1f} % beyond the axis" if outside > 0 else ""))  # fmt: skip
            said = columns.definition(bench.card, column)
            more = f"; of {len(bench.main):,} events that reach a score" if len(bench.main) >= MOST_EVENTS else ""
            self.words.value = str(joined(note(f"{column.name}: {said or 'no definition in the card'}{more}")))
        if self.trap == NONE:
            self.table.value = ""
        elif effect is not None:
            self.table.value = str(joined(note(f"trap: {effect.hypothesis.what}", "warning"), self._yields(effect)))

    def _yields(self, effect: Any) -> Any:
        known = self.result.regions  # an old result may lack what the search has now
        rows = [r for r in effect.regions if r.region in known and (r.clean.raw or r.trapped.raw)]
        cells = []
        for r in rows:
            leaves = (leaf for cut in self.result.regions[r.region].cuts for leaf in cut.leaves())
            column = next(leaf.column for leaf in leaves if leaf.column in effect.clean_scores)
            ratio = "-" if r.ratio is None else f"{r.ratio:.2f}"
            means = _score(effect.clean_scores[column]), _score(effect.trapped_scores[column])
            cells.append([r.region, r.clean.raw, r.trapped.raw, ratio, *means])
        label = self.result.header.network_label
        headers = ["region", "events by the contract", "with the trap", "ratio", "mean score", "with the trap"]
        notes = [f"raw counts of {self.result.label}", *([label] if label else [])]
        return html_table(headers, cells, align="lrrrrr", notes=notes)

    def code(self) -> str:
        """Return the calls that give the picture, and the yields under the trap, without the widget."""
        trap = "" if self.trap == NONE else f", {self.trap!r}"
        lines = [
            "from recastbook import plots",
            "from recastbook.diagnostics.hunt.effect import bench",
            f"found = bench(result.search, result, network={self.network!r}, max_events={MOST_EVENTS})",
            f"shown = found.drawn({self.input!r}{trap}, normalised={self.normalised})",
            f"label = {self.result.header.network_label or None!r}",
            "plots.network_input(**shown, mistake='with the trap', note=label, about=result.about)",
        ]
        if self.trap != NONE and self._bench().scorer is not None:
            lines += [
                "from recastbook.diagnostics.hunt import effect",
                f"effect(result.search, result, {self.trap!r}, network={self.network!r}, max_events={MOST_EVENTS})",
            ]
        return "\n".join(lines)


def _score(values: Any) -> str:
    found = np.asarray(values)[np.isfinite(values)]
    return f"{float(found.mean()):.4g}" if len(found) else "-"


register_panel(InputExplorer, place=50)
