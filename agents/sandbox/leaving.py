"""What a program leaves, taken apart within bounds: a few lists that hold one another can stand for billions of values."""

from __future__ import annotations

from typing import Any

from agents.sandbox.counting import is_huge

MAX_VALUES = 20_000
"""Values that a program may leave; one that stands in two places counts twice, since whoever reads them meets it twice."""
MAX_CHARACTERS = 400_000
"""Characters of all its texts and digits of all its numbers, counted as often as they are met."""
MAX_DEPTH = 20
"""Lists within lists."""

Plain = int | float | str | bool | None | tuple["Plain", ...]


def plain(value: Any) -> Plain:
    """A value that a program left, as tuples, numbers and texts. Raises TypeError, saying why, if it is of another kind or
    larger than the bounds of this module."""
    return _Taking().taken(value, MAX_DEPTH)


class _Taking:
    """One value on its way: what is left of its bounds."""

    def __init__(self) -> None:
        self._values, self._characters = MAX_VALUES, MAX_CHARACTERS

    def taken(self, value: Any, depth: int) -> Plain:
        self._values -= 1
        if self._values < 0:
            raise TypeError(f"leaves more than {MAX_VALUES} values")
        if is_huge(value):
            raise TypeError("leaves a number of more than a thousand digits")
        if value is None or isinstance(value, bool | int | float | str):
            self._characters -= len(value) if isinstance(value, str) else _digits(value)
            if self._characters < 0:
                raise TypeError(f"leaves more than {MAX_CHARACTERS} characters and digits")
            return value
        if not isinstance(value, list | tuple):
            raise TypeError("leaves something that is no number, text, truth value or list of these")
        if not depth:
            raise TypeError(f"leaves lists within lists, more than {MAX_DEPTH} deep")
        return tuple([self.taken(one, depth - 1) for one in value])


def _digits(value: float | None) -> int:
    """About the decimal digits of a whole number; one of any other value."""
    return value.bit_length() // 3 + 1 if isinstance(value, int) else 1
