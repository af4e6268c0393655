# ruff: noqa: ARG001  (intrinsics name their arguments only for their number)
"""Numbers in text, read by compiled code: integers and correctly rounded doubles.

HepMC text is mostly numbers of 17 digits, so their reading decides the speed of the whole first pass. Digits are
taken eight at a time, and the decimal is turned into the nearest double with 128-bit arithmetic, following
D. Lemire, "Number Parsing at a Gigabyte per Second", arXiv:2101.11408; the results equal those of ``float(text)``
for up to 19 significant digits (longer numbers are cut there).

numba keeps compiled code per file of the outermost function: after a change here, delete ``__pycache__/*.nb?`` or touch
the files that use it.

The text array must be followed by at least 32 readable bytes that are not digits (:data:`PADDING`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

__all__ = [
    "PADDING",
    "address_of",
    "byte_at",
    "float_at",
    "int_at",
    "powers_of_five",
    "read_float",
    "read_int",
]

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


# Memory is reached by address: passing arrays to small functions costs more than reading a number. Whoever calls keeps
# the arrays alive and the positions inside. The intrinsics are machine instructions that numba has no spelling for.


@intrinsic
def address_of(_context: Any, array: Any) -> Any:
    """Return the address of an array's first element."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), generate


@intrinsic
def byte_at(_context: Any, address: Any, at: Any) -> Any:
    """Return the byte at ``address + at``."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(builder.add(*arguments), ir.IntType(8).as_pointer())
        return builder.zext(builder.load(pointer), ir.IntType(64))

    return types.int64(types.int64, types.int64), generate


@intrinsic
def _word_at(_context: Any, address: Any, at: Any) -> Any:
    """Return eight bytes from ``address + at`` as one number, the first byte lowest."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(builder.add(*arguments), ir.IntType(64).as_pointer())
        value = builder.load(pointer)
        value.align = 1
        return value

    return types.uint64(types.int64, types.int64), generate


@intrinsic
def _high_product(_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of the 128-bit product."""

    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def _leading_zeros(_context: Any, a: Any) -> Any:
    """Return the number of leading zero bits of a number that is not zero."""

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
_SIGN_BIT = _U(1 << 63)
_BYTE = _U(0xFF)


@njit(cache=True)
def _are_digits(word: Any) -> Any:
    # a byte is a digit if its high nibble is 3, also after adding 6 (0x30 .. 0x39)
    return ((word & _HIGH_NIBBLES) | (((word + _SIXES) & _HIGH_NIBBLES) >> _U(4))) == _U(0x3333333333333333)


@njit(cache=True)
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
    row = 16 * (power - _SMALLEST_POWER)
    leading = _word_at(powers, row)
    high = _high_product(word, leading)
    low = word * leading
    if (high & _U(0x1FF)) == _U(0x1FF):
        second = _high_product(word, _word_at(powers, row + 8))
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
    a, b, c = byte_at(text, at) | 32, byte_at(text, at + 1) | 32, byte_at(text, at + 2) | 32
    if a == 110 and b == 97 and c == 110:
        return np.nan, at + 3
    if a == 105 and b == 110 and c == 102:
        return np.inf, at + (8 if (byte_at(text, at + 3) | 32) == 105 else 3)
    return 0.0, np.int64(-1)


@njit(cache=True)
def _any_float(text: Any, at: Any, powers: Any) -> Any:
    """Read a number of any form at a place that is not blank."""
    i = at
    negative = byte_at(text, i) == 45
    if negative or byte_at(text, i) == 43:
        i += 1
    digits = _U(0)
    start = i
    n = 0  # digits taken up, leading zeros included
    power = np.int64(0)
    c = byte_at(text, i)
    while c >= 48 and c <= 57:
        if digits < _U(1000000000000000000):
            digits = digits * _U(10) + _U(c - 48)
        else:
            power += 1
        n += 1
        i += 1
        c = byte_at(text, i)
    if c == 46:
        i += 1
        word = _word_at(text, i)
        while digits < _U(10000000000) and _are_digits(word):
            digits = digits * _HUNDRED_MILLION + _eight_digits(word)
            power -= 8
            n += 8
            i += 8
            word = _word_at(text, i)
        c = byte_at(text, i)
        while c >= 48 and c <= 57:
            if digits < _U(1000000000000000000):
                digits = digits * _U(10) + _U(c - 48)
                power -= 1
            n += 1
            i += 1
            c = byte_at(text, i)
    if n == 0:
        value, end = _read_word(text, start)
        return (-value if negative else value), end
    if c in (101, 69, 68, 100):  # also Fortran's D
        i += 1
        smaller = byte_at(text, i) == 45
        if smaller or byte_at(text, i) == 43:
            i += 1
        c = byte_at(text, i)
        if c < 48 or c > 57:
            return 0.0, np.int64(-1)
        exponent = np.int64(0)
        while c >= 48 and c <= 57:
            if exponent < 100000:
                exponent = exponent * 10 + (c - 48)
            i += 1
            c = byte_at(text, i)
        power += -exponent if smaller else exponent
    if c > 32:
        return 0.0, np.int64(-1)
    bits = _nearest_double(digits, power, powers)
    return _double_of_bits(bits | _SIGN_BIT if negative else bits), i


@njit(cache=True)
def float_at(text: Any, at: Any, powers: Any) -> Any:
    """Read one decimal number after optional blanks; `text` and `powers` are addresses, see :func:`read_float`."""
    if at < 0:
        return 0.0, np.int64(-1)
    i = at
    c = byte_at(text, i)
    while c in (32, 9):
        i += 1
        c = byte_at(text, i)
    # what HepMC3 writes: -d.dddddddddddddddde-dd, all at once
    negative = c == 45
    j = i + 1 if negative else i
    first = byte_at(text, j) - 48
    upper, lower, ending = _word_at(text, j + 2), _word_at(text, j + 10), _word_at(text, j + 18)
    sign = (ending >> _U(8)) & _BYTE
    e1, e2 = np.int64((ending >> _U(16)) & _BYTE) - 48, np.int64((ending >> _U(24)) & _BYTE) - 48
    plain = (
        (first >= 0 and first <= 9 and byte_at(text, j + 1) == 46)
        and (_are_digits(upper) and _are_digits(lower) and (ending & _BYTE) == _U(101))
        and (sign == _U(43) or sign == _U(45))
        and (e1 >= 0 and e1 <= 9 and e2 >= 0 and e2 <= 9 and ((ending >> _U(32)) & _BYTE) <= _U(32))
    )
    if not plain:
        return _any_float(text, i, powers)
    digits = (_U(first) * _HUNDRED_MILLION + _eight_digits(upper)) * _HUNDRED_MILLION + _eight_digits(lower)
    exponent = 10 * e1 + e2
    power = (-exponent if sign == _U(45) else exponent) - 16
    bits = _nearest_double(digits, power, powers)
    return _double_of_bits(bits | _SIGN_BIT if negative else bits), j + 22


@njit(cache=True)
def int_at(text: Any, at: Any) -> Any:
    """Read one integer after optional blanks; `text` is an address, see :func:`read_int`."""
    if at < 0:
        return np.int64(0), np.int64(-1)
    i = at
    c = byte_at(text, i)
    while c in (32, 9):
        i += 1
        c = byte_at(text, i)
    negative = c == 45
    if negative or c == 43:
        i += 1
        c = byte_at(text, i)
    if c < 48 or c > 57:
        return np.int64(0), np.int64(-1)
    value = np.int64(0)
    while c >= 48 and c <= 57:
        if value > 100000000000000000:
            return np.int64(0), np.int64(-1)
        value = value * 10 + (c - 48)
        i += 1
        c = byte_at(text, i)
    return (-value if negative else value), i


@njit(cache=True)
def read_float(text: Any, at: Any, powers: Any) -> Any:
    """Read one decimal number after optional blanks.

    Parameters
    ----------
    text
        Bytes, uint8, with :data:`PADDING` behind them.
    at
        Where to start; a negative position fails, so that a row of numbers needs one check at its end.
    powers
        :func:`powers_of_five`.

    Returns
    -------
    tuple
        Value and position behind it; position -1 if there is no number (a line end counts as none).
    """
    return float_at(address_of(text), at, address_of(powers))


@njit(cache=True)
def read_int(text: Any, at: Any) -> Any:
    """Read one integer after optional blanks; (value, position behind it), position -1 if there is none."""
    return int_at(address_of(text), at)
