"""One quantity per function, with unit and formula; arrays in, arrays out.

Where the objects that a quantity is made of are missing, it is nan if every cut on it must fail (transverse masses,
angles, lepton pairs) and 0 if it is a sum or the pT of an object that is not there.
"""

from __future__ import annotations

from recastbook.features.dilepton import is_sfos, m_ll, met_dilepton, pt_ll
from recastbook.features.event_shape import (
    angular_separation,
    aplanarity,
    boost_to_rest_frame,
    momentum_tensor_eigenvalues,
    pair_delta_r,
    pair_indices,
    skewness,
    sphericity,
    transverse_sphericity,
)
from recastbook.features.jet_systems import hardest_triplet, min_max_mass
from recastbook.features.leading import count, leading, leading_columns, nth_pt
from recastbook.features.lepton_jet import m_lj, min_delta_r
from recastbook.features.pairing import Pairing, four_momenta, invariant_mass, pair_by_mass, perfect_matchings
from recastbook.features.registry import FEATURES, Feature, feature
from recastbook.features.sums import ht, meff, mj_sum
from recastbook.features.table import FeatureTable
from recastbook.features.transverse import delta_phi, dphi_min, mt_min_bjets, transverse_mass

__all__ = [
    "FEATURES",
    "Feature",
    "FeatureTable",
    "Pairing",
    "angular_separation",
    "aplanarity",
    "boost_to_rest_frame",
    "count",
    "delta_phi",
    "dphi_min",
    "feature",
    "four_momenta",
    "hardest_triplet",
    "ht",
    "invariant_mass",
    "is_sfos",
    "leading",
    "leading_columns",
    "m_lj",
    "m_ll",
    "meff",
    "met_dilepton",
    "min_delta_r",
    "min_max_mass",
    "mj_sum",
    "momentum_tensor_eigenvalues",
    "mt_min_bjets",
    "nth_pt",
    "pair_by_mass",
    "pair_delta_r",
    "pair_indices",
    "perfect_matchings",
    "pt_ll",
    "skewness",
    "sphericity",
    "transverse_mass",
    "transverse_sphericity",
]
