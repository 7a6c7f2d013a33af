"""Whether an experiment finds what is true of its arms: `python benchmarks/experiment_truth.py [N] [DIR]`.

Four arms over N briefs, made by a local endpoint of which it is known how good its samples are: without a critic; with one, who adds
8 good briefs in 100; with the critic and a panel of judges, which adds none to that; with the best of four by a judge who knows what is good now and then, which
adds about 10. A judge outside says what is good. Everything else is the real thing: sessions, journals, calls that arms share, the
report and the page.
"""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path
from typing import Any

import orjson
import yaml
from aiohttp import web
from bench import folder
from serving import served

from graphs.experiment import main as experiment

_GOOD = 0.60
"""The share of first drafts that are good."""
_MENDED = 0.20
"""Of the bad ones, what a critic finds and a new version mends: 0.2 · 0.4 = 8 in 100."""
_SEEN = 0.27
"""How often the judge who chooses among several sees which are bad, of a brief: else it thinks that all are good."""
_SCENARIO: dict[str, Any] = {
    "name": "truth",
    "description": "Short notes, of which it is known which are good.",
    "family": "fields",
    "axes": {"topic": [f"topic {number}" for number in range(40)], "tone": [f"tone {number}" for number in range(40)]},
    "fields": [{"name": "text", "prompt": {"chat": "text.jinja"}, "max_words": 1000}],
    "roles": {
        "generator": {"sees": ["topic", "tone"], "prompt": {"chat": "text.jinja"}},
        "refiner": {"sees": ["topic", "tone"], "prompt": {"chat": "text.jinja"}},
        "critic": {"sees": ["topic"], "prompt": {"chat": "critic.jinja"}, "answer": "json"},
        "judge": {"sees": ["topic"], "prompt": {"chat": "judge.jinja"}, "answer": "json"},
    },
    "checks": [{"name": "non_empty"}],
    "rubric": {"clear": "Is it clear?"},
    "min_score": 3,
    "revisions": 1,
}
_PROMPTS = {
    "text.jinja": "Write about {{ topic.name }}, {{ tone.name }}. {{ note }}\n" + "A rule of the house. " * 12,
    "critic.jinja": "CRITICISE {{ fields.text }}\n" + "A rule of the house. " * 12,
    "judge.jinja": "SCORE {{ fields.text }}\n",
}
_EXPERIMENT: dict[str, Any] = {
    "question": "Does the experiment find what is true?",
    "scenario": "scenario.yaml",
    "outcome": "judge",
    "equal_tokens": "no",
    "arms": {
        "one draft": {"topology": "no_critic"},
        "critic": {"topology": "full"},
        "panel": {"topology": "panel"},
        "best of four": {"topology": "best_of"},
    },
    "contrasts": [["one draft", "critic"], ["critic", "panel"], ["one draft", "best of four"]],
}


def draw(*what: object) -> float:
    """A number from 0 to 1 that follows from what is given."""
    return random.Random(hashlib.sha256(repr(what).encode()).digest()).random()


def answer(body: dict[str, Any]) -> str:
    """What the endpoint answers: a function of the request."""
    prompt = "\n".join(str(message["content"]) for message in body["messages"])
    if body["model"] == "outside":
        good = "GOOD" in prompt.partition("--- The sample ---")[2]
        return orjson.dumps({"reasons": "so it is", "scores": {"clear": 5 if good else 1}}).decode()
    if "CRITICISE" in prompt:
        mends = "BAD" in prompt and draw("mends", prompt) < _MENDED
        return orjson.dumps({"problems": [{"field": None, "problem": "MEND it"}] if mends else []}).decode()
    if "SCORE" in prompt:
        topic = prompt.partition("SCORE ")[2].split(".")[0]
        sees = draw("sees", topic) < _SEEN
        return orjson.dumps({"scores": {"clear": 3 if sees and "BAD" in prompt else 5}}).decode()
    first = prompt.partition("Write about ")[2].partition(".")[0]
    good = "MEND" in prompt or draw("good", body["seed"], first) < _GOOD
    return f"{first}. This note is {'GOOD' if good else 'BAD'} number {body['seed'] % 10**9}."


def app() -> web.Application:
    """The endpoint."""

    async def chat(request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        text = answer(body)
        asked = sum(len(str(message["content"])) for message in body["messages"]) // 4
        reply = {
            "id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": asked, "completion_tokens": 20, "total_tokens": asked + 20},
        }  # fmt: skip
        return web.Response(body=orjson.dumps(reply), content_type="application/json")

    made = web.Application(client_max_size=2**24)
    made.router.add_post("/v1/chat/completions", chat)
    return made


def main() -> None:
    """Hold the experiment and print what its report says beside what is true."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with folder() as away, served(app) as address:
        home = Path(sys.argv[2]) if len(sys.argv) > 2 else away
        home.mkdir(parents=True, exist_ok=True)
        for name, text in _PROMPTS.items():
            (home / name).write_text(text)
        (home / "scenario.yaml").write_text(yaml.safe_dump(_SCENARIO, sort_keys=False))
        file = home / "truth.yaml"
        file.write_text(yaml.safe_dump({**_EXPERIMENT, "n": n, "judge": {"model": "outside"}}, sort_keys=False))
        words = [
            str(file),
            f"llm.base_url={address}/v1",
            "llm.model=writer",
            f"judge.base_url={address}/v1",
            "concurrency=16",
        ]
        code = experiment(words)
        report = orjson.loads((home / "truth" / "experiment.json").read_bytes())
        true = {"critic": 100 * _MENDED * (1 - _GOOD), "panel": 0.0, "best of four": 100 * best_of_four()}
        for one in report["contrasts"]:
            found = one["difference"]
            held = found["low"] <= true[one["other"]] / 100 <= found["high"]
            print(
                f"{one['other']}: true {true[one['other']]:+.1f} of 100, found {100 * found['value']:+.1f} "
                f"({100 * found['low']:+.1f} to {100 * found['high']:+.1f}), {'within' if held else 'OUTSIDE'}; p after Holm "
                f"{one['adjusted']:.4f}; {one['tokens_ratio']:.2f} times the tokens"
            )
        print(f"code {code}; calls made {report['sharing']['made']} of {report['sharing']['needed']} needed")


def best_of_four() -> float:
    """What the best of four adds: a judge who sees picks a good one if there is one, else the first."""
    return _SEEN * ((1 - (1 - _GOOD) ** 4) - _GOOD)


if __name__ == "__main__":
    main()
