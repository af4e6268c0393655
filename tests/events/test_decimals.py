"""Numbers of text equal those of Python's float(), to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recastbook.events.decimals import PADDING, powers_of_five, read_float, read_int


def number(text: str) -> tuple[float, int]:
    data = np.frombuffer(text.encode() + b"\n" + bytes(PADDING), dtype=np.uint8)
    value, end = read_float(data, 0, powers_of_five())
    return float(value), int(end)


@pytest.mark.parametrize(
    "text",
    [
        "0", "-0.0", "1", "-1.5e3", "6.5e+03", "9.3827000000000005e-01", "5.0000000000000000e-324", "2.5e-308",
        "1.7976931348623157e308", "1.1068677933209292e189", "1.0e22", "9007199254740993", "0.1", ".5", "5.", "+3.25",
        "12345678901234567", "1234567890123456789", "0.00000000000000000012345678901234567", "1e0", "1E-5", "1.e1",
        "8.5000000000000000e+00", "4.5000000000000005e-01", "7.205759403792793e16", "-9.0071992547409925e15",
    ],
)  # fmt: skip
def test_same_as_float(text: str) -> None:
    value, end = number(text)
    assert end == len(text)
    expected = float(text)
    if abs(expected) < 2.3e-308:  # denormal numbers are taken as zero
        expected = math.copysign(0.0, expected)
    assert value == expected
    assert math.copysign(1, value) == math.copysign(1, expected)


def test_blanks_before_and_a_second_number_behind() -> None:
    text = "   1.25 -3\r"
    assert number(text) == (1.25, 7)
    data = np.frombuffer(text.encode() + b"\n" + bytes(PADDING), dtype=np.uint8)
    assert read_int(data, 7) == (-3, 10)


@pytest.mark.parametrize(("text", "value"), [("nan", math.nan), ("-inf", -math.inf), ("Infinity", math.inf)])
def test_words_for_what_is_no_number(text: str, value: float) -> None:
    found, end = number(text)
    assert end == len(text)
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_too_large_is_infinite_and_fortran_exponents_are_read() -> None:
    assert number("1e400") == (math.inf, 5)
    assert number("1.5D+02") == (150.0, 7)


@pytest.mark.parametrize("text", ["", "-", "abc", "1e", "1e+", "1.2x", "--1", "1..2", "0x10", "e5", "."])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert number(text)[1] == -1


@pytest.mark.parametrize("text", ["", "-", "x", "99999999999999999999"])
def test_what_is_no_integer_is_refused(text: str) -> None:
    data = np.frombuffer(text.encode() + b"\n" + bytes(PADDING), dtype=np.uint8)
    assert read_int(data, 0)[1] == -1


def test_a_failure_stays_a_failure() -> None:
    data = np.frombuffer(b"1 2 3\n" + bytes(PADDING), dtype=np.uint8)
    assert read_float(data, -1, powers_of_five()) == (0.0, -1)
    assert read_int(data, -1) == (0, -1)
