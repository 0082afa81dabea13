"""How long a number takes from having been bought to taking calls.

The IncomingPhoneNumber resource has a ``status``, which no page of Twilio's explains. The one value ever seen is
"in-use", also in the answer when a number is bought that the account has already
(https://github.com/danielberkompas/ex_twilio/pull/116). That a number just bought is "pending" is inferred, and
nothing should rely on that word: what counts is that calls are not put through before it is "in-use".
"""

from dataclasses import dataclass

PENDING = "pending"
IN_USE = "in-use"


@dataclass(frozen=True, slots=True)
class Provisioning:
    """A number is pending for so many answers after the one to its purchase, and for so many seconds; both pass."""

    reads: int = 0
    seconds: float = 0.0


AT_ONCE = Provisioning()
