"""Networks in other formats, turned into ONNX: read as data where the format allows, else apart and confined.

Nothing is unpickled unless it is asked for with ``trust=True``, and then in a process of its own (see
:mod:`recastbook.network.conversion.sandbox`). Every conversion ends with a comparison of the new file with the old
one, over all values and close to every cut.
"""

from __future__ import annotations

from recastbook.network.conversion.convert import convert_model
from recastbook.network.conversion.parity import Comparison, NearCut
from recastbook.network.conversion.recognise import Format, recognise
from recastbook.network.conversion.report import ConversionReport
from recastbook.network.conversion.sandbox import Limits

__all__ = ["Comparison", "ConversionReport", "Format", "Limits", "NearCut", "convert_model", "recognise"]
