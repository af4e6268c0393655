"""ATLAS-SUSY-2018-30: gluino pairs with at least three b-jets and missing transverse momentum (arXiv:2211.08028)."""
