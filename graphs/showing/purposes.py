"""What each part of a scenario's file is for, in the words that stand above it in a folder that is written out."""

from __future__ import annotations

from scenarios.schema.roles import RoleKind

HEADS: dict[str, tuple[str, ...]] = {
    "language": ("One language, or a list: then each sample is in one of them.",),
    "base_models": ("The scenario that stands in for this one if a base model speaks.",),
    "topology": ("The steps of a sample: who reads it after it was made.",),
    "axes": ("What the samples vary in: each one gets a value of every axis.",),
    "exclude": ("Values that make no sense together.",),
    "facts": ("Names and numbers that are drawn for each sample.",),
    "roles": ("Who takes part: those who write, and those who read the result and judge it.",),
    "checks": ("What is computed of each sample. A check that fails rejects it, unless it says `required: false`.",),
    "questions": ("What the verifier is asked of each sample. The right answer is yes.",),
    "rubric": ("What the judge scores, from 1 to 5. A score under 3 rejects, unless `min_score` says otherwise.",),
    "revisions": ("How often a sample may be repaired.",),
    "redraws": ("How often a message or a field may be drawn anew.",),
    "settings": ("Defaults of the command line's keys for this scenario.",),
    "demonstrations": ("Examples that prompts show.",),
    "turns": ("The turns of each dialogue.",),
    "fields": ("The texts of a sample, in the order in which they are written.",),
    "brief": ("Texts that are made for each sample before anything is written.",),
    "world": ("The world that the dialogues play in.",),
    "corpus": ("The passages that the questions come from.",),
}
OF_CONVERSATIONS: dict[str, tuple[str, ...]] = {
    "about": ("What happens in these conversations, in a sentence or two. Every prompt begins with it.",),
    "policy": (
        "What the assistant has to follow: a .md or .txt file, or the text itself. Take it out if there is none.",
    ),
    "documents": ("What the assistant may rely on.",),
    "tools": ("What the assistant can call.",),
    "conversation": ("How a conversation goes.",),
    "axes": (
        "What the conversations vary in: each one gets a value of every axis. `plan` is for the writer of the scene, `user`",
        "and `assistant` (or a role's name) for those who speak; `weight` says how often a value is wanted.",
    ),
    "facts": (
        "Names and numbers that are drawn for each conversation. What no role `knows` is material for the writer.",
    ),
    "roles": ("Who takes part: the speakers, and those who write the scene, read the result and judge it.",),
}
"""What is said otherwise, or only, in a conversation."""
ROLES = {
    "writer": "Sets the scene: what happened, what each speaker wants and knows. With `how: whole` it writes the messages, too.",
    RoleKind.CRITIC.value: "Names what has to be put right; the messages at fault are then repaired.",
    RoleKind.VERIFIER.value: "Answers the questions below.",
    RoleKind.JUDGE.value: "Scores the rubric below.",
    "moderator": "Chooses who speaks next, with `order: moderator`.",
    "ideator": "Proposes the values of axes that have `ideate`.",
}
FIELDS = {
    "how": "turns: the speakers write it message by message. whole: the writer makes it in one answer.",
    "order": "alternate, round_robin, or moderator.",
    "messages": "The least and the most messages; a template over the axes.",
    "in_a_row": "Messages that a speaker may write one after the other, if a moderator chooses.",
    "most_words": "Of a message.",
    "markup": "The assistant may write lists and other Markdown.",
    "free_figures": "Speakers may name numbers of their own: offers, examples, experiences.",
    "cites": "Citations of passages stay in the assistant's text.",
    "passages": "How many passages ground a conversation.",
    "most_of_one_document": "How many of them may be of one document.",
    "system": "The dataset has a system message.",
    "prompts": "Prompts that belong to no role: what all judges read first, what stands behind the messages, the system message.",
}
