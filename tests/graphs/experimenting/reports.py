"""A report of an experiment with everything that one can have: an arm without prices, one that accepted nothing, long names, and
texts that would like to be more than texts."""

from __future__ import annotations

from typing import Any

from evaluation.intervals import Figure
from evaluation.judging.shares import share_of
from graphs.calibrating.worth import KindWorth, LengthBias, RoleWorth
from graphs.experimenting.report import (
    ArmResult,
    ContrastResult,
    ExperimentReport,
    Outcome,
    RoleCost,
    Sharing,
    Sides,
    SideText,
)
from graphs.pages.lines import SideLine

LONG = "a_panel_of_three_judges_with_a_moderator"
HOSTILE = (
    '<script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    '"><style>*{display:none}</style>',
    "</style></main><h1>gone</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt; stays as it is typed",
    "https://evil.example/pixel.png",
    "left\u202eright\u2066\x1b[2J\x00\u200b",
)
"""Texts of which none may be more than text."""


def figure(value: float | None, around: float = 0.0) -> Figure:
    """A figure with an interval so far on both sides, or without one."""
    if value is None or not around:
        return Figure(value=value)
    return Figure(value=value, low=round(value - around, 6), high=round(value + around, 6))


def arm(name: str, good: float, tokens: float, *, usd: float | None = None, **more: Any) -> ArmResult:
    """An arm with these figures."""
    accepted = more.pop("accepted", 48)
    roles = (("customer", 0.2), ("agent", 0.3), ("critic", 0.25), ("verifier", 0.15), ("judge", 0.1))
    return ArmResult(
        name=name, differs=more.pop("differs", {"topology": name}), planned=60, accepted=accepted, rejected=57 - accepted,
        undecided=3, good=Figure(value=good, low=max(0.0, round(good - 0.11, 4)), high=min(1.0, round(good + 0.1, 4))) if good else figure(0.0, 0.0),
        accepted_share=figure(round(accepted / 60, 4), 0.0971 if accepted else 0.0),
        good_of_accepted=figure(round(good * 0.96, 4) if accepted else None, 0.0823 if accepted else 0.0),
        tokens=figure(tokens, tokens * 0.04), usd=figure(usd, usd * 0.04) if usd is not None else None,
        usd_for_good=figure(usd / good if good else None, 0.0021) if usd is not None else None,
        tokens_for_good=figure(round(tokens / good, 1) if good else None, 811.0 if good else 0.0), seconds=figure(tokens / 187, 2.3),
        roles=tuple(
            RoleCost(
                role=role, model="small-instruct-8b" if usd is not None else "our-own-model-without-a-price", calls=round(22 * part, 2),
                prompt_tokens=tokens * part * 0.83, completion_tokens=tokens * part * 0.17, usd=usd * part if usd is not None else None,
            )
            for role, part in roles
        ),
        failures=more.pop("failures", {"verify: values_kept": 4, "verify: private_kept": 2, "outside: natural": 6, "undecided: timeout": 3}),
        calls=1320, shared=more.pop("shared", 412), **more,
    )  # fmt: skip


def contrast(base: str, other: str, value: float | None, around: float, **more: Any) -> ContrastResult:
    """A contrast with this difference."""
    told: dict[str, Any] = {
        "base": base, "other": other, "declared": True, "difference": figure(value, around), "p": 0.0123, "adjusted": 0.0247,
        "mcnemar": 0.0136, "wins": 9, "ties": 46, "losses": 2, "briefs": 57, "clusters": 31, "tokens_ratio": 2.04, "usd_ratio": 1.87,
        "smallest": 0.137, **more,
    }  # fmt: skip
    return ContrastResult(**told)


def _sides() -> tuple[Sides, ...]:
    talk = (
        SideLine(who="customer", side="user", text="my card, please. machine kept it. bus in two hours"),
        SideLine(
            who="agent calls find_card", side="assistant", text='find_card {"last_digits": "8995"}', folded=True
        ),
        SideLine(who="find_card", side="tool", text='{"status": "kept", "machine": "M-17"}', folded=True),
        SideLine(
            who="agent", side="assistant",
            text="I have to be plain: that machine is our own machine, and a card kept by one of ours is destroyed within 2 working "
            "days and never handed back. What I can do is block it and send a new one to your address on file, free of charge.",
        ),
        SideLine(who="customer", side="user", text="destroyed?? I may be wrong, but it was only slow fingers. 8995."),
        SideLine(who="agent", side="assistant", text="Not in two hours, no. The card ending 8995 would be blocked."),
    )  # fmt: skip
    short = (
        talk[0],
        SideLine(who="agent", side="assistant", text="Your card will be handed back within 10 minutes. Anything else?"),
        SideLine(who="customer", side="user", text="שלום, זה מצוין. thank you"),
    )
    hostile = tuple(SideLine(who=text, side="user", text=text) for text in HOSTILE)
    return (
        Sides(
            brief="bank-5dc5c42202090dcd", cell={"reason": "a kept card", "language": "English"},
            texts=(
                SideText(arm="full", value=1.0, verdict="accepted", why="", lines=talk),
                SideText(arm="no_critic", value=0.0, verdict="rejected", why="verify: values_kept", lines=short),
                SideText(arm=LONG, value=None, verdict="undecided", why="undecided: timeout", lines=()),
            ),
        ),
        Sides(
            brief="bank-0cd97bb12d4fefbd", cell={"reason": HOSTILE[0], HOSTILE[1]: "x"},
            texts=(
                SideText(arm="full", value=0.0, verdict="accepted", why=HOSTILE[2], lines=hostile),
                SideText(arm="no_critic", value=1.0, verdict="accepted", why="",
                         lines=(SideLine(who="problem", side="field", text="A field of a task. " * 12),)),
            ),
        ),
    )  # fmt: skip


def whole_report(**changes: Any) -> ExperimentReport:
    """The report."""
    worth = RoleWorth(
        role="critic", kind="critic", model="small-instruct-8b", asking="", counts=True, related="qwen", pairs=53, asked=106, unread=1,
        auc=Figure(value=0.8312, low=0.7701, high=0.8856), precision=share_of(41, 53), recall=share_of(37, 53),
        specificity=share_of(44, 53), located=share_of(12, 37),
        by_kind=(
            KindWorth(kind="wrong_fact", strength="", found=share_of(19, 21), kept=share_of(44, 53), precision=share_of(19, 28)),
            KindWorth(kind="made_up", strength="mild", found=share_of(3, 8), kept=share_of(44, 53), precision=share_of(3, 12)),
        ),
        length=LengthBias(padded=Figure(value=0.1234, low=-0.05, high=0.31), words=41.5, samples=30, correlation=Figure(value=0.2)),
        flips=share_of(2, 30), prompt_tokens=911.0, completion_tokens=46.0, usd=0.000431,
    ).model_dump(mode="json")  # fmt: skip
    told: dict[str, Any] = {
        "name": "critic-trial", "question": "Does the critic earn its tokens, and would a panel of judges do better?",
        "scenario": "bank", "outcome": Outcome.JUDGE, "judge": "large-judge-120b", "clustered": "cell", "planned": 60, "whole": True,
        "arms": (
            arm("no_critic", 0.683, 9_312.0, usd=0.0041, shared=0, frontier=0.97),
            arm("full", 0.767, 18_934.0, usd=0.0083, frontier=0.81),
            arm(LONG, 0.75, 31_407.0, frontier=0.06, differs={"topology": "panel", "roles.judge.llm.model": "our-own-model-without-a-price"}),
            arm("strict_red_team", 0.0, 21_150.0, usd=0.0092, accepted=0, frontier=0.0,
                failures={"verify: private_kept": 41, "judge: natural": 16, HOSTILE[0]: 3}),
            arm("no_critic_best_of_2", 0.733, 18_702.0, usd=0.0081, added=True, frontier=0.44),
        ),
        "contrasts": (
            contrast("no_critic", "full", 0.084, 0.063),
            contrast("no_critic", LONG, 0.067, 0.112, adjusted=0.241, p=0.241, usd_ratio=None, tokens_ratio=3.37, wins=11, losses=7, ties=39),
            contrast("no_critic", "strict_red_team", -0.683, 0.101, adjusted=0.0001, p=0.0001, mcnemar=None, tokens_ratio=2.27, smallest=None),
            contrast("no_critic_best_of_2", "full", 0.034, 0.081, declared=False, adjusted=None, p=0.412, tokens_ratio=1.01, usd_ratio=1.02),
            contrast("full", LONG, None, 0.0, declared=False, adjusted=None, p=None, mcnemar=None, briefs=4, clusters=2, tokens_ratio=1.66, usd_ratio=None),
        ),
        "apart": _sides(), "held": {"seed": "0", "llm.model": "small-instruct-8b", "memory.min_distance": "0.1", "note": HOSTILE[8]},
        "sharing": Sharing(needed=6_600, made=4_543), "worth": (worth,),
        "caveats": ("The judge was not measured with these samples.", "One arm has no price, so the frontier is by tokens."),
        "command": "python -m graphs.experiment critic-trial.yaml out=critic-trial n=60",
        **changes,
    }  # fmt: skip
    return ExperimentReport(**told)
