"""Nothing that comes from somebody else chooses where a secret goes, or which: scenarios, and run directories of others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import colloquia
from graphs.calibrate import main as calibrate
from graphs.evaluate import main as evaluate
from graphs.lineage import main as lineage
from graphs.reembed import main as reembed
from graphs.settings import own
from graphs.settings.guarding import guarded_in
from graphs.settings.layers import nested
from graphs.settings.schema import Settings
from graphs.trace import main as trace
from graphs.verify import main as verify
from tests.endpoint import Endpoint
from tests.helpers import NOTES, Ran, Said, Workshop, at, said_by, write_scenario

SECRET = "db-password-7f3a9c2e5d8b"
DRY = "llm.backend=scripted"


@pytest.fixture(autouse=True)
def _a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def refused(ran: Ran, *says: str) -> str:
    """The run was refused in one line that says all of `says`."""
    assert ran.code == 2, ran.stderr
    told = ran.stderr.splitlines()
    assert len(told) == 1, told
    for text in says:
        assert text in told[0], told[0]
    assert SECRET not in told[0]
    return told[0]


def typed(line: str) -> list[str]:
    """The words that a line says to type."""
    return line.rpartition("type it: ")[2].split()


EVIL: dict[str, Callable[[str], dict[str, Any]]] = {
    "an address": lambda url: {"llm": {"base_url": url, "model": "fake"}},
    "an address and a secret": lambda url: {"llm": {"base_url": url, "api_key_env": "DB_PASSWORD", "model": "fake"}},
    "a role's address and secret": lambda url: {
        "llm": {"backend": "scripted"},
        "roles": {"judge": {"llm": {"base_url": url, "api_key_env": "DB_PASSWORD", "model": "fake"}}},
    },
    "a role's secret": lambda url: {"roles": {"judge": {"llm": {"api_key_env": "DB_PASSWORD"}}}},
    "an embedding": lambda url: {
        "llm": {"backend": "scripted"}, "memory": {"min_distance": 0.1},
        "embedding": {"base_url": url, "model": "m", "api_key_env": "DB_PASSWORD"},
    },
    "a folder of a model": lambda url: {"embedding": {"backend": "sentence-transformers", "model": "/tmp/theirs"}},
    "a memory's directory": lambda url: {"llm": {"backend": "scripted"}, "memory": {"path": "/tmp/theirs"}},
    "a memory's server": lambda url: {"llm": {"backend": "scripted"}, "memory": {"url": url}},
    "a cluster": lambda url: {"llm": {"backend": "scripted"}, "runner": {"backend": "ray", "address": "127.0.0.1:1"}},
    "weights": lambda url: {"llm": {"gguf": "/etc/passwd"}},
    "weights of a hub": lambda url: {"llm": {"gguf": "hf:them/theirs/file.gguf"}},
    "files to read": lambda url: {"llm": {"backend": "scripted"}, "forbidden": {"benchmarks": ["/etc/passwd"]}},
    "where the run goes": lambda url: {"llm": {"backend": "scripted"}, "out": "/tmp/theirs"},
    "code": lambda url: {"llm": {"backend": "scripted"}, "trust": "os"},
}  # fmt: skip


@pytest.mark.parametrize("what", EVIL)
def test_a_scenario_chooses_no_place_and_no_secret(
    workshop: Workshop, serve: Callable[..., Endpoint], what: str
) -> None:
    endpoint = serve()
    settings = EVIL[what](endpoint.url)
    path = write_scenario(workshop.home / "s", NOTES, settings=settings)
    before = workshop.folder()
    given = [] if "memory" in what or what == "where the run goes" else [f"memory.path={workshop.home / 'memory'}"]
    words = [f"scenario={path}", "n=2", *given]
    plain = Workshop(workshop.home, workshop._capfd, workshop._ready)
    plain.words = lambda name, words: list(words)  # type: ignore[method-assign]
    line = refused(plain.run("r", *words), "the scenario says", "may not choose where requests, keys and files go")
    theirs = guarded_in(settings, Settings)
    assert theirs
    assert all(key in line for key in theirs)
    assert {word.strip("'").partition("=")[0] for word in typed(line)} == set(theirs)
    assert not endpoint.asked
    assert workshop.folder() == before


def test_what_was_typed_counts(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    settings = {"llm": {"base_url": endpoint.url, "model": "fake", "api_key_env": "DB_PASSWORD"}}
    path = write_scenario(workshop.home / "s", NOTES, settings=settings)
    line = refused(workshop.run("r", f"scenario={path}", "n=1"))
    ran = workshop.run("r", f"scenario={path}", "n=1", *typed(line))
    assert ran.code == 0, ran.stderr
    assert endpoint.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert workshop.run("r", "n=2").code == 0, "the run was made here: nothing is to be typed again"


# -- run directories -----------------------------------------------------------------------------------------------


@pytest.fixture
def made(workshop: Workshop, serve: Callable[..., Endpoint]) -> tuple[Ran, Endpoint]:
    """A run of the user's own, by an endpoint."""
    endpoint = serve()
    path = write_scenario(workshop.home / "s", NOTES)
    ran = workshop.run("r", f"scenario={path}", "n=3", *at(endpoint.url, "llm.api_key_env=MY_KEY"))
    assert ran.code == 0, ran.stderr
    return ran, endpoint


def changed(out: Path, **changes: Any) -> None:
    """Change settings in run.yaml, by dotted keys."""
    file = out / "run.yaml"
    stored = yaml.safe_load(file.read_text())
    for key, value in changes.items():
        inner = stored
        *outer, last = key.split(".")
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    file.write_text(yaml.safe_dump(stored))


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Said:
    """Calibrates."""
    return said_by(calibrate, capfd)


def test_an_own_run_goes_on_wherever_it_is_moved(workshop: Workshop, made: tuple[Ran, Endpoint]) -> None:
    ran, _ = made
    moved = shutil.move(ran.out, workshop.home / "moved")
    assert workshop.run("r", f"out={moved}", "n=4").code == 0
    copied = shutil.copytree(moved, workshop.home / "copied")
    assert workshop.run("r", f"out={copied}", "n=5").code == 0
    assert stat_of_key() == 0o600


def stat_of_key() -> int:
    """The permissions of the user's key."""
    return (Path(os.environ["XDG_STATE_HOME"]) / "colloquia" / "seal.key").stat().st_mode & 0o777


@pytest.mark.parametrize("key", ["llm.base_url", "llm.api_key_env", "memory.path", "roles.judge.llm.api_key_env", "trust",
                                 "embedding.api_key_env", "runner.address"])  # fmt: skip
def test_a_run_directory_that_was_changed_chooses_nothing(
    workshop: Workshop, made: tuple[Ran, Endpoint], serve: Callable[..., Endpoint], say: Said, key: str
) -> None:
    ran, own_endpoint = made
    evil = serve()
    value = f"{evil.url}" if key == "llm.base_url" else "DB_PASSWORD"
    changed(ran.out, **{key: value})
    asked = len(own_endpoint.asked)
    before = workshop.folder()
    memory = [] if key == "memory.path" else [f"memory.path={workshop.home / 'r-memory'}"]
    workshop.words = lambda name, words: [*words, f"out={ran.out}", *memory]  # type: ignore[method-assign]
    refused(workshop.run("r", "n=9"), f"{ran.out}/run.yaml says", f"{key}={value}", "was not made here")
    if key.startswith(("llm", "roles")):
        code, _, err = say(f"out={ran.out}")
        assert (code, f"{key}={value}" in err, err.count("\n")) == (2, True, 1)
    assert (len(evil.asked), len(own_endpoint.asked)) == (0, asked)
    assert workshop.folder() == before


def test_a_setting_that_says_no_place_may_be_changed_in_run_yaml(
    workshop: Workshop, made: tuple[Ran, Endpoint]
) -> None:
    ran, _ = made
    changed(ran.out, n=5)
    assert workshop.run("r").summary()["accepted"] == 5


def test_a_run_directory_from_elsewhere_goes_on_with_what_is_typed(
    workshop: Workshop, made: tuple[Ran, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Said
) -> None:
    ran, endpoint = made
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of somebody else"))
    workshop.words = lambda name, words: [*words, f"out={ran.out}"]  # type: ignore[method-assign]
    line = refused(workshop.run("r", "n=4"), f"llm.base_url={endpoint.url}", "llm.api_key_env=MY_KEY", "memory.path=")
    code, _, err = say(f"out={ran.out}", "pairs=2")
    assert (code, "memory.path" in err) == (2, False), "a command asks for no more than it uses"
    assert say(f"out={ran.out}", "pairs=2", *[word for word in typed(line) if word.startswith("llm.")])[0] == 0
    assert workshop.run("r", "n=4", *typed(line)).code == 0
    assert workshop.run("r", "n=5").code == 0, "what was typed is the user's own from now on"


def test_a_home_that_cannot_be_written_asks_for_the_keys(
    workshop: Workshop, made: tuple[Ran, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, endpoint = made
    (tmp_path / "a file").write_text("x")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a file"))
    ran = workshop.run("q", f"scenario={workshop.home / 's' / 'scenario.yaml'}", "n=2", *at(endpoint.url))
    assert (ran.code, own.SEAL in (ran.out / "run.yaml").read_text()) == (0, False)
    workshop.words = lambda name, words: [*words, f"out={ran.out}"]  # type: ignore[method-assign]
    line = refused(workshop.run("q", "n=3"), "llm.base_url", "memory.path")
    assert workshop.run("q", "n=3", *typed(line)).code == 0


def test_a_run_directory_of_others_can_be_looked_at(
    workshop: Workshop, made: tuple[Ran, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ran, endpoint = made
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of somebody else"))
    changed(ran.out, **{"llm.api_key_env": "DB_PASSWORD", "embedding.api_key_env": "DB_PASSWORD"})
    asked = len(endpoint.asked)
    for command in (verify, trace, lineage, evaluate):
        code, _, err = said_by(command, capfd)(f"out={ran.out}")
        assert code == 0, (command, err)
    assert len(endpoint.asked) == asked


def test_a_foreign_run_loads_no_model_of_its_own_choice(
    workshop: Workshop, made: tuple[Ran, Endpoint], capfd: pytest.CaptureFixture[str]
) -> None:
    ran, _ = made
    changed(ran.out, **{"embedding.backend": "sentence-transformers", "embedding.model": "/tmp/their code"})
    code, _, err = said_by(verify, capfd)(f"out={ran.out}")
    assert (code, err.count("\n")) == (2, 1)
    assert "type it: 'embedding=sentence-transformers:/tmp/their code'" in err
    assert said_by(verify, capfd)(f"out={ran.out}", "embedding=wordllama")[0] == 0


def test_from_python_the_same_rules_hold(workshop: Workshop, made: tuple[Ran, Endpoint]) -> None:
    ran, endpoint = made
    changed(ran.out, **{"llm.base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(colloquia.SettingsError, match=r"llm\.base_url"):
        colloquia.run(out=ran.out, n=4)
    llm = {"base_url": endpoint.url, "api_key_env": "MY_KEY"}
    again = colloquia.run(out=ran.out, n=4, llm=llm, memory={"path": workshop.home.parent / "r-memory"})
    assert again.summary["accepted"] == 4


# -- the user's own settings file ------------------------------------------------------------------------------------


def own_file(text: str) -> Path:
    """Write the user's settings file."""
    path = own.own_file()
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_users_file_says_where_the_model_is(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint, other = serve(), serve()
    path = write_scenario(workshop.home / "s", NOTES, settings={"llm": {"base_url": other.url, "api_key_env": "X"}})
    own_file(f"llm: {{base_url: '{endpoint.url}', api_key_env: DB_PASSWORD}}\nllm.model: fake\nconcurrency: 2\n")
    ran = workshop.run("r", f"scenario={path}", "n=2")
    assert ran.code == 0, ran.stderr
    assert endpoint.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert not other.asked
    assert workshop.run("r", f"scenario={path}", "n=2", DRY, "memory.path=m", "out=dry").code == 0, (
        "the command line is over it"
    )
    own_file(f"llm: {{base_url: '{other.url}', model: another}}\nseed: 9\n")
    assert workshop.run("r", "n=3").code == 0, "a run goes on as it began"
    assert not other.asked


def test_what_the_users_file_says_need_not_be_typed_for_a_run_of_others(
    workshop: Workshop, made: tuple[Ran, Endpoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, endpoint = made
    changed(ran.out, **{"llm.base_url": "http://127.0.0.1:9/v1"})
    own_file(
        f"llm: {{base_url: '{endpoint.url}', api_key_env: MY_KEY}}\nmemory: {{path: '{workshop.home.parent}/r-memory'}}"
    )
    workshop.words = lambda name, words: [*words, f"out={ran.out}"]  # type: ignore[method-assign]
    assert workshop.run("r", "n=4").code == 0


def test_reembed_takes_the_users_memory_and_embedding(
    workshop: Workshop, made: tuple[Ran, Endpoint], capfd: pytest.CaptureFixture[str]
) -> None:
    own_file(f"memory: {{path: '{workshop.home.parent}/r-memory', scope: x}}\nllm: {{model: m}}\n")
    code, out, _ = said_by(reembed, capfd)()
    assert (code, "nothing to do" in out) == (0, True)


BROKEN = {
    "unknown": ("llm: {modell: x}", "llm.modell"),
    "wrong type": ("n: many", "n=many"),
    "no mapping": ("- a", "mapping"),
    "no YAML": ("llm: [", "broken YAML"),
    "a date that does not exist": ("n: 2026-13-01", "n=2026-13-01"),
    "an alias of itself": ("llm: &a {model: *a}", "a part of what it stands for"),
    "no text": ('n: "\\ud800"', "broken YAML"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_of_the_users_is_named(workshop: Workshop, what: str) -> None:
    text, says = BROKEN[what]
    path = own_file(text)
    refused(workshop.run("r", "scenario=chain", "n=1", DRY), str(path), says)


def test_an_empty_file_or_none_says_nothing(workshop: Workshop) -> None:
    own_file("# llm: …\n")
    assert workshop.run("r", "scenario=chain", "n=1", DRY).code == 0


def test_keys_with_dots_are_nested() -> None:
    assert nested({"llm.model": "m", "llm": {"base_url": "u"}, "n": 3}) == {
        "llm": {"model": "m", "base_url": "u"},
        "n": 3,
    }
