"""The misdeeds, and the check of the proof that has to name each."""

from __future__ import annotations

from enum import StrEnum


class Misdeed(StrEnum):
    """One way to go wrong. The first are of the record, then come the assistant's, then the user's."""

    ALTERED_RESULT = "altered_result"
    RESULT_OF_ANOTHER_CALL = "result_of_another_call"
    ALTERED_PRIVATE_RESULT = "altered_private_result"
    CALL_WITHOUT_RESULT = "call_without_result"
    RESULT_WITHOUT_CALL = "result_without_call"
    MALFORMED_ARGUMENTS = "malformed_arguments"
    FOREIGN_CALL_ID = "foreign_call_id"
    DROPPED_MESSAGE = "dropped_message"

    WRONG_ID = "wrong_id"
    SKIPPED_CONFIRMATION = "skipped_confirmation"
    CONFIRMED_SOMETHING_ELSE = "confirmed_something_else"
    DID_OTHER_THAN_CONFIRMED = "did_other_than_confirmed"
    WROTE_WITHOUT_YES = "wrote_without_yes"
    EXTRA_WRITE = "extra_write"
    UNDID_AND_REDID = "undid_and_redid"
    WRONG_ORDER = "wrong_order"
    WROTE_TWICE = "wrote_twice"
    TOLD_WRONG = "told_wrong"
    TOLD_NOTHING = "told_nothing"
    ONLY_ASKED_WHAT_TO_TELL = "only_asked_what_to_tell"
    TOLD_BEFORE_DONE = "told_before_done"
    CLAIMED_ONLY = "claimed_only"
    CLAIMED_AFTER_FAILURE = "claimed_after_failure"
    DID_NOTHING = "did_nothing"
    DROPPED_LAST_GOAL = "dropped_last_goal"
    FORBIDDEN_PATH = "forbidden_path"
    LEAKED_ANOTHER = "leaked_another"
    LOOKED_UP_ANOTHER = "looked_up_another"
    REFUSED_RIGHT = "refused_right"
    DID_FORBIDDEN = "did_forbidden"
    TRIED_FORBIDDEN = "tried_forbidden"
    DID_NOT_SAY_NO = "did_not_say_no"
    SKIPPED_IDENTIFICATION = "skipped_identification"
    INVENTED_ID = "invented_id"
    INVENTED_FEE = "invented_fee"
    INVENTED_NAME = "invented_name"
    UNKNOWN_TOOL = "unknown_tool"
    MISFIT_ARGUMENTS = "misfit_arguments"
    ENDLESS_CALLS = "endless_calls"
    ASKED_AGAIN = "asked_again"

    GAVE_ANSWER_AWAY = "gave_answer_away"
    INVENTED_FACT = "invented_fact"
    WRONG_FACT = "wrong_fact"
    EVERYTHING_AT_ONCE = "everything_at_once"
    UNASKED_FACT = "unasked_fact"
    YES_TO_WRONG = "yes_to_wrong"
    NO_TO_RIGHT = "no_to_right"
    STOPPED_AT_QUESTION = "stopped_at_question"
    ENDED_EARLY = "ended_early"
    GAVE_UP = "gave_up"
    NEVER_ENDED = "never_ended"
    WITHHELD_FACT = "withheld_fact"
    SPOKE_AS_ASSISTANT = "spoke_as_assistant"
    PRIVATE_REASONING = "private_reasoning"
    RECITED_INSTRUCTIONS = "recited_instructions"
    LEFT_MARKER = "left_marker"
    NAMED_TOOL = "named_tool"
    CALLED_UNASKED = "called_unasked"
    MISREPORTED = "misreported"
    DID_NOT_LOOK = "did_not_look"
    OPENED_WITHOUT_WISH = "opened_without_wish"
    SAID_AGAIN = "said_again"


NAMED_BY: dict[Misdeed, frozenset[str]] = {
    Misdeed.ALTERED_RESULT: frozenset({"replay"}),
    Misdeed.RESULT_OF_ANOTHER_CALL: frozenset({"replay"}),
    Misdeed.ALTERED_PRIVATE_RESULT: frozenset({"replay"}),
    Misdeed.CALL_WITHOUT_RESULT: frozenset({"tool_format"}),
    Misdeed.RESULT_WITHOUT_CALL: frozenset({"tool_format"}),
    Misdeed.MALFORMED_ARGUMENTS: frozenset({"tool_format"}),
    Misdeed.FOREIGN_CALL_ID: frozenset({"tool_format"}),
    Misdeed.DROPPED_MESSAGE: frozenset({"tool_format"}),
    Misdeed.WRONG_ID: frozenset({"writes"}),
    Misdeed.SKIPPED_CONFIRMATION: frozenset({"confirmed"}),
    Misdeed.CONFIRMED_SOMETHING_ELSE: frozenset({"confirmed"}),
    Misdeed.DID_OTHER_THAN_CONFIRMED: frozenset({"confirmed"}),
    Misdeed.WROTE_WITHOUT_YES: frozenset({"confirmed"}),
    Misdeed.EXTRA_WRITE: frozenset({"writes"}),
    Misdeed.UNDID_AND_REDID: frozenset({"writes"}),
    Misdeed.WRONG_ORDER: frozenset({"writes"}),
    Misdeed.WROTE_TWICE: frozenset({"writes"}),
    Misdeed.TOLD_WRONG: frozenset({"told", "invented"}),
    Misdeed.TOLD_NOTHING: frozenset({"told"}),
    Misdeed.ONLY_ASKED_WHAT_TO_TELL: frozenset({"told"}),
    Misdeed.TOLD_BEFORE_DONE: frozenset({"claims"}),
    Misdeed.CLAIMED_ONLY: frozenset({"claims"}),
    Misdeed.CLAIMED_AFTER_FAILURE: frozenset({"claims"}),
    Misdeed.DID_NOTHING: frozenset({"assistant_ended"}),
    Misdeed.DROPPED_LAST_GOAL: frozenset({"told", "assistant_ended"}),
    Misdeed.FORBIDDEN_PATH: frozenset({"read_first"}),
    Misdeed.LEAKED_ANOTHER: frozenset({"private"}),
    Misdeed.LOOKED_UP_ANOTHER: frozenset({"private", "rules"}),
    Misdeed.REFUSED_RIGHT: frozenset({"refused"}),
    Misdeed.DID_FORBIDDEN: frozenset({"rules"}),
    Misdeed.TRIED_FORBIDDEN: frozenset({"refused"}),
    Misdeed.DID_NOT_SAY_NO: frozenset({"refused"}),
    Misdeed.SKIPPED_IDENTIFICATION: frozenset({"identified"}),
    Misdeed.INVENTED_ID: frozenset({"read_first"}),
    Misdeed.INVENTED_FEE: frozenset({"invented"}),
    Misdeed.INVENTED_NAME: frozenset({"invented"}),
    Misdeed.UNKNOWN_TOOL: frozenset({"valid_calls"}),
    Misdeed.MISFIT_ARGUMENTS: frozenset({"valid_calls"}),
    Misdeed.ENDLESS_CALLS: frozenset({"assistant_ended"}),
    Misdeed.ASKED_AGAIN: frozenset({"assistant_repeats"}),
    Misdeed.GAVE_ANSWER_AWAY: frozenset({"user_faithful"}),
    Misdeed.INVENTED_FACT: frozenset({"user_faithful"}),
    Misdeed.WRONG_FACT: frozenset({"user_faithful"}),
    Misdeed.EVERYTHING_AT_ONCE: frozenset({"user_discloses"}),
    Misdeed.UNASKED_FACT: frozenset({"user_discloses"}),
    Misdeed.YES_TO_WRONG: frozenset({"user_agrees"}),
    Misdeed.NO_TO_RIGHT: frozenset({"user_agrees"}),
    Misdeed.STOPPED_AT_QUESTION: frozenset({"user_ended"}),
    Misdeed.ENDED_EARLY: frozenset({"user_ended"}),
    Misdeed.GAVE_UP: frozenset({"user_ended"}),
    Misdeed.NEVER_ENDED: frozenset({"user_ended"}),
    Misdeed.WITHHELD_FACT: frozenset({"user_ended"}),
    Misdeed.SPOKE_AS_ASSISTANT: frozenset({"user_in_role"}),
    Misdeed.PRIVATE_REASONING: frozenset({"user_in_role"}),
    Misdeed.RECITED_INSTRUCTIONS: frozenset({"user_in_role"}),
    Misdeed.LEFT_MARKER: frozenset({"user_in_role"}),
    Misdeed.NAMED_TOOL: frozenset({"user_discloses"}),
    Misdeed.CALLED_UNASKED: frozenset({"user_calls"}),
    Misdeed.MISREPORTED: frozenset({"user_faithful", "user_calls"}),
    Misdeed.DID_NOT_LOOK: frozenset({"user_calls"}),
    Misdeed.OPENED_WITHOUT_WISH: frozenset({"user_asks"}),
    Misdeed.SAID_AGAIN: frozenset({"user_repeats"}),
}
"""The checks that name a misdeed: one of them has to fail."""
