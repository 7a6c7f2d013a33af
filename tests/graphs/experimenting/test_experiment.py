"""An experiment from its file to its report: arms over the same briefs, calls made once, what counts as better outside of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphs.experiment import main
from graphs.experimenting.appraising import REVIEWED
from graphs.experimenting.report import ExperimentReport, Outcome
from graphs.reviewing.accepted import TO_REVIEW
from graphs.reviewing.desk import ReviewDesk
from graphs.reviewing.verdicts import PersonVerdict, Queue
from graphs.reviewing.verdicts import Said as Word
from memory.journal.reading import read_journal
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import NOTES, Said, said_by, write_scenario

ARMS = {"without": {"topology": "no_critic"}, "with": {"topology": "full"}, "bare": {"topology": "generate_only"}}


@pytest.fixture
def experiment(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


def write(home: Path, **changes: Any) -> Path:
    """An experiment's file with its scenario beside it."""
    write_scenario(home / "notes", NOTES)
    told = {
        "question": "Does the critic earn its tokens?",
        "scenario": "notes/scenario.yaml",
        "n": 6,
        "equal_tokens": "no",
        "settings": {"llm": {"backend": "scripted"}},
        "arms": ARMS,
        **changes,
    }
    path = home / "trial.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in told.items() if value is not None}, sort_keys=False))
    return path


def report_of(path: Path) -> ExperimentReport:
    return ExperimentReport.model_validate_json((path.with_suffix("") / "experiment.json").read_bytes())


def journals(path: Path) -> dict[str, Path]:
    return {one.parent.name[3:]: one for one in sorted(path.with_suffix("").glob("arms/*/run.sqlite"))}


def test_arms_have_the_same_briefs_and_equal_calls_are_made_once(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path)
    code, said, complained = experiment(str(path))
    assert code == 0, complained
    report = report_of(path)
    assert [arm.name for arm in report.arms] == list(ARMS)
    assert [(arm.planned, arm.accepted) for arm in report.arms] == [(6, 6)] * 3
    keys = {name: read_journal(one, lambda reader: reader.keys()) for name, one in journals(path).items()}
    shared = {name: read_journal(one, lambda reader: reader.shared()) for name, one in journals(path).items()}
    assert keys["bare"] < keys["without"]
    assert shared == {"without": set(), "with": keys["with"] & keys["without"], "bare": keys["bare"]}
    assert report.sharing.needed == sum(map(len, keys.values()))
    assert report.sharing.made == len(set().union(*keys.values()))
    paid = sum(read_journal(one, lambda reader: reader.spent()).requests for one in journals(path).values())
    assert paid == report.sharing.made
    assert "With “with” as many briefs came out good as with “without”" in said


def test_the_same_command_again_asks_nobody_and_says_the_same(
    tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]
) -> None:
    server = serve()
    path = write(tmp_path, settings={})
    words = [
        str(path),
        f"llm.base_url={server.url}",
        "llm.model=writer",
        "llm.price.prompt=1",
        "llm.price.completion=2",
    ]
    first, asked = experiment(*words), len(server.asked)
    told = (path.with_suffix("") / "experiment.json").read_bytes()
    assert experiment(*words)[:2] == first[:2]
    assert len(server.asked) == asked == report_of(path).sharing.made
    assert (path.with_suffix("") / "experiment.json").read_bytes() == told


def test_it_ends_at_its_budget_and_goes_on_with_a_larger_one(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, budget={"calls": 16})
    code, said, complained = experiment(str(path))
    assert (code, report_of(path).whole) == (3, False), complained
    assert "stopped by" in said
    spent = sum(read_journal(one, lambda reader: reader.spent()).requests for one in journals(path).values())
    assert spent == 16
    assert experiment(str(path), "budget.calls=500")[0] == 0
    assert report_of(path).whole
    alone = write(tmp_path / "alone")
    assert experiment(str(alone))[0] == 0
    went_on, at_once = report_of(path), report_of(alone)
    assert [(arm.tokens, arm.good) for arm in went_on.arms] == [(arm.tokens, arm.good) for arm in at_once.arms]
    assert went_on.sharing == at_once.sharing


def referee(asked: Asked) -> str:
    """Judges by the text alone: one in three notes is no good, and it prefers the first of two that differ in nothing else."""
    if asked.body["model"] != "referee":
        return scripted(asked)
    if "Sample A" in asked.prompt:
        texts = re.findall(r"--- Sample [AB] ---\n+text:\n(.*)", asked.prompt)
        best = "same" if texts[0] == texts[1] else "AB"[texts[0] < texts[1]]
        return json.dumps({"reasons": "by the alphabet", "better": best})
    text = re.findall(r"--- The sample ---\n+text:\n(.*)", asked.prompt)[-1]
    score = 2 if sum(map(ord, text)) % 3 == 0 else 4
    return json.dumps({"reasons": "so it is", "scores": {"clear": score, "kind": 4}})


def test_a_judge_who_sits_in_no_arm_reads_equal_samples_once_and_never_hears_of_arms(
    tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]
) -> None:
    server = serve(referee)
    path = write(tmp_path, settings={"llm": {"model": "writer"}}, judge={"model": "referee"}, n=12)
    words = [str(path), f"llm.base_url={server.url}", f"judge.base_url={server.url}"]
    code, _, complained = experiment(*words)
    assert code == 0, complained
    report, asked = report_of(path), [one for one in server.asked if one.body["model"] == "referee"]
    good = {arm.name: arm.good.value for arm in report.arms}
    assert good["without"] == good["bare"], "they made the same samples"
    assert 0 < (good["without"] or 0) < 1
    assert report.outcome is Outcome.JUDGE
    assert len(asked) == len({one.prompt for one in asked})
    assert not any(name in one.prompt for one in asked for name in ("without", "no_critic", "generate_only"))
    assert {arm.failures.get("outside: clear") for arm in report.arms if arm.name == "bare"} == {
        round(12 * (1 - (good["bare"] or 0)))
    }


def test_pairs_are_compared_in_both_orders(tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]) -> None:
    arms = {"warm": {"llm": {"temperature": 0.9}}, "cold": {"llm": {"temperature": 0.1}}}
    server = serve(referee)
    path = write(
        tmp_path, settings={"llm": {"model": "writer"}}, judge={"model": "referee"}, arms=arms, outcome="pairs", n=8
    )
    code, said, complained = experiment(str(path), f"llm.base_url={server.url}", f"judge.base_url={server.url}")
    assert code == 0, complained
    asked = [one.prompt for one in server.asked if one.body["model"] == "referee"]
    (contrast,) = report_of(path).contrasts
    assert contrast.wins + contrast.ties + contrast.losses == contrast.briefs == 8
    assert len(asked) == 2 * (8 - contrast.ties)
    assert "comparisons were won" in said


def test_people_say_what_is_good_without_knowing_whose_it_is(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, outcome="people", arms={"one": {}, "other": {"llm": {"temperature": 0.1}}})
    code, said, _ = experiment(str(path))
    assert code == 0
    assert "samples wait for a person" in said
    home = path.with_suffix("")
    rows = [json.loads(line) for line in (home / TO_REVIEW).read_text().splitlines()]
    assert all(row.keys() == {"id", "fields"} for row in rows)
    (home / REVIEWED).write_text("".join(json.dumps({"id": row["id"], "good": True}) + "\n" for row in rows))
    assert experiment(str(path))[0] == 0
    assert [arm.good.value for arm in report_of(path).arms] == [1.0, 1.0]
    desk = ReviewDesk(home)
    (item,) = desk.next(Queue.AUDIT, "ann")
    told = {"number": 1, "reviewer": "ann", "queue": item.queue, "sample": item.sample, "content": item.content}
    desk.record(PersonVerdict.model_validate({**told, "said": Word.REJECT}))
    assert experiment(str(path))[0] == 0
    assert {arm.good.value for arm in report_of(path).arms} != {1.0}
    (home / REVIEWED).write_text('{"id": 3}\n')
    assert experiment(str(path))[0] == 2


def test_a_contrast_that_comes_later_is_exploratory(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, contrasts=[["without", "with"]])
    assert experiment(str(path))[0] == 0
    path = write(tmp_path, contrasts=[["without", "with"], ["without", "bare"]])
    _, said, _ = experiment(str(path))
    assert [(one.other, one.declared, one.adjusted is None) for one in report_of(path).contrasts] == [
        ("with", True, False),
        ("bare", False, True),
    ]
    assert "exploratory: With “bare”" in said
    code, _, complained = experiment(str(path), "n=7")
    assert code == 2
    assert "was begun with n=6" in complained


def test_factors_are_written_out_and_the_plan_asks_nobody(
    tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]
) -> None:
    server = serve()
    factors = {"topology": ["full", "no_critic"], "llm.temperature": ["0.2", "0.9"]}
    path = write(tmp_path, arms=None, factors=factors, settings={})
    code, said, complained = experiment(
        str(path), "plan=yes", "n=60", f"llm.base_url={server.url}", "llm.model=m", "llm.price.prompt=2"
    )
    assert code == 0, complained
    assert server.asked == []
    assert "contrast: no_critic + 0.9 beside full + 0.2" in said
    assert re.search(r"  full \+ 0\.2: about \d+ calls · \d+ tokens · 0\.\d\d USD", said)
    assert "% of these calls are equal in several arms" in said
    assert not path.with_suffix("").exists()


def test_an_arm_for_as_many_tokens_is_added(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, equal_tokens="yes", arms={"bare": ARMS["bare"], "with": {"topology": "panel"}})
    code, _, complained = experiment(str(path))
    assert code == 0, complained
    report = report_of(path)
    added = report.arms[-1]
    assert (added.name, added.added) == ("equal tokens", True)
    assert ("equal tokens", "with", True) in {(one.base, one.other, one.declared) for one in report.contrasts}
    dearest = next(arm for arm in report.arms if arm.name == "with")
    assert added.differs == {"topology": "best_of", "draws": "2"}
    assert (added.tokens.value or 0) <= (dearest.tokens.value or 0)


def test_an_arm_that_changes_is_refused_and_a_new_name_begins_it_anew(tmp_path: Path, experiment: Said) -> None:
    assert experiment(str(write(tmp_path)))[0] == 0
    for changes, told in (
        ({"arms": {**ARMS, "bare": {"topology": "chain"}}}, "arms.bare: was begun with topology generate_only"),
        (
            {"settings": {"llm": {"backend": "scripted", "temperature": "0.3"}}},
            "was begun with llm.temperature not set",
        ),
    ):
        code, _, complained = experiment(str(write(tmp_path, **changes)))
        assert (code, told in complained) == (2, True), complained
    path = write(tmp_path, arms={"first": {"topology": "proof"}, **ARMS})
    code, _, complained = experiment(str(path))
    assert code == 0, complained
    assert sorted(journals(path)) == ["bare", "first", "with", "without"]
    assert [arm.name for arm in report_of(path).arms] == ["first", *ARMS]


def test_renamed_arms_count_in_the_budget_and_pay_nothing_again(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, budget={"calls": 100})
    assert experiment(str(path))[0] == 0
    paid = report_of(path).sharing.made
    path = write(tmp_path, budget={"calls": paid + 1}, arms={"anew": ARMS["with"], "bare": ARMS["bare"]})
    code, _, complained = experiment(str(path))
    assert code == 0, complained
    assert sum(read_journal(one, lambda reader: reader.spent()).requests for one in journals(path).values()) == paid


def test_what_nobody_has_judged_is_not_good(tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]) -> None:
    server = serve(referee)
    path = write(tmp_path, settings={"llm": {"model": "writer"}}, judge={"model": "referee"})
    words = [str(path), f"llm.base_url={server.url}", f"judge.base_url={server.url}"]
    assert experiment(*words, "budget.calls=20")[0] == 3
    assert all(arm.good.value in (None, 0.0) for arm in report_of(path).arms)
    assert all(one.difference.value is None for one in report_of(path).contrasts)
    assert experiment(*words)[0] == 0
    assert any(arm.good.value for arm in report_of(path).arms)


def test_a_dead_endpoint_of_the_judge_leaves_a_page(
    tmp_path: Path, experiment: Said, serve: Callable[..., Endpoint]
) -> None:
    server = serve()
    path = write(tmp_path, settings={"llm": {"model": "writer"}}, judge={"model": "referee"}, n=2)
    code, _, complained = experiment(str(path), f"llm.base_url={server.url}", "judge.base_url=http://127.0.0.1:1/v1")
    assert code == 2
    assert "cannot be reached" in complained
    assert "stopped" in (path.with_suffix("") / "experiment.html").read_text()


def test_a_budget_of_one_call_leaves_a_page_too(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path)
    assert experiment(str(path), "budget.calls=1")[0] == 3
    assert not report_of(path).whole


def test_values_of_the_same_name_make_arms_of_different_names(tmp_path: Path, experiment: Said) -> None:
    path = write(tmp_path, arms=None, factors={"roles.critic.focus": ["Look at a/style", "Look at b/style"]})
    code, said, complained = experiment(str(path), "plan=yes")
    assert code == 0, complained
    assert "contrast: 02 style beside 01 style" in said


MISTAKES: dict[str, tuple[Mapping[str, Any], str]] = {
    "one arm": ({"arms": {"a": {}}}, "an experiment has 2 to 32 arms, not 1"),
    "the same arm twice": ({"arms": {"a": {}, "b": {"topology": "full"}}}, "does the same as 'a'"),
    "a contrast of nobody": ({"contrasts": [["with", "wihtout"]]}, "'wihtout' is no arm (did you mean 'without'?)"),
    "a contrast of itself": ({"contrasts": [["with", "with"]]}, "compares nothing"),
    "another n": ({"arms": {"a": {}, "b": {"n": 3}}}, "n is for the experiment to set"),
    "an unknown key": ({"arms": {"a": {}, "b": {"topolgy": "full"}}}, "unknown key (did you mean 'topology'?)"),
    "an unknown topology": ({"arms": {"a": {}, "b": {"topology": "fulll"}}}, "arm 'b': topology=fulll: unknown"),
    "an unknown role": ({"arms": {"a": {}, "b": {"roles": {"critik": {"llm": {"temperature": "0"}}}}}}, "no such role"),
    "an address": ({"arms": {"a": {}, "b": {"llm": {"base_url": "http://x.example/v1"}}}}, "add accept=yes"),
    "a judge's address": ({"judge": {"model": "j", "base_url": "http://x.example/v1"}}, "judge.base_url=http"),
    "no judge": ({"outcome": "judge"}, "needs a judge who sits in no arm"),
    "an idle judge": ({"outcome": "checks", "judge": {"model": "x"}}, "nobody is asked with outcome=checks"),
    "a judge in an arm": ({"judge": {"backend": "scripted"}}, "sits in the arm 'without'"),
    "no axis": ({"cluster": "topik"}, "'topik' is no axis of the scenario (did you mean 'topic'?)"),
    "arms and factors": ({"factors": {"topology": ["full"]}}, "arms and factors are both given"),
    "no question": ({"question": None}, "question: is missing"),
    "no pair": ({"contrasts": ["with"]}, "write pairs of arms"),
    "no memory": ({"remembers": "nowhere"}, "is no directory of a memory"),
    "no key": ({"armz": {}}, "armz: unknown key (did you mean 'arms'?)"),
    "a path for a name": ({"arms": {"../a": {}, "b": {"topology": "no_critic"}}}, "plain name"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_before_anything_is_spent(name: str, tmp_path: Path, experiment: Said) -> None:
    changes, complaint = MISTAKES[name]
    path = write(tmp_path, **changes)
    code, said, complained = experiment(str(path))
    assert (code, said) == (2, "")
    assert complaint in complained
    assert complained.count("\n") == 1
    assert not path.with_suffix("").exists()
