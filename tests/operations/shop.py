"""An account that buys numbers at the simulated Twilio, and what it has there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from models import Number, Purchase
from operations.activate_numbers import activate_numbers
from operations.changes import Changes, Who
from operations.finish_purchases import Finished, finish_purchases
from operations.get_number import Getting, get_number
from operations.twilio_account import OwnedNumber, TwilioAccount, webhooks_of
from simulator.rest import Faults, RunningSimulator, add_account
from tests.conftest import PUBLIC_URL

FOR_SALE = "+14155550110"
ALSO_FOR_SALE = "+14155550111"
WEBHOOKS = webhooks_of(PUBLIC_URL)
NUMBERS = "IncomingPhoneNumbers"


@dataclass
class Shop:
    """What a test of purchases needs of both sides."""

    changes: Changes
    twilio: TwilioAccount
    server: RunningSimulator

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def get(self, who: Who, phone_number: str = FOR_SALE, **wishes: Any) -> Getting:
        """Get a number with the operation."""
        return get_number(self.changes, self.twilio, WEBHOOKS, who, phone_number, **wishes)

    def finish(self, at_once: bool = True) -> list[Finished]:
        """Finish what was cut off, as `flask numbers sync` does, or only what is due, as the housekeeper does."""
        return finish_purchases(self.changes, self.twilio, WEBHOOKS, at_once=at_once)

    def activate(self) -> list[dict[str, Any]]:
        return activate_numbers(self.changes, self.twilio)

    def owned(self) -> dict[str, OwnedNumber]:
        """Return what the account is charged for at Twilio, by phone number."""
        return {number.phone_number: number for number in self.twilio.every_number()}

    def buy_behind_our_back(self, phone_number: str = FOR_SALE) -> OwnedNumber:
        """Buy a number in Twilio's console, pointed at another program."""
        return self.twilio.buy(phone_number, "Hotline", webhooks_of("https://other.example.com"))

    def sell_to_somebody_else(self, phone_number: str = FOR_SALE) -> None:
        """Let another Twilio account have the number."""
        stranger = add_account(self.server.simulator.folder)
        other = TwilioAccount(stranger.account_sid, stranger.account_sid, stranger.auth_token, self.server.base_url)
        other.buy(phone_number, "Theirs", webhooks_of("https://other.example.com"))
        other.close()

    def purchases(self) -> list[Purchase]:
        with self.changes.database.reading() as session:
            return list(session.scalars(select(Purchase).order_by(Purchase.id)))

    def numbers(self) -> list[Number]:
        with self.changes.database.reading() as session:
            return list(session.scalars(select(Number).order_by(Number.id)))

    def set_status(self, status: str) -> None:
        """Let all numbers have a status, whatever the operations allow."""
        with self.changes.database.writing() as session:
            session.execute(update(Number).values(status=status))

    def let_time_pass(self, passed: timedelta) -> None:
        """Make all purchases so much older."""
        with self.changes.database.writing() as session:
            for purchase in session.scalars(select(Purchase)).all():
                older = {"intended_at": purchase.intended_at - passed, "due_at": purchase.due_at - passed}
                session.execute(update(Purchase).where(Purchase.id == purchase.id).values(**older))
