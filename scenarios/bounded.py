"""Reading files that somebody else may have made: plain files only, of a bounded size, and YAML that is plain data."""

from __future__ import annotations

import errno
import math
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson
import yaml

MAX_LINE = 16 * 1024 * 1024
"""Bytes of a line, or of a file that is read at once."""
_MAX_YAML = 1024 * 1024
_MAX_NESTING = 40
_MAX_NODES = 50_000
_WIDEST = 2**63
"""Whole numbers beyond are none of ours."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadFile(Exception):
    """A file that cannot be read, in one line that names it."""


def opened(path: Path) -> IO[bytes]:
    """A plain file, opened to read. Raises OSError for one that cannot be opened, and for a pipe or a device, which might
    never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_bounded(path: Path, limit: int = MAX_LINE) -> bytes:
    """The bytes of a plain file. Raises OSError, also if there are more than `limit`."""
    with opened(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it is larger than {limit} bytes", str(path))
    return data


def lines_of(path: Path, limit: int = MAX_LINE) -> Iterator[bytes]:
    """The lines of a plain file, with their ends. Raises OSError, also if one has more than `limit` bytes."""
    with opened(path) as file:
        while line := file.readline(limit + 1):
            if len(line) > limit:
                raise OSError(errno.EFBIG, f"a line of it is longer than {limit} bytes", str(path))
            yield line


def json_of(line: bytes) -> Any:
    """A line's JSON. Raises ValueError if it holds none, or is nested deeper than any record."""
    value = orjson.loads(line)
    level = [value]
    for _ in range(_MAX_NESTING):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return value
    raise ValueError("it is nested too deeply")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [inner for inner in value.values() if isinstance(inner, dict | list)]
    return [inner for inner in value if isinstance(inner, dict | list)] if isinstance(value, list) else ()


def read_yaml(path: Path) -> Any:
    """The plain data of a YAML file: mappings with texts for keys, lists, texts, numbers, dates, truth values and None.

    Raises BadFile: no YAML, no plain data, an alias (it may multiply, or hold itself), too large or too deep.
    """
    try:
        text = read_bounded(path, _MAX_YAML).decode("utf-8-sig")
        _check_events(text)
        return _plain(yaml.load(text, Loader=_LOADER))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise BadFile(f"{path}: cannot be read: it is nested too deeply") from None
    # YAML's own readers of dates and numbers raise what Python's do.
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise BadFile(f"{path}: cannot be read: {' '.join(str(error).split())[:300]}") from None


def _check_events(text: str) -> None:
    """Raise ValueError for what could grow beyond the text when it is put together."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"aliases (*{event.anchor}) are not taken here; write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_NESTING:
            raise ValueError("it is nested too deeply")
        if number > _MAX_NODES:
            raise ValueError(f"it holds more than {_MAX_NODES} values")


def _plain(value: Any) -> Any:
    """The value, which is a tree. Raises ValueError if it holds what is no plain data."""
    if isinstance(value, dict):
        if odd := next((key for key in value if not isinstance(key, str)), None):
            raise ValueError(f"the key {str(odd)[:60]!r} is not a text; put it in quotation marks")
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        value.encode()  # raises ValueError for half a character, which no file could hold
    if isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
        raise ValueError("it holds a whole number of more than 64 bits")
    if isinstance(value, set | bytes | tuple) or (isinstance(value, float) and math.isnan(value)):
        raise ValueError(f"it holds a {type(value).__name__}, which no setting is")
    return value
