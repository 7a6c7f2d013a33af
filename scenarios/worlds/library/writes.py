"""What the desk of the library changes. What these tools do not refuse, the policy may forbid all the same."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.library.arguments import ChangeEmail, MoveHold, OfFine, OfHold, OfLoan, PlaceHold
from scenarios.worlds.library.reads import member_of
from scenarios.worlds.library.state import (
    LATEST_RENEWAL,
    MOST_HOLDS,
    PERIOD,
    Ended,
    Fine,
    Hold,
    Library,
    Loan,
    Settled,
    day,
    held_by,
    hold_id,
    ordinal,
    owed,
    queue,
    title_of,
)
from scenarios.worlds.wording import money
from scenarios.worlds.world import Access, Refused, Tool


def _loan(state: Library, id_: str) -> Loan:
    loan = state.loans.get(id_)
    if loan is None or loan.ended is not Ended.OPEN:
        raise Refused(f"there is no open loan {id_}")
    return loan


def _not_blocked(state: Library, id_: str) -> None:
    if state.members[id_].blocked:
        raise Refused("the card is blocked until no fine is open")


def _renew_loan(state: Library, given: OfLoan) -> Any:
    loan = _loan(state, given.loan)
    _not_blocked(state, loan.member)
    late = state.today - loan.due
    if late > LATEST_RENEWAL:
        raise Refused(f"the loan is {late} days overdue; more than {LATEST_RENEWAL} days overdue it cannot be renewed")
    due = max(loan.due, state.today) + PERIOD
    if due > 365:
        raise Refused("no loan can be renewed into the next year")
    loan.due = due
    loan.renewals += 1
    title = state.titles[title_of(state, loan)].name
    return {"loan": given.loan, "title": title, "due": day(loan.due), "renewals": loan.renewals}


def _place_hold(state: Library, given: PlaceHold) -> Any:
    member_of(state, given.member)
    if given.title not in state.titles:
        raise Refused(f"there is no title {given.title}")
    _not_blocked(state, given.member)
    id_ = hold_id(given.member, given.title)
    if id_ in state.holds:
        raise Refused(f"there is a hold on {given.title} already: {id_}")
    if any(
        loan.member == given.member and loan.ended is Ended.OPEN and title_of(state, loan) == given.title
        for loan in state.loans.values()
    ):
        raise Refused(f"{given.title} is on loan to the member")
    if held_by(state, given.member) >= MOST_HOLDS:
        raise Refused(f"the member has {MOST_HOLDS} holds, which is the most")
    state.holds[id_] = Hold(member=given.member, title=given.title, branch=given.branch, since=state.today)
    return {
        "hold": id_,
        "title": state.titles[given.title].name,
        "pick_up": given.branch,
        "place_in_queue": ordinal(queue(state, given.title).index(id_) + 1),
    }


def _hold(state: Library, id_: str) -> Hold:
    if id_ not in state.holds:
        raise Refused(f"there is no hold {id_}")
    return state.holds[id_]


def _cancel_hold(state: Library, given: OfHold) -> Any:
    hold = _hold(state, given.hold)
    del state.holds[given.hold]
    return {"cancelled": given.hold, "title": state.titles[hold.title].name}


def _move_hold(state: Library, given: MoveHold) -> Any:
    hold = _hold(state, given.hold)
    if hold.ready:
        raise Refused(f"a copy is ready at {hold.branch}; the pick-up branch can no longer be changed")
    hold.branch = given.branch
    return {"hold": given.hold, "title": state.titles[hold.title].name, "pick_up": given.branch}


def _fine(state: Library, id_: str) -> Fine:
    fine = state.fines.get(id_)
    if fine is None or fine.settled is not Settled.OPEN:
        raise Refused(f"there is no open fine {id_}")
    return fine


def _settle(state: Library, fine: Fine, how: Settled) -> Any:
    fine.settled = how
    member = state.members[fine.member]
    left = owed(state, fine.member)
    member.blocked = member.blocked and left > 0
    return {"amount": money(fine.amount), "open_fines": money(left), "credit": money(member.credit)}


def _pay_fine(state: Library, given: OfFine) -> Any:
    fine = _fine(state, given.fine)
    member = state.members[fine.member]
    if member.credit < fine.amount:
        raise Refused(f"the credit of {money(member.credit)} does not cover the fine of {money(fine.amount)}")
    member.credit -= fine.amount
    return {"paid": given.fine, **_settle(state, fine, Settled.PAID)}


def _waive_fine(state: Library, given: OfFine) -> Any:
    fine = _fine(state, given.fine)
    state.members[fine.member].waived_on = state.today
    return {"waived": given.fine, **_settle(state, fine, Settled.WAIVED)}


def _mark_returned(state: Library, given: OfLoan) -> Any:
    loan = _loan(state, given.loan)
    loan.ended = Ended.RETURNED
    return {"returned": given.loan, "title": state.titles[title_of(state, loan)].name}


def _report_lost(state: Library, given: OfLoan) -> Any:
    loan = _loan(state, given.loan)
    loan.ended = Ended.LOST
    copy = state.copies[loan.copy_id]
    copy.lost, copy.stands = True, False
    price = state.titles[copy.title].price
    id_ = given.loan.replace("L-", "F-")
    state.fines[id_] = Fine(member=loan.member, title=copy.title, reason="lost copy", amount=price, since=state.today)
    return {"lost": given.loan, "title": state.titles[copy.title].name, "fine": id_, "amount": money(price)}


def _change_email(state: Library, given: ChangeEmail) -> Any:
    member_of(state, given.member).email = given.email
    return {"member": given.member, "email": given.email}


WRITES = (
    Tool(
        "renew_loan", "Renew a loan for 21 days.", OfLoan, _renew_loan, Access.WRITE,
        proposal="renew loan {loan}", claims=("have renewed", "has been renewed", "is renewed now"),
    ),
    Tool(
        "place_hold", "Put a member in the queue for a title, to be picked up at a branch.",
        PlaceHold, _place_hold, Access.WRITE, proposal="place a hold on {title} for pick-up at {branch}",
        claims=("have placed", "has been placed", "have put you"),
    ),
    Tool(
        "cancel_hold", "Take a member out of the queue for a title.", OfHold, _cancel_hold, Access.WRITE,
        proposal="cancel hold {hold}", claims=("have cancelled", "has been cancelled", "is cancelled now"),
    ),
    Tool(
        "move_hold", "Change the branch where a hold is picked up.", MoveHold, _move_hold, Access.WRITE,
        proposal="change the pick-up branch of hold {hold} to {branch}",
        claims=("have changed the pick-up", "has been changed to", "have moved"),
    ),
    Tool(
        "pay_fine", "Pay a fine in full from the member's credit.", OfFine, _pay_fine, Access.WRITE,
        proposal="pay fine {fine} from your credit", claims=("have paid", "has been paid", "is paid now"),
    ),
    Tool(
        "waive_fine", "Waive a fine.", OfFine, _waive_fine, Access.WRITE,
        proposal="waive fine {fine}", claims=("have waived", "has been waived", "is waived now"),
    ),
    Tool(
        "mark_returned", "Close a loan whose copy has come back.", OfLoan, _mark_returned, Access.WRITE,
        proposal="mark loan {loan} as returned", claims=("have marked", "has been marked", "is marked as returned"),
    ),
    Tool(
        "report_lost", "Close a loan whose copy is lost, and charge the price of the copy as a fine.",
        OfLoan, _report_lost, Access.WRITE,
        proposal="report loan {loan} as lost", claims=("have reported", "has been reported", "is reported as lost"),
    ),
    Tool(
        "change_email", "Change a member's e-mail address.", ChangeEmail, _change_email, Access.WRITE,
        proposal="change your e-mail address to {email}",
        claims=("have changed your e-mail", "address has been changed", "is your address now"),
    ),
)  # fmt: skip
