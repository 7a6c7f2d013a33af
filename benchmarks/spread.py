"""How busy a run keeps an endpoint whose answers take 0.8 to 2.4 s, the tail included.

`python benchmarks/spread.py [SAMPLES] [IN_FLIGHT]` (1000, 128). Beside it stands what as many permanently busy slots
would take: the sum of all answers' times over the number of slots. Counted from the first request to the last answer,
as the endpoint sees them.
"""

from __future__ import annotations

import sqlite3
import sys
import time

import orjson
from bench import endpoint, folder, run_chain, warm_up


def main() -> None:
    """Print the busy share of the slots."""
    samples, in_flight = (int(word) for word in [*sys.argv[1:], *["1000", "128"][len(sys.argv) - 1 :]])
    with endpoint("1") as quick:
        warm_up(quick)
    with endpoint("800-2400") as url, folder() as home:
        began = time.perf_counter()
        run_chain(url, home, samples, in_flight, f"round_size={in_flight}")
        took = time.perf_counter() - began
        with sqlite3.connect(home / "run" / "run.sqlite") as journal:
            answers = [orjson.loads(row[0]) for row in journal.execute("SELECT answer FROM calls")]
        setup = orjson.loads((home / "run" / "summary.json").read_bytes())["timings"]["setup_s"]
    busy = sum(answer["latency"] for answer in answers) / in_flight
    print(f"{in_flight} permanently busy slots: {busy:.1f} s for {len(answers)} answers")
    print(f"colloquia chain: {took - setup:.1f} s after {setup:.1f} s of setting up: {busy / (took - setup):.1%}")


if __name__ == "__main__":
    main()
