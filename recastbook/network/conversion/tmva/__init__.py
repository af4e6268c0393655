"""Boosted decision trees of TMVA, kept as XML: read, evaluated in float64, and written as ONNX.

Own code rather than petrifyML, the converter of the field (arXiv:2509.11830): for these trees it needs ROOT, and gives
C++ or Python rather than ONNX. TMVA's other methods are refused with what petrifyML can do for them.
"""

from __future__ import annotations

from recastbook.network.conversion.tmva.convert import read_tmva
from recastbook.network.conversion.tmva.document import Forest, read_forest

__all__ = ["Forest", "read_forest", "read_tmva"]
