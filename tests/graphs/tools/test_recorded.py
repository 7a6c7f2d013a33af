"""A whole run over a server of tools with a state: looked at, called in parallel, refused once, and verified without it."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
import yaml

from graphs.tools.stored import stored_tools
from graphs.verify import main as verify
from scenarios.material.tools.spec import schema_of
from tests.agents.tools.book import DOCUMENT, at_the_book, book_server
from tests.endpoint import Endpoint
from tests.helpers import Workshop, at

SCENARIO = {
    "name": "practice", "about": "A patient writes to a practice's assistant.", "tools": "book.yaml",
    "roles": {"patient": {"speaks_as": "user", "personas": None}, "assistant": {"speaks_as": "assistant"}},
    "axes": {"reason": ["book a slot"]}, "conversation": {"messages": "4 to 4"},
}  # fmt: skip


def test_a_run_over_a_live_server_is_verified_after_it_is_gone(
    workshop: Workshop, serve: Callable[..., Endpoint], capfd: pytest.CaptureFixture[str]
) -> None:
    home = workshop.home / "practice"
    home.mkdir(parents=True)
    (home / "book.yaml").write_text(yaml.safe_dump(DOCUMENT), encoding="utf-8")
    (home / "scenario.yaml").write_text(yaml.safe_dump(SCENARIO, sort_keys=False), encoding="utf-8")
    with book_server() as url:
        words = [f"scenario={home}", "n=1", "tools.calls=recorded", f"tools.server={url}", *at(serve(at_the_book).url)]
        ran = workshop.run("r", *words)
    assert ran.code == 0, ran.stderr
    (line,) = ran.lines()
    results = [orjson.loads(one["content"]) for one in line["messages"] if one["role"] == "tool"]
    assert [sorted(one) for one in results] == [["slots"], ["error"], ["slot", "state"]]
    assert results[1] == {"error": {"status": 409, "body": {"error": "S-4107 is taken by Ana Ruiz"}}}
    assert set(line["grades"].values()) == {"recorded"}
    (looked,) = orjson.loads(line["scene"])["looked"]
    assert looked["name"] == "listSlots"
    assert line["usage"]["tools"]["calls"] == 4
    assert [schema_of(spec)["function"]["name"] for spec in stored_tools(ran.out)] == ["listSlots", "bookSlot"]
    assert "`tools.json` has the tools" in (ran.out / "README.md").read_text(encoding="utf-8")
    capfd.readouterr()
    assert verify([f"out={ran.out}"]) == 0
    assert "4 results of tools, as the journal kept them" in capfd.readouterr().out
    forged = orjson.loads(line["scene"])
    forged["looked"][0]["digest"] = "0" * 16
    (ran.out / "certificate.json").unlink()
    changed = {**line, "scene": orjson.dumps(forged).decode()}
    (ran.out / "dataset.jsonl").write_bytes(orjson.dumps(changed, option=orjson.OPT_APPEND_NEWLINE))
    assert verify([f"out={ran.out}"]) not in {0, 1}
    assert "on which the scene rests" in capfd.readouterr().out
    called = next(one for one in line["messages"] if len(one.get("tool_calls") or ()) == 2)
    called["tool_calls"][1]["function"]["arguments"] = '{"id": "S-4112"}'
    (ran.out / "dataset.jsonl").write_bytes(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    assert verify([f"out={ran.out}"]) not in {0, 1}
    assert "bookSlot: 'name' is missing" in capfd.readouterr().out


def test_a_server_that_the_user_did_not_name_leaves_no_run_behind(workshop: Workshop) -> None:
    home = workshop.home / "notes"
    home.mkdir(parents=True)
    told = {**SCENARIO, "name": "notes", "mcp": {"command": ["no-such-command"]}}
    del told["tools"]
    (home / "scenario.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    ran = workshop.run("r", f"scenario={home}", "n=1", "llm.backend=scripted")
    assert ran.code == 2
    assert "type it: tools.mcp=no-such-command" in ran.stderr
    assert not ran.out.exists()
