"""Jobs in several languages, with a stand-in for a capable model that answers in them: `python benchmarks/languages.py`.

A shop's chats are made in English and German (n=20), in Japanese and in Arabic (n=4 each). The lines were written by people
who read these languages, as a good model would write them: with umlauts, capitals, quotation marks, full-width signs and
right-to-left letters. Printed are the samples, the requests, and the draws that were refused; a sound line that is refused is
a fault of the guards.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

from aiohttp import web

import colloquia

SCENARIO = """\
name: shopchat
description: A customer asks a shop where an order is.
family: dialogue
language: LANGUAGES
axes:
  article:
    - {name: lamp, English: the floor lamp, German: die Stehlampe, Japanese: フロアランプ, Arabic: المصباح الأرضي}
    - {name: kettle, English: the kettle, German: den Wasserkocher, Japanese: 電気ケトル, Arabic: غلاية الماء}
    - {name: desk, English: the desk, German: den Schreibtisch, Japanese: 勉強机, Arabic: المكتب}
    - {name: rug, English: the rug, German: den Teppich, Japanese: ラグマット, Arabic: السجادة}
    - {name: mirror, English: the mirror, German: den Spiegel, Japanese: 姿見, Arabic: المرآة}
  mood: [calm, annoyed, hurried]
facts:
  order: {pattern: '@@-####'}
  days: {choice: ['2', '3', '4', '5']}
brief:
  wish: 'find out where {{ article[language] }} is'
turns:
  - {speaker: customer, act: 'opens, {{ mood.name }}: wants to {{ wish }}', routine: true}
  - {speaker: agent, act: asks for the order number, routine: true}
  - {speaker: customer, act: 'gives the number {{ facts.order }}', must: ['{{ facts.order }}'], routine: true}
  - {speaker: agent, act: 'says that it comes in {{ facts.days }} days', must: ['{{ facts.days }}'], routine: true}
  - {speaker: customer, act: 'thanks and closes, {{ mood.name }}', routine: true}
roles:
  customer: {speaks_as: user, label: Customer, sees: [wish, article, facts, mood], prompt: &line {chat: line.jinja, transcript: line.jinja}}
  agent: {speaks_as: assistant, label: Agent, sees: [article], prompt: *line}
  verifier: {sees: [wish, facts], prompt: {chat: check.jinja, transcript: check.jinja}, answer: json}
  judge: {sees: [wish, facts], prompt: {chat: score.jinja, transcript: score.jinja}, answer: json}
topology: no_critic
checks: [turn_order, complete, must_say, facts_consistent, no_repetition, in_role, no_leak, plain_language, verifier]
questions: {settled: Does the customer learn when the order comes?}
rubric: {natural: Does it sound like people?}
"""
PROMPTS = {
    "line.jinja": "Write the next line of the {{ label }} in {{ language }}: {{ turn.act }}.\nArticle: {{ article[language] }}\n"
    "{% for line in lines %}{{ line.label }}: {{ line.text }}\n{% endfor %}",
    "check.jinja": "Check this chat: {% for line in lines %}{{ line.text }} {% endfor %}",
    "score.jinja": "Score this chat: {% for line in lines %}{{ line.text }} {% endfor %}",
}
LINES: dict[str, dict[str, list[str]]] = {
    "English": {
        "opens": ["Hi, any idea where {article} is? It was meant to be here by now…", "Hello! I’m still waiting for {article} – when’s it coming?",
                  "So… {article}. Ordered ages ago, and nothing (not even an email)."],
        "asks": ["Of course. Could you give me the order number?", "Happy to look. What’s the number on your confirmation?", "Sure! Which order number, please?"],
        "gives": ["{order}.", "It’s {order}, I think.", "One moment… here: {order}"],
        "says": ["Thanks! It’s on its way and should be with you in {days} days.", "Found it: it left our depot this morning and takes {days} days."],
        "thanks": ["Great, thank you 🙂", "Perfect. Thanks a lot!", "All right, then I’ll wait. Bye!"],
    },
    "German": {
        "opens": ["Guten Tag, wo bleibt denn {article}? Ich warte schon über eine Woche.", "Hallo, ich hätte gern gewusst, wann ich {article} bekomme.",
                  "Ich habe {article} bei Ihnen bestellt – und seitdem nichts mehr gehört."],
        "asks": ["Das schaue ich gern nach. Wie lautet Ihre Bestellnummer?", "Natürlich. Nennen Sie mir bitte die Bestellnummer aus der Bestätigung?"],
        "gives": ["Die Nummer ist {order}.", "{order} steht auf dem Beleg.", "Moment … {order}."],
        "says": ["Danke! Ihr Paket ist unterwegs und kommt in {days} Tagen bei Ihnen an.", "Gefunden: Die Sendung müsste in {days} Tagen zugestellt werden."],
        "thanks": ["Prima, vielen Dank für die schnelle Hilfe!", "Schön, dann weiß ich Bescheid. Tschüss!", "Na gut. Danke und einen schönen Tag noch."],
    },
    "Japanese": {
        "opens": ["すみません、注文した{article}がまだ届かないのですが、いつ頃になりますか？", "こんにちは。{article}の配送状況を教えていただけますか。"],
        "asks": ["かしこまりました。ご注文番号を教えていただけますでしょうか。", "お調べいたします。注文番号はお分かりになりますか？"],
        "gives": ["{order}です。", "番号は{order}だと思います。"],
        "says": ["ありがとうございます。あと{days}日でお届けできる予定です。", "確認できました。{days}日後にお手元に届く見込みです。"],
        "thanks": ["わかりました。ありがとうございます！", "助かりました。それでは待っています。"],
    },
    "Arabic": {
        "opens": ["مرحبًا، أين {article} الذي طلبته؟ لم يصلني شيء حتى الآن.", "السلام عليكم، متى سيصل طلبي ({article})؟"],
        "asks": ["بالتأكيد، هل يمكنك إعطائي رقم الطلب؟", "يسعدني أن أساعدك. ما هو رقم طلبك من فضلك؟"],
        "gives": ["رقم الطلب هو {order}.", "نعم، الرقم {order}."],
        "says": ["شكرًا لك. سيصل الطلب خلال {days} أيام.", "وجدته: الطلب في الطريق وسيصل خلال {days} أيام."],
        "thanks": ["شكرًا جزيلًا على المساعدة!", "ممتاز، سأنتظر إذن. مع السلامة."],
    },
}  # fmt: skip


def answer(prompt: str, asked: int) -> str:
    """What a model that knows the language says."""
    if prompt.startswith("Check"):
        return '{"settled": true, "reason": ""}'
    if prompt.startswith("Score"):
        return '{"scores": {"natural": 5}}'
    act = re.search(r" in (\w+): (\w+)", prompt)
    assert act is not None
    lines = LINES[act[1]][act[2]]
    chosen = lines[(hashlib.sha256(prompt.encode()).digest()[0] + asked) % len(lines)]
    order, days = re.search(r"[A-Z]{2}-\d{4}", prompt), re.search(r"in (\d) days", prompt)
    article = re.search(r"^Article: (.*)$", prompt, re.MULTILINE)
    assert article is not None
    return chosen.format(article=article[1], order=order[0] if order else "", days=days[1] if days else "")


async def _answer(request: web.Request) -> web.Response:
    body = await request.json()
    text = answer(body["messages"][0]["content"], len(body["messages"]) // 2)
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    return web.json_response({"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage})


async def measured(languages: str, n: int, address: str) -> str:
    """One job, in a line."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "shopchat"
        folder.mkdir()
        (folder / "scenario.yaml").write_text(SCENARIO.replace("LANGUAGES", languages), encoding="utf-8")
        for name, text in PROMPTS.items():
            (folder / name).write_text(text, encoding="utf-8")
        result = await colloquia.arun(
            str(folder / "scenario.yaml"), n=n, out=f"{home}/run", llm={"base_url": address, "model": "stand-in"},
            memory={"path": f"{home}/memory", "min_distance": 0},
        )  # fmt: skip
        found = result.summary
        shown = json.dumps(found["refused_draws"]["by_check"], ensure_ascii=False)
        return (
            f"{languages}: {found['accepted']} of {n} accepted, {found['rejected']} rejected, {found['requests']} requests, "
            f"{found['refused_draws']['draws']} draws refused {shown if found['refused_draws']['draws'] else ''}"
        )


async def _main() -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    for languages, n in (("[English, German]", 20), ("Japanese", 4), ("Arabic", 4)):
        print(await measured(languages, n, address), flush=True)
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
