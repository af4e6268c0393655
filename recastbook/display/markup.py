"""Tables as Markdown and LaTeX, to be copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recastbook.display.cells import cell_text
from recastbook.display.tables import alignment

__all__ = ["to_latex", "to_markdown"]

_MARKDOWN = {
    "\\": "\\\\", "|": "\\|", "$": "\\$", "_": "\\_", "*": "\\*", "`": "\\`", "~": "\\~", "#": "\\#", "<": "&lt;",
    ">": "&gt;", "&": "&amp;", "\n": " ", "\r": " ",
}  # fmt: skip


def _markdown(text: str) -> str:
    return "".join(_MARKDOWN.get(x, x) for x in text).replace("](", "]\\(")


def to_markdown(
    headers: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    caption: object = "",
    notes: Iterable[object] = (),
    digits: int = 3,
) -> str:
    r"""Return a GitHub-style Markdown table; what Markdown or a formula would take for a sign is escaped.

    Examples
    --------
    >>> print(to_markdown(["region", "n"], [["A|B", 2], ["$C_1$", 3]]))
    | region | n |
    |:--|--:|
    | A\|B | 2 |
    | \$C\_1\$ | 3 |
    """
    body = [tuple(r) for r in rows]
    letters = alignment(headers, body, None)

    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(_markdown(cell_text(c, digits)) for c in cells) + " |"

    rule = "|" + "|".join("--:" if a == "r" else ":--" for a in letters) + "|"
    top = [f"**{_markdown(cell_text(caption))}**", ""] if caption else []
    said = [f"- {_markdown(cell_text(n))}" for n in notes]
    return "\n".join([*top, line(headers), rule, *(line(r) for r in body), *(["", *said] if said else [])])


_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "±": r"$\pm$", "≥": r"$\geq$",
    "≤": r"$\leq$", "\u2013": "--", "\u03c3": r"$\sigma$", "μ": r"$\mu$", "\u00d7": r"$\times$", "Δ": r"$\Delta$",
    "π": r"$\pi$", "χ": r"$\chi$", "\u2113": r"$\ell$", "φ": r"$\phi$", "η": r"$\eta$", "→": r"$\to$", "∅": "--",
    "⁻": "$^-$", "¹": "$^1$", "²": "$^2$", "√": r"$\surd$", "•": r"$\bullet$", "|": r"\textbar{}", "\n": " ",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_LATEX.get(x, x) for x in text)


def to_latex(
    headers: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    caption: str = "",
    notes: Iterable[object] = (),
    digits: int = 3,
) -> str:
    r"""Return a LaTeX ``tabular`` that needs no package (a ``table`` where a caption or notes are given).

    Examples
    --------
    >>> print(to_latex(["region", "n"], [["SR_A", "1.0 ± 0.2"]]))
    \begin{tabular}{lr}
    \hline
    region & n \\
    \hline
    SR\_A & 1.0 $\pm$ 0.2 \\
    \hline
    \end{tabular}
    """
    body = [tuple(r) for r in rows]
    letters = alignment(headers, body, None)

    def line(cells: Iterable[object]) -> str:
        # a row that begins with a bracket would be read as the optional argument of the line break before it
        return " & ".join(_latex(cell_text(c, digits)) for c in cells).replace("[", "{[}", 1) + r" \\"

    top = [rf"\begin{{tabular}}{{{letters}}}", r"\hline", line(headers), r"\hline"]
    out = [*top, *(line(r) for r in body), r"\hline", r"\end{tabular}"]
    said = [_latex(cell_text(n)) for n in notes]
    if caption or said:
        head = [rf"\caption{{{_latex(caption)}}}"] if caption else []
        foot = [r"\par\smallskip\footnotesize " + r"\\ ".join(said)] if said else []
        out = [r"\begin{table}", r"\centering", *head, *out, *foot, r"\end{table}"]
    return "\n".join(out)
