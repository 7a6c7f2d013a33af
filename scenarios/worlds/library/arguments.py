"""What the tools of the library's desk take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.worlds.library.state import Branch

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
