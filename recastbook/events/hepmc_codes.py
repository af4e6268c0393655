"""Numbers that the compiled HepMC readers and Python share: places in their state, reasons to stop, letters."""

from __future__ import annotations

from typing import Final

# Places in the small int64 array through which a compiled reader and Python talk.
EVENTS: Final = 0
PARTICLES: Final = 1
VERTICES: Final = 2
CODE: Final = 3
FAULT_AT: Final = 4
FOUND: Final = 5
EXPECTED: Final = 6
CROSS_SECTION_AT: Final = 7
EVENT_AT: Final = 8
ENERGY_IN_MEV: Final = 9
LENGTH_IN_CM: Final = 10
STATE_SIZE: Final = 11

# Why a reader stopped; positive ones are faults of an event.
TEXT_DONE: Final = 0
CHUNK_FULL: Final = -1
RUN_HEADER: Final = -2
NEED_SPACE: Final = -3
BAD_EVENT_LINE: Final = 1
BAD_PARTICLE_LINE: Final = 2
BAD_VERTEX_LINE: Final = 3
BAD_UNITS: Final = 4
BAD_WEIGHT: Final = 5
PARTICLE_COUNT: Final = 6
VERTEX_COUNT: Final = 7
BAD_ID: Final = 8
UNKNOWN_PARTICLE: Final = 9
UNKNOWN_VERTEX: Final = 10
MOMENTUM_NOT_FINITE: Final = 11
POSITION_NOT_FINITE: Final = 12
NEGATIVE_ENERGY: Final = 13
WEIGHT_NOT_FINITE: Final = 14
TOO_LARGE: Final = 15

# First letters of lines, and other bytes.
LINE_END: Final = ord("\n")
BLANK: Final = ord(" ")
COMMA: Final = ord(",")
AT_SIGN: Final = ord("@")
OPEN: Final = ord("[")
CLOSE: Final = ord("]")
A: Final = ord("A")
C: Final = ord("C")
E: Final = ord("E")
G: Final = ord("G")
H: Final = ord("H")
M: Final = ord("M")
P: Final = ord("P")
S: Final = ord("S")
T: Final = ord("T")
U: Final = ord("U")
V: Final = ord("V")
W: Final = ord("W")
SMALL_E: Final = ord("e")
SMALL_N: Final = ord("n")
