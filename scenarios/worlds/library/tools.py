"""The tools of the library's desk. What they do not refuse, the policy may forbid all the same."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.worlds.library.state import (
    LATEST_RENEWAL,
    MOST_HOLDS,
    PERIOD,
    Branch,
    Ended,
    Fine,
    Hold,
    Library,
    Loan,
    Member,
    Settled,
    day,
    held_by,
    hold_id,
    money,
    on_shelf,
    open_fines,
    owed,
    queue,
    title_of,
)
from scenarios.worlds.world import Access, Refused, Tool

_FOUND = 10
"""The most titles that one search gives."""

MemberId = Annotated[str, Field(description="A member's id, like M-17, as find_member gives it.")]
TitleId = Annotated[str, Field(description="A title's id, like T-204, as search_titles gives it.")]
LoanId = Annotated[str, Field(description="A loan's id, like L-5821, as list_loans gives it.")]
HoldId = Annotated[str, Field(description="A hold's id, like H-20417, as list_holds gives it.")]
FineId = Annotated[str, Field(description="A fine's id, like F-1302, as list_fines gives it.")]
PickUp = Annotated[Branch, Field(description="The branch where the title is picked up.")]
BirthYear = Annotated[int, Field(description="The member's year of birth.")]


class FindMember(Frozen):
    """Whose card it is."""

    card: Annotated[str, Field(description="The number on the card.")]
    birth_year: BirthYear


class FindMemberByName(Frozen):
    """Who it is."""

    name: Annotated[str, Field(description="The full name.")]
    birth_year: BirthYear


class SearchTitles(Frozen):
    """What to look for."""

    query: Annotated[str, Field(min_length=2, description="A title, an author or a subject, or a part of one.")]


class OfMember(Frozen):
    """Whose."""

    member: MemberId


class OfCopy(Frozen):
    """Which copy."""

    copy_id: Annotated[str, Field(description="A copy's id, like C-4410, as list_loans gives it.")]


class OfLoan(Frozen):
    """Which loan."""

    loan: LoanId


class PlaceHold(Frozen):
    """Who waits for what, and where it is picked up."""

    member: MemberId
    title: TitleId
    branch: PickUp


class OfHold(Frozen):
    """Which hold."""

    hold: HoldId


class MoveHold(Frozen):
    """Which hold, and the new branch."""

    hold: HoldId
    branch: PickUp


class OfFine(Frozen):
    """Which fine."""

    fine: FineId


class ChangeEmail(Frozen):
    """Whose, and the new address."""

    member: MemberId
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", description="The new e-mail address.")]


def _account(state: Library, id_: str) -> Any:
    member = state.members[id_]
    return {
        "member": id_,
        "name": member.name,
        "email": member.email,
        "blocked": member.blocked,
        "open_fines": money(owed(state, id_)),
        "credit": money(member.credit),
        "today": day(state.today),
    }


def _find_member(state: Library, given: FindMember) -> Any:
    for id_, member in state.members.items():
        if member.card == given.card and member.birth_year == given.birth_year:
            return _account(state, id_)
    raise Refused("no member has this card number and year of birth")


def _find_member_by_name(state: Library, given: FindMemberByName) -> Any:
    wanted = given.name.strip().lower()
    found = [
        id_
        for id_, member in state.members.items()
        if member.name.lower() == wanted and member.birth_year == given.birth_year
    ]
    if len(found) != 1:
        raise Refused("not one member has this name and year of birth, but " + ("none" if not found else "several"))
    return _account(state, found[0])


def _search_titles(state: Library, given: SearchTitles) -> Any:
    wanted = given.query.strip().lower()
    return [
        {
            "title_id": id_,
            "title": title.name,
            "author": title.author,
            "about": title.about,
            "format": title.format,
            "on_shelf": [f"{state.copies[c].branch}, shelf {state.copies[c].shelf}" for c in on_shelf(state, id_)],
            "waiting": len(queue(state, id_)),
        }
        for id_, title in state.titles.items()
        if wanted in f"{title.name}\n{title.author}\n{title.about}".lower()
    ][:_FOUND]


def _member(state: Library, id_: str) -> Member:
    if id_ not in state.members:
        raise Refused(f"there is no member {id_}")
    return state.members[id_]


def _list_loans(state: Library, given: OfMember) -> Any:
    _member(state, given.member)
    rows = []
    for id_, loan in state.loans.items():
        if loan.member == given.member and loan.ended is Ended.OPEN:
            title = state.titles[title_of(state, loan)]
            rows.append(
                {
                    "loan": id_,
                    "title": title.name,
                    "author": title.author,
                    "format": title.format,
                    "copy_id": loan.copy_id,
                    "due": day(loan.due),
                    "days_overdue": max(0, state.today - loan.due),
                    "renewals": loan.renewals,
                    "others_waiting": len(queue(state, title_of(state, loan))),
                }
            )
    return rows


def _list_holds(state: Library, given: OfMember) -> Any:
    _member(state, given.member)
    return [
        {
            "hold": id_,
            "title": state.titles[hold.title].name,
            "author": state.titles[hold.title].author,
            "format": state.titles[hold.title].format,
            "pick_up": hold.branch,
            "place_in_queue": queue(state, hold.title).index(id_) + 1,
            "ready": hold.ready,
        }
        for id_, hold in state.holds.items()
        if hold.member == given.member
    ]


def _list_fines(state: Library, given: OfMember) -> Any:
    member = _member(state, given.member)
    return {
        "fines": [
            {
                "fine": id_,
                "title": state.titles[fine.title].name,
                "reason": fine.reason,
                "amount": money(fine.amount),
                "since": day(fine.since),
            }
            for id_, fine in open_fines(state, given.member).items()
        ],
        "open_fines": money(owed(state, given.member)),
        "credit": money(member.credit),
        "last_waiver": "never" if member.waived_on is None else day(member.waived_on),
    }


def _look_for_copy(state: Library, given: OfCopy) -> Any:
    copy = state.copies.get(given.copy_id)
    if copy is None:
        raise Refused(f"there is no copy {given.copy_id}")
    where = f"{copy.branch}, shelf {copy.shelf}" if copy.stands and not copy.lost else "not on any shelf"
    return {"copy_id": given.copy_id, "title": state.titles[copy.title].name, "found": where}


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
    _member(state, given.member)
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
        "place_in_queue": queue(state, given.title).index(id_) + 1,
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
    _member(state, given.member).email = given.email
    return {"member": given.member, "email": given.email}


TOOLS = (
    Tool(
        "find_member", "Find a member by card number and year of birth: id, open fines, credit, and today's date.",
        FindMember, _find_member, Access.READ,
    ),
    Tool(
        "find_member_by_name", "Find a member who does not know the card number, by full name and year of birth.",
        FindMemberByName, _find_member_by_name, Access.READ,
    ),
    Tool(
        "search_titles",
        "Find titles by title, author or subject: id, format, where copies stand, and how many members wait.",
        SearchTitles, _search_titles, Access.READ,
    ),
    Tool(
        "list_loans", "A member's loans: copy, due date, days overdue, renewals so far, and how many others wait.",
        OfMember, _list_loans, Access.READ,
    ),
    Tool(
        "list_holds", "A member's holds: pick-up branch, place in the queue, and whether a copy is ready.",
        OfMember, _list_holds, Access.READ,
    ),
    Tool(
        "list_fines", "A member's open fines, their sum, the member's credit, and the day of the last waiver.",
        OfMember, _list_fines, Access.READ,
    ),
    Tool(
        "look_for_copy", "Have somebody look whether a copy stands on its shelf.", OfCopy, _look_for_copy, Access.READ,
    ),
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
