"""Which methods and filters templates have, and how large what they make can become, estimated before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from scenarios.templating.budget import TooMuch, budget, check_size, iterates
from scenarios.templating.printing import check_parts

_MOST_NUMBER = 100_000
"""The largest whole number that a method or filter takes: as a width, it is what it makes."""
_TEXT = {
    "capitalize", "casefold", "center", "count", "endswith", "find", "format", "format_map", "index", "isalnum", "isalpha",
    "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle",
    "isupper", "join", "ljust", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex",
    "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper",
    "zfill",
}  # fmt: skip
_METHODS: tuple[tuple[type, set[str]], ...] = (
    (str, _TEXT),
    (dict, {"copy", "get", "items", "keys", "values"}),
    (list, {"copy", "count", "index"}),
    (tuple, {"count", "index"}),
    (range, {"count", "index"}),
    (int, {"bit_length", "is_integer"}),
    (float, {"is_integer"}),
)
_LEFT_OUT = {"attr", "pprint", "random", "urlize", "xmlattr"}
"""Filters that reach past keys, print addresses, differ from run to run, or make HTML."""
_PRINT = {"center", "format", "indent", "join", "replace", "string", "tojson", "wordwrap"}
"""Filters that make a text of whatever they are given."""
_WIDE = re.compile(r"\d{5,}|\*")
_NESTED = re.compile(r"\{[^{}]*:[^{}]*(\{|\d{5,})")


def check_method(owner: Any, name: str, given: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Raise SecurityError for a method that templates have not, and TooMuch for one that would make too much."""
    allowed = next((names for kind, names in _METHODS if isinstance(owner, kind)), None)
    if allowed is None or name not in allowed:
        raise SecurityError(f"'{name}' is no method for templates")
    _check_numbers((*given, *named.values()))
    if isinstance(owner, str):
        check_parts((*given, *named.values()))
        check_size(_of_text(owner, name, (*given, *named.values())))


def _of_text(owner: str, name: str, given: Sequence[Any]) -> int:
    """About how many characters a method of a text makes."""
    if name in {"center", "ljust", "rjust", "zfill"}:
        return max([len(owner), *(number for number in given if isinstance(number, int))])
    if name == "replace" and len(given) > 1:
        return _replaced(owner, given[0], given[1])
    if name == "join":
        return _joined(given[0] if given else (), owner)
    if name in {"format", "format_map"}:
        if _NESTED.search(owner):
            raise TooMuch("a format's width is a number of at most four digits")
        return len(owner) + owner.count("{") * sum(map(budget().size, given))
    return len(owner)


def check_percent(pattern: str, given: Any) -> None:
    """Raise TooMuch if `pattern % given` would make too much."""
    if any(_WIDE.search(part[:30]) for part in pattern.split("%")[1:]):
        raise TooMuch("a format's width is a number of at most four digits")
    check_parts(given)
    size = budget().size(given)
    check_size(
        len(pattern) + size * (1 if isinstance(given, tuple) else pattern.count("%")) + 10_000 * ("%" in pattern)
    )


def _replaced(text: str, old: Any, new: Any) -> int:
    old = str(old)
    return len(text) + (text.count(old) if old else len(text) + 1) * len(str(new))


def _joined(values: Any, between: Any) -> int:
    try:
        count = len(values)
    except TypeError:
        return 0
    return budget().size(values) + count * len(str(between))


def _check_numbers(given: Sequence[Any]) -> None:
    if any(isinstance(number, int) and abs(number) > _MOST_NUMBER for number in given):
        raise TooMuch(f"a number is larger than {_MOST_NUMBER:,}")


def _of_filter(name: str, value: Any, given: Sequence[Any]) -> int:
    """About how many characters a filter makes."""
    first = given[0] if given else None
    if name == "center":
        return first if isinstance(first, int) else 0
    if name in {"indent", "wordwrap"}:
        text, extra = str(value), max([len(one) if isinstance(one, str) else 0 for one in given] or [0])
        wide = first if isinstance(first, int) and not isinstance(first, bool) else 4
        rows = text.count("\n") + 1 if name == "indent" else len(text) // max(1, wide) + text.count("\n") + 1
        return len(text) + rows * max(extra, wide if name == "indent" else 0)
    if name == "replace" and len(given) > 1:
        return _replaced(str(value), given[0], given[1])
    if name == "join":
        return _joined(value, "" if first is None else first)
    if name == "tojson":
        return budget().size(value) * (2 + max([number for number in given if isinstance(number, int)] or [0]))
    if name == "round" and isinstance(first, int) and abs(first) > 300:
        raise TooMuch("a number is rounded to more than 300 places")
    return 0


def filters() -> dict[str, Callable[..., Any]]:
    """The filters that templates have, each within the budget."""
    return {name: _bounded(name, one) for name, one in FILTERS.items() if name not in _LEFT_OUT}


def tests() -> dict[str, Callable[..., Any]]:
    """The tests that templates have, each within the budget."""
    return {name: _counted(one) for name, one in dict[str, Any](TESTS).items()}


def _bounded(name: str, made_by: Callable[..., Any]) -> Callable[..., Any]:
    first = int(hasattr(made_by, "jinja_pass_arg"))

    @wraps(made_by)  # takes over that a filter is passed the environment
    def bounded(*args: Any, **named: Any) -> Any:
        before, (value, *rest) = args[:first], args[first:]
        left = budget()
        left.spend(1)
        if iterates(value):
            value = left.taken(value)
        given = (*rest, *named.values())
        _check_numbers(given)
        if name in _PRINT:
            check_parts((value, *given))
        if name == "format" and isinstance(value, str):
            check_percent(value, named or tuple(rest))
        left.looked_at(value)
        check_size(_of_filter(name, value, given))
        return left.made(made_by(*before, value, *rest, **named))

    return bounded


def _counted(test: Callable[..., Any]) -> Callable[..., Any]:
    first = int(hasattr(test, "jinja_pass_arg"))

    @wraps(test)
    def counted(*args: Any, **named: Any) -> Any:
        left = budget()
        left.spend(1)
        for one in args[first:]:
            left.looked_at(one)
        return test(*args, **named)

    return counted
