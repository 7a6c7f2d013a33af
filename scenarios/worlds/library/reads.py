"""What the desk of the library looks up."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.library.arguments import FindMember, FindMemberByName, OfCopy, OfMember, SearchTitles
from scenarios.worlds.library.state import (
    Ended,
    Library,
    Member,
    day,
    on_shelf,
    open_fines,
    ordinal,
    owed,
    queue,
    title_of,
)
from scenarios.worlds.wording import money
from scenarios.worlds.world import Access, Refused, Tool

_FOUND = 10
"""The most titles that one search gives."""


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


def member_of(state: Library, id_: str) -> Member:
    if id_ not in state.members:
        raise Refused(f"there is no member {id_}")
    return state.members[id_]


def _list_loans(state: Library, given: OfMember) -> Any:
    member_of(state, given.member)
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
    member_of(state, given.member)
    return [
        {
            "hold": id_,
            "title": state.titles[hold.title].name,
            "author": state.titles[hold.title].author,
            "format": state.titles[hold.title].format,
            "pick_up": hold.branch,
            "place_in_queue": ordinal(queue(state, hold.title).index(id_) + 1),
            "ready": hold.ready,
        }
        for id_, hold in state.holds.items()
        if hold.member == given.member
    ]


def _list_fines(state: Library, given: OfMember) -> Any:
    member = member_of(state, given.member)
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


READS = (
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
)  # fmt: skip
