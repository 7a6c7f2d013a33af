"""Output that cannot end a command, nor steer a terminal: whatever becomes of stdout and stderr, the work goes on, and its exit
code is its own; whatever text of a file or a server comes to them, it arrives as text."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from scenarios.cleaning import clean


class SteadyStream(io.TextIOBase):
    """A stream of text whose writes never fail, and which is `clean`.

    What its encoding lacks is written out (`\\u2026`). Once the stream is broken, the rest is dropped, and `on_broken`
    hears why; of a reader that has read enough (`| head`) it hears nothing.
    """

    def __init__(
        self, stream: TextIO | None, on_broken: Callable[[str], None] = lambda reason: None, *, cleans: bool = True
    ) -> None:
        self._cleans = cleans
        self._stream = stream
        """None if there is no such stream, or it is broken."""
        self._on_broken = on_broken

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write as much as can be written."""
        shown = clean(text) if self._cleans else text
        with self._held() as stream:
            try:
                stream.write(shown)
            except UnicodeEncodeError:
                stream.write(shown.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def for_drawing(self) -> SteadyStream:
        """The same stream for what draws with a terminal's own signs, and is clean in its words."""
        return SteadyStream(self._stream, self._on_broken, cleans=False)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with self._held() as stream:
            stream.flush()

    def isatty(self) -> bool:
        """Whether somebody at a terminal reads it."""
        with self._held() as stream:
            return stream.isatty()
        return False

    def fileno(self) -> int:
        """The file's number. Raises OSError if there is none."""
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always: what cannot be written is dropped."""
        return True

    @contextlib.contextmanager
    def _held(self) -> Iterator[TextIO]:
        stream = self._stream or io.StringIO()
        try:
            yield stream
        except BlockingIOError:
            return  # the reader is slow, and another program has set its pipe not to wait: what comes later may pass
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            self._stream = None
            _silence(stream)
            if getattr(error, "errno", None) != errno.EPIPE:
                self._on_broken(getattr(error, "strerror", None) or str(error))


def drawing(stream: TextIO) -> TextIO:
    """A stream for rich, which colours what it is given."""
    return stream.for_drawing() if isinstance(stream, SteadyStream) else stream  # type: ignore[return-value]


def _silence(stream: TextIO) -> None:
    """Let what is left in a broken stream's buffer go nowhere: Python would try it again when it ends, and fail."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
        stream.flush()


@contextlib.contextmanager
def steady_output() -> Iterator[None]:
    """While the block goes on, stdout and stderr are steady streams."""
    fill_closed()
    before = sys.stdout, sys.stderr
    errors = SteadyStream(sys.stderr)

    def tell(reason: str) -> None:
        print(f"colloquia: standard output cannot be written ({reason}): the rest of it is lost", file=errors)

    sys.stdout, sys.stderr = SteadyStream(sys.stdout, tell), errors
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def fill_closed() -> None:
    """Open those of the first three files that were closed at the start (`>&-`), so that no journal gets their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
