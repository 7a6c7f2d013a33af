"""The sandbox against hostile programs: each ends bounded, with nothing read or written outside."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.sandbox import sandbox
from agents.sandbox.sandbox import RunEnd, RunOutcome, run
from tests.helpers import REPO

DOOR = "{door}"
HOSTILE: dict[str, tuple[str, RunEnd]] = {
    "reads a file": ("open('{door}').read()", RunEnd.RAISED),
    "writes a file": ("open('{door}', 'w').write('x')", RunEnd.RAISED),
    "writes through pathlib": ("from pathlib import Path\nPath('{door}').write_text('x')", RunEnd.RAISED),
    "lists a folder": ("import os\nos.listdir('/')", RunEnd.RAISED),
    "removes a file": ("import os\nos.remove('{door}')", RunEnd.RAISED),
    "reads the environment": ("import os\nleft = os.environ['HOME']", RunEnd.RAISED),
    "asks for a variable": ("import os\nleft = os.getenv('HOME')", RunEnd.RAISED),
    "runs a shell": ("import os\nos.system('touch {door}')", RunEnd.RAISED),
    "starts a process": ("import subprocess\nsubprocess.run(['touch', '{door}'])", RunEnd.RAISED),
    "opens a socket": ("import socket\nsocket.create_connection(('127.0.0.1', 1))", RunEnd.RAISED),
    "asks the web": ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1')", RunEnd.RAISED),
    "loads a library": ("import ctypes\nctypes.CDLL(None).abort()", RunEnd.RAISED),
    "starts a thread": ("import threading\nthreading.Thread(target=print).start()", RunEnd.RAISED),
    "unpickles": ("import pickle\npickle.loads(b'cos\\nsystem\\n.')", RunEnd.RAISED),
    "imports by name": ("__import__('os').system('touch {door}')", RunEnd.RAISED),
    "imports by importlib": ("import importlib\nimportlib.import_module('socket')", RunEnd.RAISED),
    "imports from anywhere": ("from sandbox_escape import way_out", RunEnd.RAISED),
    "evaluates": ("eval('1 + 1')", RunEnd.RAISED),
    "executes": ("exec('while True: pass')", RunEnd.RAISED),
    "evaluates in disguise": ("ｅｖａｌ('1 + 1')", RunEnd.RAISED),
    "gets eval back": ("del eval\neval('1 + 1')", RunEnd.SYNTAX),
    "compiles": ("compile('1', 'a', 'eval')", RunEnd.RAISED),
    "reaches for builtins": ("__builtins__['open']", RunEnd.RAISED),
    "reaches for subclasses": ("().__class__.__bases__[0].__subclasses__()", RunEnd.RAISED),
    "reaches for globals": ("(lambda: 0).__globals__['os']", RunEnd.RAISED),
    "asks for globals": ("globals()['x']", RunEnd.RAISED),
    "reads attributes by name": ("getattr((), '__cla' + 'ss__')", RunEnd.RAISED),
    "formats its way out": ("'{0.__class__.__mro__}'.format(1)", RunEnd.RAISED),
    "reads frames": ("import sys\nsys._getframe(0)", RunEnd.RAISED),
    "hooks exceptions": ("import sys\nsys.excepthook = print", RunEnd.RAISED),
    "breaks in": ("breakpoint()", RunEnd.RAISED),
    "asks the user": ("input()", RunEnd.RAISED),
    "leaves": ("exit()", RunEnd.RAISED),
    "interrupts": ("raise KeyboardInterrupt", RunEnd.RAISED),
    "mends its counter": ("_sandbox_left = 10 ** 9", RunEnd.SYNTAX),
    "replaces its counter": ("def _sandbox_step(): return True\nwhile True: pass", RunEnd.SYNTAX),
    "mends its counter in disguise": ("_ｓandbox_left = 10 ** 9", RunEnd.SYNTAX),
    "loops": ("while True: pass", RunEnd.STEPS),
    "loops and catches all": ("while True:\n  try:\n    1 / 0\n  except BaseException: pass", RunEnd.STEPS),
    "catches its own end": ("try:\n  while True: pass\nexcept BaseException: pass", RunEnd.STEPS),
    "goes on in finally": ("while True:\n  try:\n    while True: pass\n  finally:\n    continue", RunEnd.STEPS),
    "swallows in a with": (
        "class All:\n  def __enter__(self): return self\n  def __exit__(self, *a): return True\n"
        "with All():\n  while True: pass",
        RunEnd.STEPS,
    ),
    "loops in a comprehension": ("[n for n in range(10 ** 9)]", RunEnd.STEPS),
    "loops in an expression": ("sum(n for n in range(10 ** 9))", RunEnd.STEPS),
    "calls itself for ever": ("def f(): return f()\nf()", RunEnd.RAISED),
    "calls itself by a lambda": ("(lambda f: f(f))(lambda f: f(f))", RunEnd.RAISED),
    "calls itself twice": ("def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nf(40)", RunEnd.STEPS),
    "yields for ever": ("def g():\n  while True: yield 1\nsum(g())", RunEnd.SYNTAX),
    "sleeps": ("import time\ntime.sleep(10 ** 6)", RunEnd.VALUE),
    "sleeps in asyncio": ("import asyncio\nasyncio.run(asyncio.sleep(10 ** 6))", RunEnd.VALUE),
    "a large number": ("10 ** 10 ** 8", RunEnd.MEMORY),
    "a large shift": ("1 << 10 ** 11", RunEnd.MEMORY),
    "a number that grows": ("n = 7\nfor i in range(100): n *= n", RunEnd.MEMORY),
    "a large factorial": ("import math\nmath.factorial(10 ** 7)", RunEnd.MEMORY),
    "a large list": ("[0] * 10 ** 10", RunEnd.MEMORY),
    "a large text": ("'a' * 10 ** 11", RunEnd.MEMORY),
    "a wide format": ("'{:>1000000000}'.format(1)", RunEnd.MEMORY),
    "a list that grows": ("x = []\nwhile True: x.append('a' * 1000)", RunEnd.MEMORY),
    "memory, and catches all": (
        "while True:\n  try:\n    x = [0] * 10 ** 8\n  except BaseException: pass", RunEnd.MEMORY
    ),
    "a text that doubles": ("x = 'ab'\nfor i in range(60): x += x", RunEnd.MEMORY),
    "a list of itself": ("x = []\nx.append(x)\nleft = x", RunEnd.VALUE),
    "a catastrophic pattern": ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", RunEnd.VALUE),
    "much output": ("while True: print('x' * 1000)", RunEnd.STEPS),
    "one large output": ("print('x' * 10 ** 6)", RunEnd.VALUE),
    "deep brackets": ("(" * 5000 + ")" * 5000, RunEnd.SYNTAX),
    "deep lists": ("[" * 150 + "]" * 150, RunEnd.SYNTAX),
    "a long chain of signs": ("-" * 15_000 + "1", RunEnd.SYNTAX),
    "a long sum": ("1" + "+1" * 7_000, RunEnd.SYNTAX),
    "a long chain of attributes": ("a" + ".b" * 7_000, RunEnd.SYNTAX),
    "deep blocks": ("".join(" " * i + "if 1:\n" for i in range(90)) + " " * 90 + "x", RunEnd.SYNTAX),
    "a long program": ("x = 1\n" * 10_000, RunEnd.SYNTAX),
    "a zero byte": ("x = '\0'", RunEnd.SYNTAX),
    "a large number in hexadecimal": ("x = 0x" + "f" * 10_000, RunEnd.SYNTAX),
    "no Python": ("To solve this, we add:", RunEnd.SYNTAX),
    "leaves a class": ("class A: pass\nleft = A()", RunEnd.UNFIT),
    "leaves a large number": ("left = 9 ** 5000", RunEnd.UNFIT),
    "leaves deep lists": ("left = []\nfor i in range(200): left = [left]", RunEnd.UNFIT),
    "leaves a few lists that stand for billions": ("left = [0]\nfor i in range(19): left = [left] * 10", RunEnd.UNFIT),
    "leaves lists that double": ("left = [0]\nfor i in range(18): left = [left, left]", RunEnd.UNFIT),
    "leaves empty lists that double": ("left = []\nfor i in range(18): left = [left, left]", RunEnd.UNFIT),
    "leaves tuples that double": ("left = ()\nfor i in range(18): left = (left, left)", RunEnd.UNFIT),
    "leaves many values": ("left = [0] * 25_000", RunEnd.UNFIT),
    "leaves a long text": ("left = 'a' * 500_000", RunEnd.UNFIT),
    "leaves one text many times": ("left = ['a' * 1_000] * 1_000", RunEnd.UNFIT),
    "leaves one number many times": ("left = [9 ** 1_200] * 2_000", RunEnd.UNFIT),
    "leaves two lists that hold each other": ("left = []\nother = [left, left]\nleft.append(other)", RunEnd.VALUE),
    "leaves a dictionary of lists": ("left = {'a': [1] * 10}", RunEnd.UNFIT),
    "raises what stands for billions": (
        "x = [0]\nfor i in range(19): x = [x] * 10\nraise ValueError(str(x))", RunEnd.MEMORY
    ),
    "raises what it likes": ("raise ValueError('at 0x7f00' * 1000)", RunEnd.RAISED),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_ends_bounded_and_leaves_nothing_outside(name: str, tmp_path: Path) -> None:
    source, ending = HOSTILE[name]
    door = tmp_path / "door"
    program = f"left = None\n{source.replace(DOOR, str(door))}" if ending is not RunEnd.SYNTAX else source
    outcome = run(program, "left")
    assert (outcome.ending, outcome.ok) == (ending, ending is RunEnd.VALUE), outcome
    assert not list(tmp_path.iterdir())
    assert str(tmp_path) not in outcome.detail or "denied" in outcome.detail
    assert len(outcome.detail) <= 200
    assert run("left = 6 * 7", "left") == RunOutcome(RunEnd.VALUE, 42), "the next program is served"


def test_what_one_builtin_does_is_bounded_by_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox._LIMITS["max_feed_duration_secs"] == sandbox.SECONDS
    monkeypatch.setitem(sandbox._LIMITS, "max_feed_duration_secs", 0.2)  # it is tried twice, and takes all of it
    assert run("sum(range(10 ** 10))").ending is RunEnd.TIME


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("left = 7 / 2", 3.5),
        ("left = [1, (2, 'a'), None, True]", (1, (2, "a"), None, True)),
        ("import math\nleft = math.gcd(12, 18)", 6),
        ("def f(n: int) -> int:\n    '''Twice.'''\n    return 2 * n\nleft = f(4)", 8),
        ("left = {k: v for k, v in zip('ab', [1, 2])}['b']", 2),
        ("left = [*map(lambda n: n * n, [1, 2])]", (1, 4)),
        ("try:\n    int('x')\nexcept ValueError as error:\n    left = str(error)[:7]", "invalid"),
    ],
)
def test_ordinary_programs_come_to_their_value(program: str, value: object) -> None:
    assert run(program, "left") == RunOutcome(RunEnd.VALUE, value)  # type: ignore[arg-type]


def test_programs_do_not_see_one_another() -> None:
    assert run("secret = 5", "secret").value == 5
    assert run("left = secret", "left").detail == "NameError: name 'secret' is not defined"


def test_clock_and_chance_are_the_same_in_every_run() -> None:
    program = (
        "import random, time, datetime\nleft = [random.random(), time.time(), str(datetime.datetime.now()), id([])]"
    )
    first = run(program, "left")
    sandbox._remembered.cache_clear()
    assert run(program, "left") == first
    assert first.ok


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="()[]{}:=-+*'\"\\\n \tdefxif01.,#@", max_size=60))
def test_any_text_ends_and_the_same_text_ends_in_the_same_way(source: str) -> None:
    first = run(source)
    sandbox._remembered.cache_clear()
    assert run(source) == first
    assert first.ending not in {RunEnd.CRASHED, RunEnd.TIME}


def test_what_the_counter_adds_changes_no_result() -> None:
    source = (
        "def f(n):\n    t = 0\n    for i in range(n):\n        if i % 2: continue\n        t += i\n"
        "    else:\n        t += 1\n    while t > 100:\n        t -= 7\n    return t\n"
        "left = [f(n) for n in range(30) if n % 3 for m in [1] if m]"
    )
    values: dict[str, list[int]] = {}
    exec(compile(ast.parse(source), "ours", "exec"), values)
    assert run(source, "left").value == tuple(values["left"])


def test_it_serves_threads_and_an_event_loop() -> None:
    async def both() -> list[RunOutcome]:
        here = run("left = 1", "left")
        there = await asyncio.gather(*(asyncio.to_thread(run, f"left = {n}", "left") for n in range(20)))
        return [here, *there]

    assert [one.value for one in asyncio.run(both())] == [1, *range(20)]
    with ThreadPoolExecutor(8) as threads:
        assert [one.value for one in threads.map(lambda n: run(f"left = {n}+0", "left"), range(50))] == [*range(50)]


def _workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "monty" in child.name()]


def test_a_worker_that_dies_is_replaced_and_has_no_environment() -> None:
    assert run("left = 1", "left").ok
    assert _workers()
    for worker in _workers():
        assert worker.environ() == {}
        worker.kill()
        worker.wait(10)
    assert run("left = 2", "left") == RunOutcome(RunEnd.VALUE, 2)


def test_a_sandbox_that_keeps_failing_is_said_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no worker")

    monkeypatch.setattr(sandbox, "_pool", broken)
    assert run("left = 31", "left") == RunOutcome(RunEnd.CRASHED, None, "the sandbox failed: OSError")
    monkeypatch.undo()
    assert run("left = 31", "left").value == 31


@pytest.mark.parametrize("end", ["pass", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_workers_end_with_their_process(end: str) -> None:
    program = (
        "from agents.sandbox.sandbox import run\nimport psutil\nrun('x = 1')\n"
        f"print(*(c.pid for c in psutil.Process().children()), flush=True)\n{end}"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    pids = [int(word) for word in done.stdout.split()]
    assert pids
    assert done.stderr == ""
    psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
    assert not any(psutil.pid_exists(pid) for pid in pids)
