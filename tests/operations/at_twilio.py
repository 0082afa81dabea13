"""Numbers at the simulated Twilio, as a business would have them before they come here, and a host that lags behind."""

from datetime import UTC, datetime
from typing import Any

from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks, webhooks_of
from tests.conftest import PUBLIC_URL

LAGGARD = "f" * 32
WEBHOOKS = webhooks_of(PUBLIC_URL)
OLD_WEBHOOKS = Webhooks(
    "https://old.example.com/voice", "https://old.example.com/fallback", "https://old.example.com/status"
)


def buy(
    twilio: TwilioAccount, phone_number: str, friendly_name: str = "", webhooks: Webhooks = WEBHOOKS
) -> OwnedNumber:
    """Buy a number of the simulator's stock, pointing here unless said otherwise."""
    return twilio.buy(phone_number, friendly_name, webhooks)


def laggard() -> dict[str, Any]:
    """Return the row of a host that has not followed any change."""
    moment = datetime.now(UTC)
    return {"id": LAGGARD, "name": "laggard", "known": 0, "registered_at": moment, "seen_at": moment}
