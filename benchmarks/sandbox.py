"""What the sandbox costs: programs a second, beside CPython without any, and the checks of a sample of math and code.

`python benchmarks/sandbox.py`. The baseline runs the same programs by `exec` in this process, without any protection.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from agents.checks.registry import run_checks
from agents.sandbox import sandbox
from agents.sandbox.sandbox import RunEnd, run
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, for_base_models, load
from scenarios.records import Brief, Candidate
from scenarios.schema.demonstrations import Demonstration

SMALL = "first = 37\nmore = 14\nanswer = first + more - {n}"
LOOP = "total = 0\nfor number in range(1000):\n    total += number * {n}\nanswer = total"
ENDLESS = "answer = {n}\nwhile True:\n    answer += 1"
BUILTIN = "answer = sum(range(10 ** 10)) + {n}"


def each(what: Callable[[int], object], times: int) -> float:
    """Milliseconds a call."""
    begun = time.perf_counter()
    for number in range(times):
        what(number)
    return 1000 * (time.perf_counter() - begun) / times


def bare(source: str) -> object:
    """The same program in this process."""
    values: dict[str, object] = {}
    exec(source, values)
    return values["answer"]


def candidate(loaded: Loaded, shown: Demonstration) -> Candidate:
    """A demonstration as a candidate."""
    brief = plan_brief(loaded, 0, 0, 0, 0)
    cell = {**brief.cell, **shown.cell}
    values = {name: {one.name: one for one in axis.values} for name, axis in loaded.scenario.axes.items()}
    attributes = {
        name: values[name][value].attributes() if value in values[name] else brief.attributes[name]
        for name, value in cell.items()
    }
    made: Brief = brief.model_copy(
        update={"cell": cell, "attributes": attributes, "facts": shown.facts, "texts": shown.texts}
    )
    return Candidate(brief=made, fields=shown.fields)


def main() -> None:
    """Print the figures."""
    begun = time.perf_counter()
    run("answer = 1", "answer")
    print(f"the first program, with the start of the workers: {1000 * (time.perf_counter() - begun):.0f} ms")
    for name, source, times in (("three lines", SMALL, 1000), ("a loop of 1,000", LOOP, 300)):
        held = each(lambda n, source=source: run(source.format(n=n), "answer"), times)  # type: ignore[misc]
        plain = each(lambda n, source=source: bare(source.format(n=n)), times)  # type: ignore[misc]
        print(f"{name}: {held:.2f} ms ({1000 / held:.0f} a second); CPython without a sandbox {plain:.3f} ms")
    print(f"the same program again, remembered: {each(lambda n: run(SMALL.format(n=1), 'answer'), 2000):.4f} ms")
    for name, source, ending in (
        ("no end, stopped by its steps", ENDLESS, RunEnd.STEPS),
        ("a long builtin, stopped by time", BUILTIN, RunEnd.TIME),
    ):
        begun = time.perf_counter()
        assert run(source.format(n=7), "answer").ending is ending
        print(f"{name}: {1000 * (time.perf_counter() - begun):.0f} ms")
    for name in ("math", "code"):
        loaded = for_base_models(load(name))
        samples = [candidate(loaded, shown) for shown in loaded.demonstrations]
        cost = []
        for sample in samples:
            sandbox._remembered.cache_clear()
            cost.append(each(lambda n, sample=sample, loaded=loaded: run_checks(loaded, sample), 1))  # type: ignore[misc]
        print(
            f"all checks of a sample of {name}: {sum(cost) / len(cost):.1f} ms "
            f"({min(cost):.1f} to {max(cost):.1f}, {len(samples)} samples)"
        )


if __name__ == "__main__":
    main()
