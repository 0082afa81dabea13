"""/numbers/…/pause and resume: one number, or many in one change."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from admin.api.answers import Changed, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.numbers import ShownNumber, Treatment
from admin.api.schema import LEFT_OUT, Id, PhoneNumber, Reason, Shown, Taken
from operations.finding import MOST_NUMBERS_AT_ONCE
from operations.in_force import Outcome
from operations.pause import LONGEST_MESSAGE, Pause
from operations.pause_number import PAUSED, RESUMED, pause_number, pause_numbers, resume_number, resume_numbers

pausing = Resource("Numbers")
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_NUMBERS_AT_ONCE)]


class ResumeWish(Taken):
    """Why a number is resumed."""

    reason: Reason = LEFT_OUT


class PauseWish(ResumeWish):
    """Why a number is paused, what its callers meet, and until when; as the account usually does, if left out."""

    treatment: Annotated[Treatment, Field(description="Left out, it is the account's `paused_treatment`.")] = LEFT_OUT
    message: Annotated[
        str, Field(min_length=1, max_length=LONGEST_MESSAGE, description="Spoken; for the treatment message.")
    ] = LEFT_OUT
    forward_to: PhoneNumber = LEFT_OUT
    resume_at: Annotated[AwareDatetime, Field(description="ISO 8601 with its offset: when it resumes by itself.")] = (
        LEFT_OUT
    )

    @property
    def pause(self) -> Pause:
        return Pause(self.treatment, self.message, self.forward_to, self.resume_at)


class ManyResumeWish(ResumeWish):
    """Which numbers are resumed, all or none."""

    numbers: Ids


class ManyPauseWish(PauseWish):
    """Which numbers are paused, all or none, and how."""

    numbers: Ids


class ShownNumbers(Shown):
    """The numbers that were named, as they are now."""

    numbers: list[ShownNumber]


@pausing.post("/numbers/pause", PAUSED, Changed(ShownNumbers), errors=(404, 409))
def pause_many(asked: Asked, body: ManyPauseWish) -> tuple[Row, Outcome]:
    """Pause many numbers in one change."""
    return _listed(*pause_numbers(asked.changes, asked.who, body.numbers, body.reason, body.pause))


@pausing.post("/numbers/resume", RESUMED, Changed(ShownNumbers), errors=(404, 409))
def resume_many(asked: Asked, body: ManyResumeWish) -> tuple[Row, Outcome]:
    """Resume many numbers in one change."""
    return _listed(*resume_numbers(asked.changes, asked.who, body.numbers, body.reason))


@pausing.post("/numbers/{number_id}/pause", PAUSED, Changed(ShownNumber), errors=(409,), if_match=True)
def pause(asked: Asked, number_id: int, body: PauseWish) -> tuple[Row, Outcome]:
    """Pause a number, or pause it otherwise; the same again is confirmed again."""
    return pause_number(asked.changes, asked.who, number_id, body.reason, body.pause, if_match=asked.if_match)


@pausing.post("/numbers/{number_id}/resume", RESUMED, Changed(ShownNumber), errors=(409,), if_match=True)
def resume(asked: Asked, number_id: int, body: ResumeWish) -> tuple[Row, Outcome]:
    """Resume a paused number; how it was paused is forgotten."""
    return resume_number(asked.changes, asked.who, number_id, body.reason, if_match=asked.if_match)


def _listed(numbers: list[dict[str, Any]], outcome: Outcome) -> tuple[Row, Outcome]:
    return {"numbers": numbers}, outcome
