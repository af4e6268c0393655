"""Networks of lwtnn (github.com/lwtnn/lwtnn), kept as JSON: read, evaluated in float64, and written as ONNX.

Known are the sequential and the graph format, with dense, normalization, highway and maxout layers, and add and
concatenate nodes. What works on sequences (lstm, gru, simplernn, embedding, time_distributed, sum) is refused by name.
"""

from __future__ import annotations

from recastbook.network.conversion.lwtnn.convert import read_lwtnn
from recastbook.network.conversion.lwtnn.document import Document, read_document

__all__ = ["Document", "read_document", "read_lwtnn"]
