"""Arithmetic, recorded from ``opa eval`` 1.22.2."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from policyengine.rego.runtime import numbers
from policyengine.rego.runtime.numbers import AnyNumber, number_from_text, number_text


@pytest.mark.parametrize(
    ("operation", "a", "b", "wanted"),
    [
        (numbers.plus, "0.1", "0.2", "0.3"),
        (numbers.plus, "1234567.5", "0", "1.2345675e+06"),
        (numbers.plus, "1234567890123456.5", "0", "1.2345678901234565e+15"),
        (numbers.plus, "1.0", "1", "2"),
        (numbers.divide, "1", "3", "0.33333333333333333334"),
        (numbers.divide, "0", "-5", "-0"),
        (numbers.divide, "1e20", "3", "33333333333333333334"),
        (numbers.divide, "10", "4", "2.5"),
        (numbers.multiply, "12345678901234567890.5", "1", "12345678901234567890"),
        (numbers.multiply, "0.00001", "1.5", "1.49999999999999999995e-05"),
        (numbers.multiply, "1e21", "1.5", "1500000000000000000000"),
        (numbers.multiply, "2.5e-10", "0.1", "2.5e-11"),
        (numbers.multiply, "1e300", "1.5e300", "15" + "0" * 599),
        (numbers.remainder, "-7", "3", "-1"),
    ],
)
def test_arithmetic_gives_the_text_that_opa_prints(
    operation: Callable[[AnyNumber, AnyNumber], AnyNumber], a: str, b: str, wanted: str
) -> None:
    assert number_text(operation(number_from_text(a), number_from_text(b))) == wanted


@pytest.mark.parametrize(
    ("operation", "a", "wanted"),
    [
        (numbers.absolute, "1180591620717411303425", "1180591620717411303400"),
        (numbers.round_half_away, "-2.5", "-3"),
        (numbers.ceiling, "-0.5", "1"),
        (numbers.floor, "-0.5", "0"),
        (numbers.ceiling, "-1e-400", "1"),
        (numbers.floor, "-1e-400", "0"),
        (numbers.ceiling, "-1.5", "-1"),
        (numbers.floor, "-1.5", "-2"),
        (numbers.ceiling, "-0.99999999999999999999", "-1"),
        (numbers.floor, "-1", "-1"),
        (numbers.ceiling, "123456789012345678.5", "123456789012345679"),
    ],
)
def test_rounding_gives_the_text_that_opa_prints(
    operation: Callable[[AnyNumber], AnyNumber], a: str, wanted: str
) -> None:
    assert number_text(operation(number_from_text(a))) == wanted


@pytest.mark.parametrize("text", ["1.50", "1e400", "-0", "0.1", "12345678901234567890", "9" * 5000])
def test_a_number_is_printed_as_it_was_written(text: str) -> None:
    assert number_text(number_from_text(text)) == text
