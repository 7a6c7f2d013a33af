"""Whether a long run stays as lean and as fast as it began: `chain` against an endpoint that answers at once.

`python benchmarks/long_run.py [SAMPLES]` (20000). The run is a process of its own, watched from outside: its memory
after 1,000 samples and at the end, and its CPU for the first and the last 1,000 samples. Ends with code 1 where memory
grew by more than 300 MB, or the last 1,000 samples took more than 1.3 times the CPU of the first.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
from bench import chain_words, endpoint, folder

_THOUSAND = 1000


class Counted:
    """The lines of a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self.lines = 0

    def look(self) -> int:
        """How many lines there are now."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
            self._at += len(new)
            self.lines += new.count(b"\n")
        return self.lines


def main() -> int:
    """Print memory and CPU at the beginning and at the end."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    marks: list[tuple[int, float, float]] = []
    with endpoint("0") as url, folder() as home:
        command = [sys.executable, "-m", "graphs.run", *chain_words(url, home, samples, 64)]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process, done = psutil.Process(run.pid), Counted(home / "run" / "dataset.jsonl")
        while run.poll() is None and done.look() < samples:
            try:
                used = process.cpu_times()
                marks.append((done.lines, used.user + used.system, process.memory_info().rss / 1e6))
            except psutil.Error:
                break
            time.sleep(0.05)
        code = run.wait()
    begun = next(mark for mark in marks if mark[0] > 100)
    first = next(mark for mark in marks if mark[0] >= begun[0] + _THOUSAND)
    last = marks[-1]
    before = next(mark for mark in reversed(marks) if mark[0] <= last[0] - _THOUSAND)
    first_ms = (first[1] - begun[1]) / (first[0] - begun[0]) * 1e3
    last_ms = (last[1] - before[1]) / (last[0] - before[0]) * 1e3
    grown = max(mark[2] for mark in marks) - first[2]
    print(f"{last[0]} samples, exit code {code}")
    print(
        f"memory after the first {first[0]}: {first[2]:.0f} MB; at most {first[2] + grown:.0f} MB: {grown:.0f} MB more"
    )
    print(f"CPU a sample: first 1,000 {first_ms:.2f} ms, last 1,000 {last_ms:.2f} ms: {last_ms / first_ms:.2f} times")
    return int(code != 0 or grown > 300 or last_ms > 1.3 * first_ms)


if __name__ == "__main__":
    sys.exit(main())
