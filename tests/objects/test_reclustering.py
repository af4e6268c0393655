from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from recastbook.exceptions import BadOption, BadSpecification
from recastbook.objects import recluster


def jet(pt: float, eta: float, phi: float, mass: float = 0.0) -> dict:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": mass}


def momentum(*jets: dict) -> tuple[float, float, float, float]:
    """Return pT, eta, phi, mass of the sum of some jets."""
    pt, eta, phi, mass = (np.array([j[n] for j in jets]) for n in ("pt", "eta", "phi", "mass"))
    px, py, pz = (pt * np.cos(phi)).sum(), (pt * np.sin(phi)).sum(), (pt * np.sinh(eta)).sum()
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2).sum()
    total = np.hypot(px, py)
    return total, np.arcsinh(pz / total), np.arctan2(py, px), np.sqrt(energy**2 - px**2 - py**2 - pz**2)


A, B, SOFT = jet(200, 0.0, 3.0, 10), jet(150, 0.5, -2.9, 8), jet(20, -0.3, 3.1, 3)
FAR, CENTRAL = jet(120, 2.5, 0.0, 12), jet(90, -1.0, 1.0, 5)
JETS = ak.Array([[A, B, FAR, CENTRAL, SOFT], [], [B]])


def close(found: ak.Record, expected: tuple[float, ...]) -> bool:
    values = [found.pt, found.eta, found.phi, found.mass]
    return bool(np.allclose(values, expected, rtol=1e-4, atol=1e-4))


def test_clustering_across_the_azimuth_seam_and_trimming() -> None:
    large = recluster(JETS, trim_fraction=0.1)
    assert ak.num(large).tolist() == [3, 0, 1]
    assert close(large[0, 0], momentum(A, B)), "the soft jet is below a tenth of the large-R jet"
    assert large.n_constituents.tolist() == [[2, 1, 1], [], [1]]
    assert large[0, 0].untrimmed_pt == pytest.approx(momentum(A, B, SOFT)[0], rel=1e-5)
    assert close(large[2, 0], momentum(B))


def test_without_trimming() -> None:
    large = recluster(JETS, trim_fraction=0.0)
    assert large.n_constituents.tolist()[0] == [3, 1, 1]
    assert close(large[0, 0], momentum(A, B, SOFT))


def test_radius_decides() -> None:
    assert recluster(JETS, radius=0.3).n_constituents.tolist()[0] == [1, 1, 1, 1, 1]


def test_selection() -> None:
    large = recluster(JETS, min_pt=100.0, max_abs_eta=2.0)
    assert ak.num(large).tolist() == [1, 0, 1]
    assert ak.all(ak.flatten(large.pt) >= 100.0)


def test_trimming_can_take_a_jet_below_the_threshold() -> None:
    core, soft = jet(99, 0.0, 0.0), jet(6, 0.0, 0.5)
    jets = ak.Array([[core, soft]])
    assert ak.num(recluster(jets, min_pt=100.0)).tolist() == [0]
    assert ak.num(recluster(jets, min_pt=100.0, trim_fraction=0.0)).tolist() == [1]


def test_cut_before_trimming_as_well() -> None:
    # Opposite soft activity pulls the untrimmed jet below 100 GeV; it is the trimmed one that passes.
    core, soft = jet(100.5, 0.0, 0.0), jet(9.9, 0.0, 0.79)
    jets = ak.Array([[core, soft]])
    assert recluster(jets, min_pt=100.0, cut_before_trimming=True).n_constituents.tolist() == [[1]]
    assert ak.num(recluster(jets, min_pt=105.0, cut_before_trimming=True)).tolist() == [0]


def test_order_before_and_after_trimming() -> None:
    loses = [jet(200, 0.0, 0.0), jet(19, 0.3, 0.0), jet(19, -0.3, 0.0)]
    keeps = [jet(215, 0.0, 2.0)]
    jets = ak.Array([[*keeps, *loses]])
    assert recluster(jets).pt.tolist()[0] == pytest.approx([215, 200])
    assert recluster(jets, order="untrimmed").pt.tolist()[0] == pytest.approx([200, 215])


def test_only_events_asked_for() -> None:
    large = recluster(JETS, mask=np.array([False, True, True]))
    assert ak.num(large).tolist() == [0, 0, 1]
    assert recluster(JETS, mask=np.zeros(3, dtype=bool)).pt.tolist() == [[], [], []]


def test_chunks_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 12, 1300)
    m = counts.sum()
    columns = {"pt": rng.exponential(80, m) + 30, "eta": rng.uniform(-2.8, 2.8, m)}
    columns |= {"phi": rng.uniform(-np.pi, np.pi, m), "mass": rng.exponential(8, m)}
    jets = ak.unflatten(ak.zip({n: c.astype(np.float32) for n, c in columns.items()}), counts)
    whole = recluster(jets, min_pt=100.0, max_abs_eta=2.0).tolist()
    parts = [recluster(jets[i : i + 370], min_pt=100.0, max_abs_eta=2.0).tolist() for i in range(0, 1300, 370)]
    assert [e for p in parts for e in p] == whole
    total = ak.sum(recluster(jets, trim_fraction=0.0).n_constituents)
    assert total == m, "every small-R jet is in exactly one large-R jet"


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    recluster(JETS)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"radius": 0.0}, "positive radius"),
        ({"trim_fraction": 1.0}, r"fraction in \[0, 1\)"),
        ({"order": "pt"}, "'pt'"),
    ],
)
def test_impossible_arguments(arguments: dict, match: str) -> None:
    with pytest.raises(BadOption, match=match):
        recluster(JETS, **arguments)


def test_bad_mask_and_bad_jets() -> None:
    with pytest.raises(BadSpecification, match=r"shape \(2,\), there are 3 events"):
        recluster(JETS, mask=np.ones(2, dtype=bool))
    with pytest.raises(BadSpecification, match="nan or infinite"):
        recluster(ak.Array([[jet(np.nan, 0, 0)]]))
