"""What the API takes and shows: the models of bodies, queries and answers, and the types of their fields."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from operations.checking import LONGEST_NAME, LONGEST_REASON
from operations.delete_holder import NOBODY
from operations.pages import LARGEST_ID, LARGEST_PAGE, LONGEST_CURSOR, USUAL_PAGE

LONGEST_WRITTEN_NUMBER = 40

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Label = Annotated[str, Field(max_length=LONGEST_NAME)]
Reason = Annotated[str, Field(max_length=LONGEST_REASON, description="Why, for the audit trail.")]
PhoneNumber = Annotated[
    str, Field(max_length=LONGEST_WRITTEN_NUMBER, description="With its country code, such as +14155550100.")
]
Etag = Annotated[str, Field(description="Changes with everything shown; goes into If-Match.")]
Moment = Annotated[datetime, Field(description="ISO 8601, in UTC.")]
Money = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", description="An exact amount in whole currency units.")]
# The default of a field that may be left out, but not null. `given` tells the two apart.
LEFT_OUT: Any = Field(None)


class Taken(BaseModel):
    """What somebody sends: no field that is not named here, each value of its own type, and text that can be stored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*")
    @classmethod
    def text_can_be_stored(cls, value: Any) -> Any:
        """PostgreSQL has no NUL in texts (https://www.postgresql.org/docs/current/datatype-character.html)."""
        if any(isinstance(text, str) and "\0" in text for text in (value if isinstance(value, list) else [value])):
            raise ValueError("This holds a NUL character, which cannot be stored.")
        return value

    def given(self) -> dict[str, Any]:
        """Return the fields that were sent, null ones too, without those that were left out."""
        return self.model_dump(exclude_unset=True)


class Shown(BaseModel):
    """What is shown: exactly these fields, as the operations show them. Tests hold every answer against it."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Taken):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many at most.")] = USUAL_PAGE
    cursor: Annotated[
        str, Field(max_length=LONGEST_CURSOR, description="Where to go on, from the Link of the page before.")
    ] = LEFT_OUT


class HeirQuery(Taken):
    """Whose the numbers are to be of what is deleted."""

    reassign_to: Annotated[
        str,
        Field(
            max_length=18, pattern=r"^([1-9][0-9]*|none)$", description="An id, or none to leave the numbers to nobody."
        ),
    ] = LEFT_OUT

    @property
    def heir(self) -> str | int | None:
        """The id of the heir, or NOBODY as it is; None if nothing is said."""
        return int(self.reassign_to) if self.reassign_to not in (None, NOBODY) else self.reassign_to


class InForce(Shown):
    """How far a change got: in force on every host, or not yet on those that are named."""

    change: Annotated[int, Field(ge=0, description="The change number.")]
    in_force: bool
    unconfirmed: Annotated[list[str], Field(description="The hosts that have not confirmed it yet.")]
    warnings: Annotated[list[str], Field(description="What is still open elsewhere, such as at Twilio, in sentences.")]


class Reference(Shown):
    """An agent or a location, in what it belongs to."""

    id: Id
    name: str


class ProblemDetail(Shown):
    """What is wrong with one field of the body (pointer), one parameter of the query, or one header."""

    detail: str
    pointer: Annotated[str, Field(description="RFC 6901, as a URI fragment.")] = LEFT_OUT
    parameter: str = LEFT_OUT
    header: str = LEFT_OUT


class Problem(Shown):
    """Why it was not done (RFC 9457). Programs go by `code`, people by `detail`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemDetail]
