"""The Ray runner on a real local cluster of several worker processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ray import cloudpickle

from agents.models.calls import Answer, ToolCall
from graphs.runners import ray_worker
from tests.conversations import at_the_desk, write_desk
from tests.endpoint import Asked, Endpoint, Reply, scrambled, scripted
from tests.helpers import Ran, Workshop, a_call, a_tool, at, begun_ids, recorded_ids, write_scenario

CHAIN = ["scenario=chain", "n=12", "round_size=4", "lookahead=2", "memory.min_distance=0.2", "concurrency=8"]


class Cluster:
    """A Ray cluster of its own, in processes that can be killed."""

    def __init__(self) -> None:
        self.home = Path("/tmp", f"ray{uuid.uuid4().hex[:10]}")  # short: sockets live in it
        self.env = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
        self.address = f"127.0.0.1:{_free_port()}"
        self._port = f":{self.address.rpartition(':')[2]} "

    def start(self) -> None:
        """Start the head node, unless it is there."""
        if self.home.exists():
            return
        self.home.mkdir()
        port = self.address.rsplit(":", 1)[1]
        words = ["start", "--head", f"--port={port}", "--num-cpus=4", "--include-dashboard=false",
                 "--object-store-memory=100000000", f"--temp-dir={self.home}", "--node-ip-address=127.0.0.1"]  # fmt: skip
        subprocess.run(
            [Path(sys.executable).with_name("ray"), *words], env=self.env, check=True, capture_output=True, timeout=120
        )

    def stop(self) -> None:
        """Kill every process of the cluster."""
        for process in self.processes(
            "gcs_server", "raylet", "ray::", "ray/_private", "ray/autoscaler", "ray/dashboard", "ray.util.client"
        ):
            process.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def processes(self, *names: str) -> list[psutil.Process]:
        """Its processes with one of these words in their command line."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            line = " ".join(process.info["cmdline"] or [])
            if any(name in line for name in names) and (
                str(self.home) in line or self._port in line or self._ours(process)
            ):
                found.append(process)
        return found

    def _ours(self, process: psutil.Process) -> bool:
        """A worker's command line names no folder: it is known by its parent, a raylet."""
        try:
            return any(str(self.home) in " ".join(parent.cmdline()) for parent in process.parents())
        except psutil.Error:
            return False


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def _one_cluster() -> Iterator[Cluster]:
    one = Cluster()
    yield one
    one.stop()


@pytest.fixture
def cluster(_one_cluster: Cluster) -> Cluster:
    """A cluster, one for the tests of this file: the test after one that kills it starts another."""
    _one_cluster.start()
    return _one_cluster


def on(cluster: Cluster, workers: int = 2) -> list[str]:
    """The settings that run on it."""
    return ["runner.backend=ray", f"runner.workers={workers}", f"runner.address={cluster.address}"]


def run_apart(workshop: Workshop, cluster: Cluster, name: str, *words: str) -> Any:
    """Run the command as a process of its own, as Ray wants a process to itself."""
    return workshop.finish(name, workshop.start(name, *words, env=cluster.env))


@pytest.mark.parametrize("scenario", ["chain", "talk", "desk"])
def test_ray_makes_the_bytes_that_one_process_makes(
    workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster, scenario: str
) -> None:
    words, vectors = CHAIN, serve()
    if scenario == "talk":  # compared by an endpoint's vectors, which the driver asks for
        path = write_scenario(workshop.home / "talk")
        words = [f"scenario={path}", "n=8", "round_size=3", "memory.min_distance=0.3"]
        words += [f"embedding.base_url={vectors.url}", "embedding.model=vectors"]
    if scenario == "desk":  # a free conversation with documents, simulated tools and a moderator
        words = [f"scenario={write_desk(workshop.home / 'desk')}", "n=4", "round_size=3", "memory.min_distance=0.02"]
    answers = at_the_desk if scenario == "desk" else scripted
    local = workshop.run("local", *words, *at(serve(scrambled("a", answers)).url))
    assert local.code == 0, local.stderr
    for workers in (1, 3) if scenario == "chain" else (2,):
        endpoint = serve(scrambled(f"b{workers}", answers))
        traced = ["otel=on"] if workers == 3 else []
        ran = run_apart(workshop, cluster, f"w{workers}", *words, *at(endpoint.url), *on(cluster, workers), *traced)
        assert ran.code == 0, ran.stderr
        assert ran.dataset() == local.dataset()
        assert max(endpoint.seeds().values()) == 1
        assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))
        if traced:
            spans_nest_across_processes(ran, endpoint)
    assert (scenario == "talk") is bool(vectors.asked_vectors)


def spans_nest_across_processes(ran: Ran, endpoint: Endpoint) -> None:
    """Calls are in steps, steps in samples, samples in the run, whichever process they were in."""
    lines = {line["context"]["span_id"]: line for line in ran.lines("spans.jsonl")}
    kinds = Counter(line["name"].split()[0] for line in lines.values())
    assert kinds["run"] == 1
    assert kinds["sample"] == len(begun_ids(ran.out))
    assert kinds["chat"] == len(endpoint.asked)
    above = {"chat": "step", "step": "sample", "sample": "run"}
    for line in lines.values():
        kind = line["name"].split()[0]
        if kind != "run":
            parent = lines[line["parent_id"]]
            assert parent["name"].split()[0] == above[kind]
            assert parent["context"]["trace_id"] == line["context"]["trace_id"]
            if kind != "sample":
                assert parent["attributes"]["colloquia.sample"] == line["attributes"]["colloquia.sample"]


def test_a_killed_worker_costs_no_answer(workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster) -> None:
    killed: list[int] = []

    async def kill(asked: Asked) -> Any:
        if asked.number == 15:
            worker = cluster.processes("ray::SampleWorker")[0]
            killed.append(worker.pid)
            worker.kill()
        return scripted(asked)

    endpoint = serve(kill)
    ran = run_apart(workshop, cluster, "r", *CHAIN, *at(endpoint.url), *on(cluster))
    assert killed
    assert ran.code == 0, ran.stderr
    assert max(endpoint.seeds().values()) == 1, "calls in flight go on at the driver"
    assert ran.dataset() == workshop.run("plain", *CHAIN, *at(serve().url)).dataset()
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))


def test_a_brief_that_kills_its_workers_is_set_aside(
    workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster
) -> None:
    """Whoever is given the answer to a certain call dies of it."""
    poison: set[int] = set()

    async def kill(asked: Asked) -> Any:
        if asked.number == 15 or asked.seed in poison:
            poison.add(asked.seed)
            for worker in cluster.processes("ray::SampleWorker"):
                worker.kill()
            return Reply(500, b"{}", {"Retry-After": "0"})
        return scripted(asked)

    words = [*CHAIN, "n=3", "concurrency=1"]
    ran = run_apart(workshop, cluster, "r", *words, *at(serve(kill).url), *on(cluster, 1))
    assert ran.code in {0, 3}, ran.stderr
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))


def test_an_error_of_the_endpoint_ends_the_run_as_it_would_locally(
    workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster
) -> None:
    endpoint = serve(lambda asked: scripted(asked) if asked.number < 9 else Reply(401, b"{}"))
    ran = run_apart(workshop, cluster, "r", *CHAIN, *at(endpoint.url), *on(cluster, 1))
    assert ran.code == 2
    assert "does not accept the key" in ran.stderr
    assert len(ran.stderr.strip().splitlines()[-1]) > 0
    assert "Traceback" not in ran.stderr


def test_a_budget_holds_over_workers_and_goes_on_locally(
    workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster
) -> None:
    endpoint = serve()
    short = run_apart(workshop, cluster, "r", *CHAIN, *at(endpoint.url), *on(cluster), "budget.calls=20")
    assert short.code == 3, short.stderr
    assert len(endpoint.asked) == 20
    whole = workshop.run("r", f"out={short.out}", "budget.calls=1000", "runner.backend=local")
    assert whole.code == 0, whole.stderr
    assert whole.dataset() == workshop.run("plain", *CHAIN, *at(serve().url)).dataset()
    assert max(endpoint.seeds().values()) == 1


def test_ctrl_c_stops_a_ray_run_cleanly(workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster) -> None:
    process: Any = None

    async def interrupt(asked: Asked) -> Any:
        if asked.number == 12:
            process.send_signal(signal.SIGINT)
        return scripted(asked)

    endpoint = serve(interrupt)
    process = workshop.start("r", *CHAIN, *at(endpoint.url), *on(cluster), env=cluster.env)
    stopped = workshop.finish("r", process)
    assert stopped.code == 130, stopped.stderr
    assert Counter(recorded_ids(stopped)) == Counter(begun_ids(stopped.out))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["runner.address=127.0.0.1:1"], "runner.address=127.0.0.1:1"),
        (["runner.workers=5"], "runner.workers=5: the cluster has room for 4"),
        (["runner.workers=0"], "runner.workers=0"),
        (["runner.backend=rey"], "runner.backend=rey"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_told_in_one_line(
    workshop: Workshop, cluster: Cluster, words: list[str], told: str
) -> None:
    ran = run_apart(workshop, cluster, "r", *CHAIN, "llm.backend=scripted", *on(cluster), *words)
    assert ran.code == 2
    assert told in ran.stderr.strip().splitlines()[-1]
    assert "Traceback" not in ran.stderr


def test_a_call_with_tools_and_its_answer_pass_between_processes() -> None:
    asked = ray_worker.Asked(1, a_call(tools=(a_tool("look"),), verbatim="look {}"), None)
    answered = ray_worker.Answered(1, Answer(text="", tool_calls=(ToolCall(id="id1", name="look", arguments="{}"),)))
    for parcel in (asked, answered):
        assert cloudpickle.loads(cloudpickle.dumps(parcel)) == parcel


IMPATIENT = """
import sys
from graphs.run import main
from graphs.runners import ray
ray._REPLACE_S, ray._FINISH_S = 3.0, 1.0
sys.exit(main())
"""
"""The command, with shorter waits for a cluster that is gone."""


def test_a_dead_cluster_ends_the_run_and_it_can_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint], cluster: Cluster
) -> None:
    async def kill(asked: Asked) -> Any:
        if asked.number == 15:
            cluster.stop()
        return scripted(asked)

    endpoint = serve(kill)
    words = [*CHAIN, *at(endpoint.url), *on(cluster, 1)]
    ran = workshop.finish("r", workshop.start("r", *words, env=cluster.env, program=("-c", IMPATIENT)))
    assert ran.code == 3, ran.stderr
    assert ran.summary()["stopped_by"] == "runner"
    paid = len(endpoint.asked)
    whole = workshop.run("r", f"out={ran.out}", "runner.backend=local")
    assert whole.code == 0, whole.stderr
    assert max(endpoint.seeds().values()) == 1
    assert len(endpoint.asked) > paid
    assert whole.dataset() == workshop.run("plain", *CHAIN, *at(serve().url)).dataset()
