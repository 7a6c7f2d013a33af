"""What reaches the data of a model's text: its speech alone; and sound text that mentions marks reaches it whole."""

from __future__ import annotations

import json

import pytest

from agents.models.calls import Answer
from agents.models.endpoint.failures import FailedRequest
from agents.models.endpoint.replies import Reply, read
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.wire import Wire
from agents.models.faults import FaultKind
from tests.helpers import a_call, a_tool

CHAT = Wire("http://127.0.0.1:9/v1", "")._chat(a_call().model)
TOOLS = (a_tool("look"), a_tool("lend"))
SAID = "Your parcel leaves on Friday."
WHY = "The user wants a date. I will say Friday"


def reading(text: str, **changes: object) -> Answer | FailedRequest:
    """Read a completion with this text."""
    body = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    return read(Reply(200, json.dumps(body).encode()), a_call(**changes), Secret(""), CHAT.text_of)


def text_of(text: str) -> str:
    """What is said, or the kind of fault."""
    found = reading(text)
    return found.text if isinstance(found, Answer) else f"({found.kind})"


PAIRS = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<thought>", "</thought>"), ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"), ("<scratchpad>", "</scratchpad>"), ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"),
("<seed:think>", "</seed:think>"), ("<mm:think>", "</mm:think>"), ("<antThinking>", "</antThinking>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"), ("<|START_THINKING|>", "<|END_THINKING|>"), ("<|think|>", "<|/think|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"), ("<unused94>thought\n", "<unused95>"), ("<|channel>thought\n", "<channel|>"),
    ('<think effort="high">', "</think>"), ("<THINK>", "</THINK>"), ("<|thinking|>", "<|end_thinking|>"),
]  # fmt: skip
ENDS = [
    "<|im_end|>", "<|eot_id|>", "</s>", "<end_of_turn>", "[/INST]", "<|end|>", "<｜end▁of▁sentence｜>", "<|endoftext|>",
    "<|end_of_text|>", "<eos>", "<|eom_id|>", "<|END_OF_TURN_TOKEN|>", "<|return|>", "<|end_of_turn|>", "<|endofturn|>",
    "<|eos|>", "<|end_of_role|>", "<｜User｜>", "<|user|>", "<|im_sep|>", "<turn|>", "<|header_start|>user<|header_end|>",
]  # fmt: skip
NEXT = [
    "\nUser: And on Monday?", "\n\nUser: And on Monday?\nAssistant: Yes.", "\nHuman: Thanks.", "\n\nHUMAN: Thanks.",
    "<|im_end|>\n<|im_start|>user\nAnd on Monday?", "<|im_start|>user\nAnd on Monday?", "<|eot_id|><|start_header_id|>user",
    "</s><s>[INST] And on Monday? [/INST]", "<end_of_turn>\n<start_of_turn>user\nAnd?", "\n### Human: And?", "\n\n**User:** And?",
    "\nuser\nAnd on Monday?\nassistant\nYes.", "assistant\n\nYes, on Friday.", "\nAssistant: Yes, on Friday.", "\n### User: And?",
    "<｜User｜>And on Monday?<｜Assistant｜>Yes.", "\n### Instruction:\nAnd?\n### Response:\nYes.", " [INST] And? [/INST]",
]  # fmt: skip
BEFORE = [
    "<|im_start|>assistant\n", "<|start_header_id|>assistant<|end_header_id|>\n\n", "<start_of_turn>model\n", "<s>", "<bos>",
    "<|assistant|>\n", "[/INST] ", "<｜Assistant｜>", "<|begin_of_text|>", "assistant\n\n", "<|start_of_role|>assistant<|end_of_role|>",
]  # fmt: skip
OTHER_REASONING = [
    f"<|channel|>analysis<|message|>{WHY}.<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
    f"<|start|>assistant<|channel|>analysis<|message|>{WHY}.<|end|><|start|>assistant<|channel|>final<|message|>{SAID}",
    f"analysis{WHY}.assistantfinal{SAID}",
    f"commentary{WHY}.assistantfinal{SAID}",
    f"commentary{SAID}",
    f"commentary\n{SAID}",
    f"assistantfinal{SAID}",
    f"<analysis>{WHY}</analysis>\n{SAID}",
    f"<analysis>\n{WHY}\n</analysis>\n<final>{SAID}</final>",
    f"**Thinking:** {WHY}.\n\n**Answer:** {SAID}",
    f"**Thinking**:\n{WHY}.\n\n**Response**:\n{SAID}",
    f"### Thought process\n{WHY}.\n\n### Final answer\n{SAID}",
    f"analysisThe user wants a date.assistantfinal{SAID}",
    f"Here is my thought process: {WHY}.\n\nHere is my response:\n\n{SAID}",
    f"Thinking...\n{WHY}.\n...done thinking.\n\n{SAID}",
    f'<details type="reasoning" done="true">\n<summary>Thought for 2 s</summary>\n{WHY}\n</details>\n{SAID}',
    f"<|begin_of_thought|>{WHY}<|end_of_thought|><|begin_of_solution|>{SAID}<|end_of_solution|>",
    f"<|START_THINKING|>{WHY}<|END_THINKING|><|START_RESPONSE|>{SAID}<|END_RESPONSE|>",
    f"<think>{WHY}</think>\n<answer>{SAID}</answer>",
    f"<think>{WHY}</think><response>\n{SAID}\n</response>",
    f"<think>```python\nx = 1\n</think>{SAID}",
    f"<think>{WHY} `x`</think>{SAID}<think>{WHY}</think>",
    f"<thinking>{WHY}<reflection>hm</reflection></thinking>{SAID}",
    f"<|im_start|>assistant\n<think>\n{WHY}\n</think>\n\n{SAID}<|im_end|>",
]
CALL = '{"name": "look", "arguments": {"id": "1"}}'
CALLS = [
    f"<tool_call>{CALL}</tool_call>", f"<tool_call>\n{CALL}\n</tool_call>\n<|im_end|>", f"[TOOL_CALLS] [{CALL}]",
    f"[TOOL_CALLS][{CALL}]</s>", '[TOOL_CALLS]look[ARGS]{"id": "1"}', '[TOOL_CALLS]look{"id": "1"}',
    '<function=look>{"id": "1"}</function>', "<function=look>\n<parameter=id>\n1\n</parameter>\n</function>",
    "<tool_call>\n<function=look>\n<parameter=id>\n1\n</parameter>\n</function>\n</tool_call>",
    "<tool_call>look\n<arg_key>id</arg_key>\n<arg_value>1</arg_value>\n</tool_call>",
    '```tool_code\nlook(id="1")\n```', '```tool_code\nprint(look(id="1"))\n```', f"```tool_call\n{CALL}\n```",
    '<|python_tag|>{"name": "look", "parameters": {"id": "1"}}', '<|python_tag|>look.call(id="1")<|eom_id|>',
    f"<|tool_call|>[{CALL}]", f"<|tool_call|>{CALL}<|/tool_call|>", f"<functioncall>{CALL}</functioncall>",
    f"<function_call>{CALL}</function_call>", f"<TOOLCALL>[{CALL}]</TOOLCALL>", f"functools[{CALL}]",
    '<function_calls>\n<invoke name="look">\n<parameter name="id">1</parameter>\n</invoke>\n</function_calls>',
    '<minimax:tool_call>\n<invoke name="look">\n<parameter name="id">1</parameter>\n</invoke>\n</minimax:tool_call>',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>look\n```json\n{"id": "1"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>look<｜tool▁sep｜>{"id": "1"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.look:0<|tool_call_argument_begin|>{"id": "1"}<|tool_call_end|>'
    "<|tool_calls_section_end|>",
    '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "look", "parameters": {"id": "1"}}]<|END_ACTION|>',
    '<|action_start|><|plugin|>{"name": "look", "parameters": {"id": "1"}}<|action_end|>',
    '<|tool_call_start|>[look(id="1")]<|tool_call_end|>', '✿FUNCTION✿: look\n✿ARGS✿: {"id": "1"}',
    '<|channel|>analysis<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.look '
    '<|constrain|>json<|message|>{"id": "1"}<|call|>',
    "<seed:tool_call><function=look><parameter=id>1</parameter></function></seed:tool_call>",
    '<|channel|>commentary to=functions.look <|constrain|>json<|message|>{"id": "1"}',
]  # fmt: skip
BARE_CALLS = [
    CALL, f"[{CALL}]", '[look(id="1")]', 'look(id="1")', '{"name": "look", "parameters": {"id": "1"}}', f"```json\n{CALL}\n```",
    f'{{"type": "function", "function": {CALL}}}',
]  # fmt: skip

MORE = [
    f"[gMASK]<sop><|assistant|>\n{SAID}<|user|>", f"<|begin_of_box|>{SAID}<|end_of_box|>", f"{SAID}<unk>", f"<pad>{SAID}",
    f"<extra_id_0> {SAID}", f"{SAID}<reserved_106>", f"{SAID}\n\nuser: And?\nassistant: Yes.",
    f"<internal_thoughts>{WHY}</internal_thoughts>{SAID}", f"<thought_process>{WHY}</thought_process>{SAID}",
    f"<chain_of_thought>{WHY}</chain_of_thought>{SAID}", f"<cot>{WHY}</cot>{SAID}",
    f"<inner_monologue>{WHY}</inner_monologue>{SAID}", f"<|reasoning_start|>{WHY}<|reasoning_end|>{SAID}",
    f"{SAID}<|observation|>", f"{SAID}\n\n<|im_start|>assistant\nMore.", f"<think>\n\n</think>\n\n{SAID}", f"{SAID}</s></s></s>",
]  # fmt: skip
LEAKS = [
    *MORE,
    *(f"{opens}{WHY}.{closes}{SAID}" for opens, closes in PAIRS),
    *(f"{opens}\n{WHY}.\n{closes}\n\n{SAID}" for opens, closes in PAIRS),
    *(f"{WHY}.\n{closes}\n\n{SAID}" for _, closes in PAIRS),
    *(f"{SAID}\n{opens}{WHY}" for opens, _ in PAIRS),
    *OTHER_REASONING,
    *(f"{SAID}{end}" for end in ENDS),
    *(f"{SAID} {end}\n" for end in ENDS),
    *(SAID + after for after in NEXT),
    *(before + SAID for before in BEFORE),
    f"<s>{SAID}</s>", f"<s> {SAID} </s>", f"[INST]{SAID}"[6:] + "[INST]",
    *(f"{SAID}\n{call}" for call in CALLS),
]  # fmt: skip


@pytest.mark.parametrize("text", LEAKS)
def test_what_is_no_speech_reaches_no_data(text: str) -> None:
    assert text_of(text) == SAID


@pytest.mark.parametrize("opens", [opens for opens, _ in PAIRS])
def test_what_is_reasoning_to_its_end_says_nothing(opens: str) -> None:
    assert text_of(f"{opens}{WHY}, and so on") == "(silent)"


@pytest.mark.parametrize(
    "text", ["<|channel|>analysis<|message|>The user", "<|channel|>analysis", "analysisThe user wants"]
)
def test_a_channel_that_is_never_left_says_nothing(text: str) -> None:
    assert text_of(text) == "(silent)"


UNSURE = [
    "I was<think>The user wants a date",
    "The user wants a date. So I will say it now </think> it leaves on Friday.",
    "<tool_call>broken</tool_call>",
    f"{SAID}\n<tool_call>",
    "<|python_tag|>import os; os.getcwd()",
    "[TOOL_CALLS] nothing",
    "```tool_code\nx = 1\n```",
]


@pytest.mark.parametrize("text", UNSURE)
def test_what_cannot_be_told_from_speech_is_refused_with_the_parser_named(text: str) -> None:
    found = reading(text)
    assert isinstance(found, FailedRequest)
    assert found.kind is FaultKind.UNPARSED
    assert "--reasoning-parser" in found.text


@pytest.mark.parametrize("text", [*CALLS, *BARE_CALLS, *(f"<think>{WHY}</think>\n{call}" for call in CALLS)])
def test_calls_of_tools_in_the_text_are_calls(text: str) -> None:
    found = reading(text, tools=TOOLS)
    assert isinstance(found, Answer), found
    assert [each.name for each in found.tool_calls] == ["look"]
    assert json.loads(found.tool_calls[0].arguments)["id"] in {"1", 1}
    assert found.text == ""


@pytest.mark.parametrize("text", [f"I look.\n{call}" for call in CALLS if "analysis" not in call])
def test_words_beside_a_call_stay(text: str) -> None:
    found = reading(text, tools=TOOLS)
    assert isinstance(found, Answer), found
    assert (found.text, len(found.tool_calls)) == ("I look.", 1)


SOUND = [
    "Think about it: the parcel leaves on Friday.",
    "a < b and c > d, so a < d.",
    "I <3 this shop!",
    "Use `<think>` and `</think>` around your reasoning.",
    "The <think> tag opens the reasoning and the </think> tag closes it.",
    "Put your steps between <think> and </think>.",
    "Models such as DeepSeek write <think> tags before they answer.",
    "The token </s> ends a sequence in Llama 2.",
    "Special tokens: <|im_start|>, <|im_end|>, </s>.",
    "ChatML uses <|im_start|> and <|im_end|> around each turn.",
    'Replace "<|im_end|>" with a newline before you train.',
    "Was <s>40 euros</s> now 30 euros.",
    "<s>Old price</s> The new price is 30 euros.",
    "<p>Hello <b>world</b></p>",
    "```html\n<think>not a tag</think>\n<s>old</s>\n```",
    "```python\ntext = text.replace('</think>', '')\nprint(text.split('<|im_end|>')[0])\n```",
    "text = text.split('</think>')[-1]",
    'stop = ["</s>", "<|eot_id|>"]',
    "def strip(t):\n    return t.replace('<|endoftext|>', '')",
    "[thinking] Well, I suppose that would do.",
    "[Thinking] Hm. [He sits down.] All right.",
    "(thinking) Perhaps on Friday.",
    "I was thinking <b>Friday</b> would do.",
    "My reasoning is simple: it is cheaper.",
    "Reasoning: the train is faster.\n\nAnswer: take the train.",
    "Analysis of the results shows a trend.",
    "analysis of variance is a test.",
    "The analysis was final.",
    "Assistant managers earn more.",
    "The user wants to cancel the order.",
    "User: the person who logs in. Admin: the one who sets things up.",
    "Host: example.com\nUser: admin\nPort: 22",
    "Here is a dialogue:\n\nUser: Hi.\nAssistant: Hello, what can I do for you?\nUser: Nothing.",
    "User: Hi.\nAssistant: Hello.",
    "Fill in the form as follows:\nUser: your name\nPassword: your password",
    "name: Bob\nuser: bob1\nrole: admin",
    "The roles are:\n- user\n- assistant\n- system",
    "human beings need sleep.\nmodel trains are a hobby.",
    "Take these steps:\n1. Open the lid.\n2. Press the button.",
    "### Instructions:\n1. Mix.\n2. Bake.",
    "### Response\n200 OK with a body.",
    'Call the function `look(id="1")` to see the book.',
    'To call it: <function name="x">',
    "The tool_call field holds the calls.",
    "Use functools.partial to fix an argument.",
    "from functools import lru_cache",
    '{"name": "Lucia", "order": "QP-3655"}',
    '[{"name": "a"}, {"name": "b"}]',
    "[1, 2, 3]",
    'The list [INST] is not used; write "[INST]" in quotes.',
    "In HTML, <s> strikes text out and </s> ends it.",
    "List<String> names = new ArrayList<>();",
    "std::vector<int> v; if (a<b && c>d) return;",
    "x |> f <| y",
    "a <|> b is an alternative in Haskell.",
    "let g = f <| x |> h",
    "The answer is <answer>42</answer>.",
    "<answer>42</answer>",
    "<response><code>200</code></response>",
    "<solution>x = 3</solution>",
    "<details><summary>More</summary>Text</details>",
    "<analysis>Sales rose.</analysis>",
    "<note>Remember: Friday.</note>",
    "Final answer: 42",
    "Here is my response: yes, gladly.",
    "Thinking... all right, Friday it is.",
    "Thought for the day: be kind.",
    "Ünïcode ◁ and ▷ are triangles.",
    "早上好，您的包裹星期五发出。",
    "السلام عليكم، يغادر طردك يوم الجمعة.",
    "Quote: “Think before you speak.”",
    "</div> closes the block.",
    "The closing tag is </p>.",
    "Use [/b] to end bold text in BBCode, as in [b]this[/b].",
    "[quote]Hello[/quote] he said.",
    "Dear Sir,\n\nThank you.\n\nKind regards,\nThe Assistant Manager",
    "Q: Who is the user?\nA: The one who pays.",
    "Customer: Hello.\nAgent: Good morning.",
    'He said: "User: unknown" was on the screen.',
    "The error reads `User: not found`.",
    "Note: the assistant answers on Monday.",
    "SELECT * FROM user\nWHERE id < 3 AND id > 1",
    "<xml><user>bob</user><model>x</model></xml>",
    "if (x <= y) { return [x, y]; }",
    "The regex <[^>]+> matches a tag.",
    "I think </b> is missing.",
    "Math: 3 < 5 and [0, 1] is closed.",
    "Emoji <3 and :-] are fun.",
    "Act as the user <user@example.org> would.",
    "Press <Enter> and then <Ctrl>+<C>.",
    "Type <your name> here.",
    "See [TODO] and [1] for more.",
    "[Assistant] is the role's name.",
    "Tokens like <pad>, <bos> and <eos> are added by the tokenizer.",
    "An <eos> token is added at the end of each sequence.",
    "What does </think> mean? It ends the reasoning of a model.",
    "Templates: `<start_of_turn>user` and `<end_of_turn>`.",
    "The Mistral template is `[INST] question [/INST] answer</s>`.",
    "~~~\n<|im_start|>user\nhi<|im_end|>\n~~~",
    "It was tagged “<reasoning>” in the file.",
    "Weather: sunny. Action: go out.",
    "model\n- a\n- b",
    "Name: Ada\nUser: ada\nShell: bash",
    "Text.\n\nuser: admin\npassword: none",
    "Hermes wraps calls in <tool_call> and </tool_call> tags.",
    "Do not print </think>.",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_that_mentions_marks_stays_word_for_word(text: str) -> None:
    assert text_of(text) == text
    found = reading(text, tools=TOOLS)
    assert isinstance(found, Answer)
    assert (found.text, found.tool_calls) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        f"**Thinking:** {WHY}.\n\n{SAID}",
        f"## Thinking\n{WHY}.\n{SAID}",
        f"**Thinking:** {WHY}.\n\n**Answer:** no.\n\n**Answer:** {SAID}",
        "commentary to=functions.look json{}",
        f"<analysis>{WHY}. {SAID}",
    ],
)
def test_a_draw_is_refused_if_nothing_says_where_its_reasoning_ends(text: str) -> None:
    assert isinstance(reading(text), FailedRequest)


@pytest.mark.parametrize(
    "text",
    [
        "Thinking: that is what I do all day.", "**Thinking ahead:** book early.", "Final offers are listed below.",
        "Commentary on the match begins at nine.", "final decision: Friday", "**Answer:** Friday.", "# Thinking in systems\nA book.",
        "commentary is free", "What does <analysis> mean?",
    ],
)  # fmt: skip
def test_words_that_only_sound_like_reasoning_stay(text: str) -> None:
    assert text_of(text) == text
