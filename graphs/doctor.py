"""The command: `python -m graphs.doctor llm.base_url=URL llm.model=NAME [key=value …]`.

Asks an endpoint small questions, and says what it can do and which settings suit it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from graphs.files.wording import many
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from scenarios.errors import RunDirError, SettingsError

if TYPE_CHECKING:
    from agents.models.calls import Model
    from graphs.examining.findings import Examination

_MOST = 32
KEYS = ("llm.base_url", "llm.model", "llm.api_key_env", "llm.timeout", "at_once", "json")
_HELP = f"""usage: python -m graphs.doctor llm.base_url=URL llm.model=NAME [key=value …]

Asks an endpoint a dozen small questions, and says what it can do: the role system, JSON by schema, tools, seeds, stop words,
log-probabilities, cached tokens, how many calls at once, how fast. It ends with the settings to paste. That takes about 30
requests and {2 * _MOST} very short ones at once, and under 20,000 tokens. What your own settings file says of llm need not be repeated.

  llm.base_url       the address, such as http://127.0.0.1:8000/v1
  llm.model          the model's name there
  llm.api_key_env    the environment variable that holds the key (default: OPENAI_API_KEY); the key is shown nowhere
  llm.timeout        seconds a request may take (default: 60)
  at_once={_MOST}         try up to so many calls at once; 1 tries none
  json=FILE          write what was found there, too

exit codes: 0 examined, and fit for runs · 3 no run is possible with it · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _doctor)


def _doctor(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.doctor", "llm.base_url={}")
    most = given.pop("at_once", str(_MOST))
    if not most.isdecimal() or not 1 <= int(most) <= 512:
        raise SettingsError(f"at_once={most}: is a number from 1 to 512")
    path = given.pop("json", "")
    if path and Path(path).is_dir():
        raise SettingsError(f"json={path}: is a directory; give a file")
    if path and not Path(path).absolute().parent.is_dir():
        raise SettingsError(f"json={path}: {Path(path).parent} is not a directory; make it first")
    from graphs.settings.layers import nested, over
    from graphs.settings.models import model_of
    from graphs.settings.own import own_settings
    from graphs.settings.resolve import first_settings

    llm = first_settings(
        over({"llm": {"timeout": 60.0}}, over({"llm": own_settings().get("llm", {})}, nested(given)))
    ).llm
    if not llm.base_url:
        raise SettingsError(
            "llm.base_url: is missing; write the address of the endpoint, such as llm.base_url=http://127.0.0.1:8000/v1"
        )
    if not llm.model:
        raise SettingsError(f"llm.model: is missing; write the model's name; {llm.base_url}/models may list it")
    found = asyncio.run(_examine(model_of(llm), int(most)))
    print(_ending(found))
    if path:
        _write(Path(path), found)
    return Exit.DONE if found.usable else Exit.EARLY


async def _examine(model: Model, most: int) -> Examination:
    from graphs.examining.asking import Patient
    from graphs.examining.findings import Examination, line_of
    from graphs.examining.questions import examined, questions

    every = len(questions(most))
    print(f"examining {model.name} at {model.base_url}: {every} questions", flush=True)
    patient = Patient(model, os.environ.get(model.api_key_env, "") if model.api_key_env else "")
    findings = []
    try:
        async for found in examined(patient, most):
            findings.append(found)
            print(f"  {line_of(found)}", flush=True)
    finally:
        await patient.close()
    return Examination(
        base_url=model.base_url,
        model=model.name,
        found=tuple(findings),
        requests=patient.requests,
        tokens=patient.tokens,
    )


def _ending(found: Examination) -> str:
    spent = f"{many(found.requests, 'request')}, {many(found.tokens, 'token')}"
    if found.obstacle:
        return f"no run is possible with it yet: see {found.obstacle.question}; {spent}"
    told = " ".join(f"{key}={value}" for key, value in found.settings.items())
    return f"fit for runs; {spent}. The settings that suit it:\n{told}"


def _write(path: Path, found: Examination) -> None:
    data = {**found.model_dump(mode="json"), "settings": found.settings, "usable": found.usable}
    try:
        path.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise RunDirError(f"json={path}: cannot be written ({error.strerror or error})") from None


if __name__ == "__main__":
    sys.exit(main())
