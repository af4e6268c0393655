"""Write the correctionlib files of the shipped detector cards from their tables.

Run from the checkout: ``python scripts/make_detector_card.py``. With ``--check`` nothing is written and the exit
code tells whether the committed files are up to date.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import correctionlib.schemav2 as schema
import yaml

DATA = Path(__file__).parents[1] / "recastbook" / "detector" / "data"
TYPES = {"flavour": "int", "working_point": "string"}
HASH_KEYS = ("seed", "stage", "run", "luminosity_block", "event", "index", "draw")


def edge(value: float) -> float | str:
    """Return an edge as JSON can hold it."""
    return "inf" if math.isinf(value) else float(value)


def node(spec: Any) -> Any:
    """Turn a node of the tables (their header says which kinds there are) into one of correctionlib."""
    if not isinstance(spec, dict):
        return float(spec)
    if "bins" in spec:
        content = [node(v) for v in spec["values"]]
        edges = [edge(e) for e in spec["edges"]]
        return schema.Binning(nodetype="binning", input=spec["bins"], edges=edges, content=content, flow="clamp")
    if "choose" in spec:
        items = [schema.CategoryItem(key=k, value=node(v)) for k, v in spec["values"].items()]
        return schema.Category(nodetype="category", input=spec["choose"], content=items)
    if "interpolate" in spec:
        return interpolated(spec)
    return schema.Formula(nodetype="formula", expression=spec["formula"], parser="TFormula", variables=spec["of"])


def interpolated(spec: dict[str, Any]) -> Any:
    """Turn knots into bins that each hold a (bi)linear formula."""
    variables = spec["interpolate"]
    values = spec["values"]
    grid = values if len(variables) == 2 else [[v] for v in values]
    knots_x = spec["knots"][0]
    knots_y = spec["knots"][1] if len(variables) == 2 else [0.0]
    floor = spec.get("at_least")

    def cell(i: int, j: int) -> Any:
        # i and j count intervals: 0 lies before the first knot and the last one after the last knot.
        x0, x1 = max(i - 1, 0), min(i, len(knots_x) - 1)
        y0, y1 = max(j - 1, 0), min(j, len(knots_y) - 1)
        dx, dy = (knots_x[x1] - knots_x[x0]) or 1.0, (knots_y[y1] - knots_y[y0]) or 1.0
        f00, f10, f01, f11 = grid[x0][y0], grid[x1][y0], grid[x0][y1], grid[x1][y1]
        bx, by, bxy = (f10 - f00) / dx, (f01 - f00) / dy, (f11 - f10 - f01 + f00) / (dx * dy)
        ox, oy = knots_x[x0], knots_y[y0]
        if len(variables) == 2:
            parameters = [f00 - bx * ox - by * oy + bxy * ox * oy, bx - bxy * oy, by - bxy * ox, bxy]
            expression = "[0]+[1]*x+[2]*y+[3]*x*y"
        else:
            parameters, expression = [f00 - bx * ox, bx], "[0]+[1]*x"
        if floor is not None:
            expression = f"max({float(floor)},{expression})"
        return schema.Formula(
            nodetype="formula", expression=expression, parser="TFormula", variables=variables, parameters=parameters
        )

    def binned(variable: str, knots: list[float], content: list[Any]) -> Any:
        edges = [0.0, *map(float, knots), "inf"]
        return schema.Binning(nodetype="binning", input=variable, edges=edges, content=content, flow="clamp")

    intervals = range(len(knots_x) + 1)
    if len(variables) == 1:
        return binned(variables[0], knots_x, [cell(i, 0) for i in intervals])
    rows = [binned(variables[1], knots_y, [cell(i, j) for j in range(len(knots_y) + 1)]) for i in intervals]
    return binned(variables[0], knots_x, rows)


def inputs_of(spec: Any, found: dict[str, None] | None = None) -> list[str]:
    """List the variables a node needs, in order of appearance."""
    found = {} if found is None else found
    if isinstance(spec, dict):
        names = [spec.get("bins"), spec.get("choose"), *spec.get("interpolate", ()), *spec.get("of", ())]
        found.update(dict.fromkeys(n for n in names if n))
        values = spec.get("values", ())
        for v in values.values() if isinstance(values, dict) else values:
            inputs_of(v, found)
    return list(found)


def correction(name: str, table: dict[str, Any]) -> schema.Correction:
    """Turn one table into a correction."""
    inputs = [schema.Variable(name=v, type=TYPES.get(v, "real")) for v in inputs_of(table["data"])]
    return schema.Correction(
        name=name,
        version=1,
        description=table["source"],
        inputs=inputs,
        output=schema.Variable(name="value", type="real", description=table["output"]),
        data=node(table["data"]),
    )


def hashed(name: str, distribution: str) -> schema.Correction:
    """Make the correction that draws hashed random numbers."""
    inputs = [schema.Variable(name=v, type="int") for v in HASH_KEYS]
    data = schema.HashPRNG(nodetype="hashprng", inputs=list(HASH_KEYS), distribution=distribution)
    return schema.Correction(
        name=name, version=1, inputs=inputs, output=schema.Variable(name="value", type="real"), data=data
    )


def documents() -> dict[str, str]:
    """Return file name and content of everything this script makes."""
    tables = yaml.safe_load((DATA / "atlas-run2.tables.yaml").read_text(encoding="utf-8"))
    sets = {
        "atlas-run2.json": [correction(n, t) for n, t in tables.items()],
        "random.json": [hashed("uniform", "stdflat"), hashed("normal", "normal")],
    }
    return {
        name: schema.CorrectionSet(schema_version=2, corrections=c).model_dump_json(exclude_unset=True, indent=1) + "\n"
        for name, c in sets.items()
    }


def main() -> int:
    """Write or check the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file is out of date")
    check = parser.parse_args().check
    stale = 0
    for name, text in documents().items():
        path = DATA / name
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        if current != text:
            stale += 1
            if not check:
                path.write_text(text, encoding="utf-8")
    return stale if check else 0


if __name__ == "__main__":
    sys.exit(main())
