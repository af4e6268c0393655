# ruff: noqa: ARG001  (intrinsics name their arguments only for their number)
"""Numbers in text, read by compiled code: integers and correctly rounded doubles.

HepMC text is mostly numbers of 17 digits, so their reading decides the speed of the whole first pass. Digits are
taken eight at a time, and the decimal is turned into the nearest double with 128-bit arithmetic, following
D. Lemire, "Number Parsing at a Gigabyte per Second", arXiv:2101.11408; the results equal those of ``float(text)``
for up to 19 significant digits (longer numbers are cut there).

The text array must be followed by at least 32 readable bytes that are not digits (:data:`PADDING`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

__all__ = ["PADDING", "powers_of_five", "read_float", "read_int"]

PADDING = 32
"""Bytes that must follow the text."""

_SMALLEST_POWER = -340
_LARGEST_POWER = 308


@cache
def powers_of_five() -> NDArray[np.uint64]:
    """Return the leading 128 bits of 5^q for q from -340 to 308, shape (649, 2): high and low word.

    Positive powers are cut, negative ones (reciprocals) rounded up, as the proof in arXiv:2101.11408 section 5 wants.
    """
    out = np.empty((_LARGEST_POWER - _SMALLEST_POWER + 1, 2), dtype=np.uint64)
    for q in range(_SMALLEST_POWER, _LARGEST_POWER + 1):
        if q >= 0:
            power: int = 5**q
            bits = power << 128 >> power.bit_length()
        else:
            power = 5**-q
            # the reciprocal with all bits, cut to 128 and rounded up
            length = (power - 1).bit_length()
            bits = (1 << (2 * length + 128)) // power + 1
            bits >>= max(bits.bit_length() - 128, 0)
            if q >= -27:
                bits = (1 << (length + 127)) // power + 1
        out[q - _SMALLEST_POWER] = (bits >> 64, bits & 0xFFFFFFFFFFFFFFFF)
    return out


# The three intrinsics below are single machine instructions that numba has no spelling for.


@intrinsic
def _eight_bytes(_context: Any, text: Any, at: Any) -> Any:
    """Load eight bytes as one little-endian number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = cgutils.gep_inbounds(builder, array.data, arguments[1])
        value = builder.load(builder.bitcast(address, ir.IntType(64).as_pointer()))
        value.align = 1
        return value

    return types.uint64(text, types.int64), generate


@intrinsic
def _high_product(_context: Any, a: Any, b: Any) -> Any:
    """Upper 64 bits of the 128-bit product."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def _leading_zeros(_context: Any, a: Any) -> Any:
    """Leading zero bits of a number that is not zero."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@intrinsic
def _double_of_bits(_context: Any, a: Any) -> Any:
    """Return the double with this bit pattern."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.uint64), generate


_U = np.uint64
_ZEROS = _U(0x3030303030303030)
_SIXES = _U(0x0606060606060606)
_HIGH_NIBBLES = _U(0xF0F0F0F0F0F0F0F0)
_MASK = _U(0x000000FF000000FF)
_MUL1 = _U(0x000F424000000064)
_MUL2 = _U(0x0000271000000001)
_HUNDRED_MILLION = _U(100_000_000)
_HIDDEN_BIT = _U(1 << 52)


@njit(cache=True, inline="always")
def _are_digits(word: Any) -> Any:
    # a byte is a digit if its high nibble is 3, also after adding 6 (0x30 .. 0x39)
    return ((word & _HIGH_NIBBLES) | (((word + _SIXES) & _HIGH_NIBBLES) >> _U(4))) == _U(0x3333333333333333)


@njit(cache=True, inline="always")
def _eight_digits(word: Any) -> Any:
    # pairs, then fours, then all eight, each by one multiplication (arXiv:2101.11408, section 4)
    word = word - _ZEROS
    word = (word * _U(10)) + (word >> _U(8))
    return (((word & _MASK) * _MUL1) + (((word >> _U(16)) & _MASK) * _MUL2)) >> _U(32)


@njit(cache=True)
def _nearest_double(digits: Any, power: Any, powers: Any) -> Any:
    """Bits of the double nearest to ``digits * 10**power``; arXiv:2101.11408, algorithm 1."""
    if digits == _U(0) or power < _SMALLEST_POWER:
        return _U(0)
    if power > _LARGEST_POWER:
        return _U(0x7FF0000000000000)
    shift = _leading_zeros(digits)
    word = digits << shift
    row = power - _SMALLEST_POWER
    high = _high_product(word, powers[row, 0])
    low = word * powers[row, 0]
    if (high & _U(0x1FF)) == _U(0x1FF):
        second = _high_product(word, powers[row, 1])
        low = low + second
        if second > low:
            high = high + _U(1)
    upper = high >> _U(63)
    mantissa = high >> (upper + _U(9))
    exponent = ((217706 * power) >> 16) + 63 + np.int64(upper) - np.int64(shift) + 1023
    if exponent <= 0:
        # below 2.2e-308, where precision fades: no quantity of an event depends on it
        return _U(0)
    halfway = low <= _U(1) and power >= -4 and power <= 23 and (mantissa & _U(3)) == _U(1)
    if halfway and (mantissa << (upper + _U(9))) == high:
        mantissa = mantissa & ~_U(1)  # a tie goes to the even neighbour
    mantissa = (mantissa + (mantissa & _U(1))) >> _U(1)
    if mantissa >= (_HIDDEN_BIT << _U(1)):
        mantissa = _HIDDEN_BIT
        exponent += 1
    if exponent >= 0x7FF:
        return _U(0x7FF0000000000000)
    return (mantissa & ~_HIDDEN_BIT) | (_U(exponent) << _U(52))


@njit(cache=True)
def _read_word(text: Any, at: Any) -> Any:
    """Read ``nan``, ``inf`` or ``infinity`` in any case; (value, end), end is -1 for anything else."""
    a, b, c = text[at] | 32, text[at + 1] | 32, text[at + 2] | 32
    end = at + 3
    value = 0.0
    if a == 110 and b == 97 and c == 110:
        value = np.nan
    elif a == 105 and b == 110 and c == 102:
        value = np.inf
        if (text[at + 3] | 32) == 105:
            end = at + 8
    else:
        return 0.0, np.int64(-1)
    return value, np.int64(end)


@njit(cache=True)
def read_float(text: Any, at: Any, powers: Any) -> Any:
    """Read one decimal number after optional blanks.

    Parameters
    ----------
    text
        Bytes, uint8.
    at
        Where to start.
    powers
        :func:`powers_of_five`.

    Returns
    -------
    tuple
        Value and position behind it; position -1 if there is no number (a line end counts as none).
    """
    i = np.int64(at)
    while text[i] == 32 or text[i] == 9:
        i += 1
    negative = text[i] == 45
    if negative or text[i] == 43:
        i += 1
    digits = _U(0)
    start = i
    n = 0  # digits taken up, leading zeros included
    power = np.int64(0)
    while text[i] >= 48 and text[i] <= 57:
        if digits < _U(1000000000000000000):
            digits = digits * _U(10) + _U(text[i] - 48)
        else:
            power += 1
        n += 1
        i += 1
    if text[i] == 46:
        i += 1
        word = _eight_bytes(text, i)
        while digits < _U(10000000000) and _are_digits(word):
            digits = digits * _HUNDRED_MILLION + _eight_digits(word)
            power -= 8
            n += 8
            i += 8
            word = _eight_bytes(text, i)
        while text[i] >= 48 and text[i] <= 57:
            if digits < _U(1000000000000000000):
                digits = digits * _U(10) + _U(text[i] - 48)
                power -= 1
            n += 1
            i += 1
    if n == 0:
        value, end = _read_word(text, start)
        return (-value if negative else value), end
    if text[i] == 101 or text[i] == 69 or text[i] == 68 or text[i] == 100:  # also Fortran's D
        i += 1
        smaller = text[i] == 45
        if smaller or text[i] == 43:
            i += 1
        if text[i] < 48 or text[i] > 57:
            return 0.0, np.int64(-1)
        exponent = np.int64(0)
        while text[i] >= 48 and text[i] <= 57:
            if exponent < 100000:
                exponent = exponent * 10 + np.int64(text[i] - 48)
            i += 1
        power += -exponent if smaller else exponent
    if text[i] > 32:
        return 0.0, np.int64(-1)
    value = _double_of_bits(_nearest_double(digits, power, powers))
    return (-value if negative else value), i


@njit(cache=True)
def read_int(text: Any, at: Any) -> Any:
    """Read one integer after optional blanks; (value, position behind it), position -1 if there is none."""
    i = np.int64(at)
    while text[i] == 32 or text[i] == 9:
        i += 1
    negative = text[i] == 45
    if negative or text[i] == 43:
        i += 1
    if text[i] < 48 or text[i] > 57:
        return np.int64(0), np.int64(-1)
    value = np.int64(0)
    while text[i] >= 48 and text[i] <= 57:
        if value > 100000000000000000:
            return np.int64(0), np.int64(-1)
        value = value * 10 + np.int64(text[i] - 48)
        i += 1
    return (-value if negative else value), i
