"""Table rows out of the bytes of an SQLite file that SQLite itself refuses: pure functions.

Every page that looks like a leaf of a table is read for itself, whether the tree above it is there or not, in the file
and in its write-ahead log, old versions too. What comes out is what the bytes say: a caller that must be sure needs a
check of its own in each row. Format: https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap


class Tangled(Exception):
    """Pages whose rows share so much that they stand for far more than the file: no run writes that."""


Value = None | int | float | str | bytes
Row = tuple[Value, ...]

MAGIC = b"SQLite format 3\0"
LOG_HEADER, FRAME_HEADER = 32, 24
_LOG_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_LEAF = 0x0D
_STEPS = 200
"""Combinations of page versions that are tried for one row, beyond the pages that it needs."""
_LEAST_CELL = 12
"""Bytes that a cell takes at least, with its pointer: a row of ours has a key and a check."""
_READ = 1 << 26
_READ_AGAIN = 64
"""Bytes that are read of rows: so many whatever the file's size, and each of its own so often."""
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Bytes of an integer by its serial type."""


def rows(main: bytes | mmap, log: bytes) -> Iterator[tuple[int, Row]]:
    """Every row that a table's leaf in `main` or in `log` may hold, with its rowid.

    `main` is the database file, `log` its write-ahead log; either may be cut anywhere, or be something else. A row
    comes once for each version of its pages, so most come several times; a row whose pages were reused meanwhile
    comes with foreign values. Raises Tangled.
    """
    pages = _pages(main, log)
    left = _READ + _READ_AGAIN * (len(main) + len(log))
    for number in pages.numbers:
        for image in pages.versions(number):
            for rowid, length, at in _cells(image, 100 if number == 1 else 0):
                for payload in pages.payloads(image, length, at):
                    left -= len(payload)
                    if left < 0:
                        raise Tangled
                    row = _record(payload)
                    if row is not None:
                        yield rowid, row


def _pages(main: bytes | mmap, log: bytes) -> _Pages:
    size = _page_size(main, log)
    logged: dict[int, list[bytes]] = {}
    for at in range(LOG_HEADER, len(log), FRAME_HEADER + size):
        image = log[at + FRAME_HEADER : at + FRAME_HEADER + size].ljust(size, b"\0")
        versions = logged.setdefault(int.from_bytes(log[at : at + 4], "big"), [])
        if image not in versions[-1:]:
            versions.append(image)
    heads = [bytes(main[:100]), *logged.get(1, [])]
    reserved = next((head[20] for head in heads if head.startswith(MAGIC) and len(head) >= 100), 0)
    return _Pages(main, logged, size, size - reserved)


def _page_size(main: bytes | mmap, log: bytes) -> int:
    """The page size in bytes, from whichever header there is."""
    size = 0
    if main[:16] == MAGIC:
        size = int.from_bytes(main[16:18], "big")
    elif log[:4] in _LOG_MAGIC:
        size = int.from_bytes(log[8:12], "big")
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else 4096


@dataclass(frozen=True)
class _Pages:
    """The pages of a database, each in every version that there is; a page that is cut short ends in zeros."""

    main: bytes | mmap
    logged: dict[int, list[bytes]]
    size: int
    usable: int

    @functools.cached_property
    def numbers(self) -> list[int]:
        """The numbers of all pages, from 1."""
        return sorted({*range(1, -(-len(self.main) // self.size) + 1), *self.logged})

    def versions(self, number: int) -> list[bytes]:
        """The versions of a page."""
        at = (number - 1) * self.size
        stored = bytes(self.main[at : at + self.size]) if 0 <= at < len(self.main) else b""
        return [*([stored.ljust(self.size, b"\0")] if stored else []), *self.logged.get(number, [])]

    def payloads(self, image: bytes, length: int, at: int) -> Iterator[bytes]:
        """The payload of a cell, once for each combination of the versions of its overflow pages."""
        local = self._local(length)
        if local == length or length > self.usable * len(self.numbers):
            yield image[at : at + local]
            return
        room, steps = self.usable - 4, _STEPS + length // (self.usable - 4)
        first = int.from_bytes(image[at + local : at + local + 4], "big")
        chains: list[tuple[_Chain, int, int]] = [((None, image[at : at + local]), first, length - local)]
        while chains and steps:
            steps -= 1
            chain, number, left = chains.pop()
            if left <= 0:
                yield _joined(chain)
                continue
            for page in self.versions(number):
                part = page[4 : 4 + min(left, room)]
                chains.append(((chain, part), int.from_bytes(page[:4], "big"), left - room))

    def _local(self, length: int) -> int:
        """How many bytes of a payload lie in its leaf; the others are in overflow pages."""
        if length <= self.usable - 35:
            return length
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.usable - 4)
        return local if local <= self.usable - 35 else least


_Chain = tuple["_Chain | None", bytes]
"""The parts of a payload, the last one first."""


def _joined(chain: _Chain) -> bytes:
    parts, link = [], chain
    while True:
        parts.append(link[1])
        if link[0] is None:
            return b"".join(reversed(parts))
        link = link[0]


def _cells(image: bytes, head: int) -> Iterator[tuple[int, int, int]]:
    """The cells of a table's leaf: rowid, length of the payload, and where in the page it begins."""
    if image[head] != _LEAF:
        return
    count = min(int.from_bytes(image[head + 3 : head + 5], "big"), (len(image) - head - 8) // _LEAST_CELL)
    for place in range(count):
        at = int.from_bytes(image[head + 8 + 2 * place : head + 10 + 2 * place], "big")
        try:
            length, at = _varint(image, at)
            rowid, at = _varint(image, at)
        except IndexError:
            continue
        yield rowid, length, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """An integer of one to nine bytes, and where it ends. Raises IndexError past the end."""
    value = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    value = value << 8 | data[at]
    return value - (1 << 64) if value >> 63 else value, at + 1


def _record(payload: bytes) -> Row | None:
    """The values of a record, or None if the bytes are none."""
    kinds = []
    try:
        end, at = _varint(payload, 0)
        while at < end:
            kind, at = _varint(payload, at)
            kinds.append(kind)
        if at != end:
            return None
        row = []
        for kind in kinds:
            value, at = _value(payload, kind, at)
            row.append(value)
    except (IndexError, ValueError):  # ValueError: no such kind, or no UTF-8
        return None
    return tuple(row) if at == len(payload) else None


def _value(payload: bytes, kind: int, at: int) -> tuple[Value, int]:
    """The value of a serial type at a place, and where it ends. Raises ValueError."""
    if kind in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind < 0 or kind in {10, 11}:
        raise ValueError(kind)
    width = 8 if kind == 7 else _INTEGERS.get(kind, (kind - 12) // 2)
    data = payload[at : at + width]
    if len(data) < width:
        raise ValueError(kind)
    if kind == 7:
        return struct.unpack(">d", data)[0], at + width
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True), at + width
    return data.decode() if kind % 2 else data, at + width
