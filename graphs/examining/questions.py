"""The questions, in the order in which they are asked. Each tells what the endpoint cannot do from what its model did not do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from statistics import median

import orjson

from agents.models.faults import Fault, FaultKind
from graphs.examining.asking import Patient
from graphs.examining.findings import Ability, Found
from scenarios.errors import nearest

_CAN, _NOT, _UNSURE = Ability.CAN, Ability.CANNOT, Ability.UNSURE
_THOUGHT = re.compile(r"<\|?(think|thinking|reasoning|channel)\b", re.IGNORECASE)
_COLOURS = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green"]}},
    "required": ["colour"],
}
_TOOL = {
    "type": "function",
    "function": {
        "name": "weather", "description": "The weather in one city, today.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}  # fmt: skip
_LIMITS = {"limit:max_completion_tokens": "max_completion_tokens", "limit:max_tokens": "max_tokens"}
_LONG = "The harbour office keeps a list of every boat, its length, its owner and its berth. " * 120

Question = Callable[[Patient], Awaitable[Found]]


async def reachable(patient: Patient) -> Found:
    """Whether somebody answers at the address, and has the model."""
    name = "address and model"
    if "/openai/deployments/" in patient.model.base_url:
        host = patient.model.base_url.partition("/openai/")[0]
        return Found(
            question=name,
            ability=_NOT,
            detail=f"this form of Azure's address needs a query, which no address may have; write llm.base_url={host}/openai/v1 and the deployment's name as llm.model",
            needed=True,
        )
    try:
        listed = await patient.models()
    except Fault as fault:
        return Found(
            question=name, ability=_NOT, detail=f"nobody answers at {patient.model.base_url} ({fault})", needed=True
        )
    data = listed.body.get("data")
    names = [str(one.get("id")) for one in data if isinstance(one, dict)] if isinstance(data, list) else []
    longest = next(
        (
            one.get("max_model_len") or one.get("context_length")
            for one in data or ()
            if isinstance(one, dict) and one.get("id") == patient.model.name
        ),
        None,
    )
    if listed.status in {401, 402, 403} and not patient.key:
        return Found(
            question=name,
            ability=_NOT,
            detail=f"it wants a key (HTTP {listed.status}), and the environment variable {patient.model.api_key_env} is not set",
            needed=True,
        )
    if listed.status == 404 and not patient.model.base_url.rstrip("/").endswith("/v1"):
        return Found(
            question=name,
            ability=_UNSURE,
            detail=f"it lists no models there (HTTP 404); the address may end with /v1: llm.base_url={patient.model.base_url.rstrip('/')}/v1",
        )
    if listed.status in {401, 402, 403}:
        return Found(
            question=name,
            ability=_NOT,
            detail=f"the key in {patient.model.api_key_env} is not accepted (HTTP {listed.status}: {listed.words})",
            needed=True,
        )
    if patient.model.name in names:
        return Found(
            question=name,
            ability=_CAN,
            detail=("there" + (f", beside {len(names) - 1} others" if len(names) > 1 else ""))
            + (f"; it reads up to {longest} tokens" if longest else ""),
        )
    if names:
        return Found(
            question=name,
            ability=_UNSURE,
            detail=f"not in the list of {len(names)} models{nearest(patient.model.name, names)}; perhaps it is taken all the same",
        )
    return Found(question=name, ability=_UNSURE, detail=f"the endpoint lists no models (HTTP {listed.status})")


async def answers(patient: Patient) -> Found:
    """Whether a run's plain call is answered, and what has to be left out of it."""
    name = "a run's plain call"
    call = patient.call(
        "plain", "You answer in one short sentence.", "Which colour has the sky at noon?", top_p=0.9, stop=("###",)
    )
    try:
        answer = await patient.ask(call)
    except Fault as fault:
        if fault.kind is FaultKind.SPENT:
            return Found(
                question=name,
                ability=_NOT,
                detail="its answer was used up by reasoning before the first word: give more room",
                settings={"llm.max_tokens": "4000"},
                needed=True,
            )
        return Found(question=name, ability=_NOT, detail=f"{fault.kind}: {fault}", needed=True)
    left = [
        _LIMITS.get(one, one)
        for one in sorted(patient.wire.left_out(patient.model.name))
        if one not in {"role", "limit:both"}
    ]
    both = "limit:both" in patient.wire.left_out(patient.model.name)
    told = (
        f"; requests leave out {', '.join(left)}, which it does not take"
        if left
        else "; one limit of tokens is sent in place of two"
        if both
        else ""
    )
    return Found(question=name, ability=_CAN, detail=f"answered: “{' '.join(answer.text.split())[:60]}”{told}")


async def system_role(patient: Patient) -> Found:
    """Whether the role `system` is taken, and heard."""
    name = "the role system"
    answer = await patient.ask(patient.call("system", "You end every answer with the word ZEBRA.", "Say good morning."))
    if "role" in patient.wire.left_out(patient.model.name):
        return Found(question=name, ability=_NOT, detail="refused: its words go before those of the user, in every run")
    heard = "zebra" in answer.text.lower()
    return Found(
        question=name,
        ability=_CAN if heard else _UNSURE,
        detail="" if heard else "taken; the model did not do what it said",
    )


async def structured(patient: Patient) -> Found:
    """In which way JSON is asked for, and whether the endpoint enforces the schema."""
    name = "structured answers"
    call = patient.call(
        "json", 'Answer with JSON only: {"colour": "red" or "green"}.', "What colour is grass?", schema=_COLOURS
    )
    try:
        await patient.ask(call)
    except Fault as fault:
        return Found(question=name, ability=_NOT, detail=f"{fault.kind}: {fault}", needed=True)
    way = patient.wire.way(call)
    named = {
        "json_schema": "by JSON schema",
        "function": "as a function's arguments",
        "json_mode": "in JSON mode",
        "plain": "by words alone",
    }[way]
    against = patient.call(
        "against",
        "Answer with the word BLUE in capitals, and nothing else: no JSON, no quotation marks.",
        "Which colour?",
        schema=_COLOURS,
    )
    try:
        forced = await patient.ask(against)
        value = orjson.loads(forced.text)
        enforced = isinstance(value, dict) and value.get("colour") in {"red", "green"}
    except (Fault, orjson.JSONDecodeError):
        enforced = False
    return Found(
        question=name,
        ability=_CAN if way != "plain" else _UNSURE,
        detail=f"{named}; the schema is {'' if enforced else 'not '}enforced{'' if enforced else ', so that answers are validated and asked for again'}",
    )


async def tools(patient: Patient) -> Found:
    """Whether tools are called, two at once."""
    name = "tools, parallel calls"
    call = patient.call(
        "tools",
        "You look things up with your tools.",
        "What is the weather in Bonn and in Rome? Look both up at once.",
        tools=(_TOOL,),
    )
    try:
        answer = await patient.ask(call)
    except Fault as fault:
        return Found(
            question=name,
            ability=_NOT,
            detail=f"{fault}; scenarios with tools need another endpoint for who calls them",
        )
    many = len(answer.tool_calls)
    if not many:
        return Found(question=name, ability=_UNSURE, detail="taken; the model called none")
    return Found(
        question=name,
        ability=_CAN if many > 1 else _UNSURE,
        detail=f"{many} {'calls' if many > 1 else 'call'} in one answer",
    )


async def repeatable(patient: Patient) -> Found:
    """Whether the same request with the same seed gets the same answer."""
    name = "the same seed, the same answer"
    if "seed" in patient.wire.left_out(patient.model.name):
        return Found(question=name, ability=_NOT, detail="it takes no seed: a run repeats from its journal alone")
    said = [
        (
            await patient.ask(
                patient.call(
                    "seed", "Write one sentence about a boat, an animal and a number.", temperature=1.0, max_tokens=60
                )
            )
        ).text
        for _ in range(3)
    ]
    alike = len(set(said)) == 1
    return Found(
        question=name,
        ability=_CAN if alike else _NOT,
        detail="three times" if alike else "it answers otherwise: a run repeats from its journal alone",
    )


async def stops(patient: Patient) -> Found:
    """Whether stop words end an answer."""
    name = "stop words"
    if "stop" in patient.wire.left_out(patient.model.name):
        return Found(
            question=name, ability=_NOT, detail="refused: words behind one are cut off after they were paid for"
        )
    answer = await patient.ask(
        patient.call("stop", "Count from 1 to 9 in digits, with commas between.", stop=("6",), max_tokens=60)
    )
    if "6" in answer.text:
        return Found(question=name, ability=_NOT, detail="taken, and not kept")
    return Found(
        question=name,
        ability=_CAN if "5" in answer.text else _UNSURE,
        detail="" if "5" in answer.text else "the model did not come so far",
    )


async def truncation(patient: Patient) -> Found:
    """What an answer looks like that was cut off."""
    name = "an answer that is cut off"
    found = await patient.post(
        messages=[{"role": "user", "content": "Count from 1 to 300 in digits."}], **patient.limited(12)
    )
    why = found.choice.get("finish_reason")
    if found.status != 200:
        return Found(question=name, ability=_UNSURE, detail=f"HTTP {found.status}: {found.words}")
    if why == "length":
        return Found(question=name, ability=_CAN, detail="finish_reason is length")
    return Found(
        question=name,
        ability=_NOT,
        detail=f"finish_reason is {why!r}: a text that was cut off cannot be told from a whole one",
    )


async def reasoning(patient: Patient) -> Found:
    """Whether reasoning is kept apart from the answer."""
    name = "reasoning kept apart"
    found = await patient.post(
        messages=[
            {
                "role": "user",
                "content": "A bat and a ball cost 1.10, the bat 1 more than the ball. What is the ball? Think first, then answer in a word.",
            }
        ],
        **patient.limited(600),
    )
    message = found.choice.get("message") or {}
    apart = message.get("reasoning_content") or message.get("reasoning")
    if _THOUGHT.search(found.text):
        return Found(
            question=name,
            ability=_NOT,
            detail="it stands in the answer, and is taken out of it; a parser at the server would keep it apart",
            settings={"llm.max_tokens": "4000"},
        )
    if apart:
        return Found(
            question=name,
            ability=_CAN,
            detail="in a field of its own; leave room for it",
            settings={"llm.max_tokens": "4000"},
        )
    return Found(question=name, ability=_CAN, detail="the model shows none")


async def usage(patient: Patient) -> Found:
    """Whether tokens are counted, also those that were in the cache."""
    name = "tokens and cached tokens"
    messages = [{"role": "user", "content": f"{_LONG}\nAnswer with the word yes."}]
    for _ in range(2):
        found = await patient.post(messages=messages, **patient.limited(5))
    if not isinstance(found.usage.get("prompt_tokens"), int):
        return Found(
            question=name, ability=_NOT, detail="not counted: they are estimated, and budgets err on the safe side"
        )
    details = found.usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    told = f"{cached} of {found.usage['prompt_tokens']} came from the cache" if cached else "no cached tokens reported"
    return Found(question=name, ability=_CAN, detail=told)


async def logprobs(patient: Patient) -> Found:
    """Whether log-probabilities of an answer's tokens are given."""
    name = "log-probabilities"
    found = await patient.post(
        messages=[{"role": "user", "content": "Say yes."}], **patient.limited(3), logprobs=True, top_logprobs=2
    )
    if found.status == 200 and found.choice.get("logprobs"):
        return Found(question=name, ability=_CAN, detail="judges can be scored by them: roles.judge.scoring=token_mean")
    why = found.words or "taken, and none given"
    return Found(
        question=name, ability=_NOT, detail=f"{why}; a judge's mean takes several answers: roles.judge.scoring=samples"
    )


async def speed(patient: Patient) -> Found:
    """Seconds to the first word, and words a second."""
    name = "speed"
    found = await patient.first_words(
        messages=[{"role": "user", "content": "Write six sentences about a harbour."}], **patient.limited(160)
    )
    if found is None:
        return Found(question=name, ability=_UNSURE, detail="it does not stream, so that nothing can be said")
    first, rate = found
    return Found(
        question=name,
        ability=_CAN,
        detail=f"{first:.2f} s to the first word, then about {rate:.0f} pieces a second",
        figure=first,
    )


def in_flight(most: int) -> Question:
    """How many calls it takes at once, up to `most`: twice as many each time, until it throttles or gets slow."""

    async def ask(patient: Patient) -> Found:
        name, good, alone = "calls at once", 1, 0.0
        for many in [1, *(2**power for power in range(1, 10) if 2**power <= most)]:
            replies = await asyncio.gather(
                *(
                    patient.post(
                        messages=[{"role": "user", "content": f"Say the number {many * 100 + i}."}],
                        **patient.limited(8),
                    )
                    for i in range(many)
                ),
                return_exceptions=True,
            )
            odd = [one for one in replies if isinstance(one, BaseException) or one.status != 200]
            if odd:
                first = odd[0]
                why = str(first) if isinstance(first, BaseException) else f"HTTP {first.status}: {first.words}"
                return Found(
                    question=name,
                    ability=_CAN,
                    detail=f"{good}; at {many} it refuses {len(odd)} ({why})",
                    figure=good,
                    settings=_at_once(good),
                )
            taken = median(one.seconds for one in replies if not isinstance(one, BaseException))
            alone = alone or taken
            if many > 1 and taken > 1.5 * many / good * max(alone, 0.02):
                return Found(
                    question=name,
                    ability=_CAN,
                    detail=f"{good}; with {many} each takes {taken:.2f} s in place of {alone:.2f}",
                    figure=good,
                    settings=_at_once(good),
                )
            good = many
        return Found(
            question=name, ability=_CAN, detail=f"{good}, no more were tried", figure=good, settings=_at_once(good)
        )

    return ask


def _at_once(many: int) -> dict[str, str]:
    return (
        {"concurrency": str(many), "round_size": str(many), "lookahead": "2"}
        if many > 4
        else {"concurrency": str(many)}
    )


def questions(most: int) -> tuple[Question, ...]:
    """All of them, the first that a run cannot do without first."""
    return (
        reachable,
        answers,
        system_role,
        structured,
        tools,
        repeatable,
        stops,
        truncation,
        reasoning,
        usage,
        logprobs,
        speed,
        in_flight(most),
    )


async def examined(patient: Patient, most: int) -> AsyncIterator[Found]:
    """The findings one by one. It ends early if no run is possible."""
    for question in questions(most):
        try:
            found = await question(patient)
        except Fault as fault:
            found = Found(
                question=question.__name__.replace("_", " "), ability=_UNSURE, detail=f"{fault.kind}: {fault}"
            )
        yield found
        if found.needed and found.ability is _NOT:
            return
