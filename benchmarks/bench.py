"""What the benchmarks share: an endpoint process, runs of `chain` against it, CPU and memory."""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


@contextlib.contextmanager
def endpoint(*words: str) -> Iterator[str]:
    """The address of a benchmarks/endpoint.py of its own, started with `words`."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "endpoint.py"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes away."""
    with tempfile.TemporaryDirectory() as home:
        yield Path(home)


def chain_words(url: str, home: Path, samples: int, in_flight: int, *more: str) -> list[str]:
    """The command line of a run of `chain` against an endpoint."""
    return [
        "scenario=chain", f"n={samples}", f"concurrency={in_flight}", f"llm.base_url={url}", "llm.model=m",
        f"out={home}/run", f"memory.path={home}/memory", *more,
    ]  # fmt: skip


def run_words(words: list[str]) -> None:
    """Run the command in this process, silently. Raises RuntimeError where it does not reach its target."""
    from graphs.run import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(words)
    if code != 0:
        raise RuntimeError(f"the run ended with code {code}: {said.getvalue()[-2000:]}")


def run_chain(url: str, home: Path, samples: int, in_flight: int, *more: str) -> None:
    """Run `chain` in this process, silently."""
    run_words(chain_words(url, home, samples, in_flight, *more))


def warm_up(url: str) -> None:
    """A small run: imports and the embedding's weights are loaded by it, and not while something is measured."""
    with folder() as home:
        run_chain(url, home, 20, 64)


def cpu() -> float:
    """CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
