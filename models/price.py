"""What Twilio's numbers cost, as its Pricing API last said."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Money, UtcDateTime


class Price(Base):
    """The monthly price of a number of one type (local, toll_free, mobile, national) in one country (ISO 3166).

    `amount` is in whole units of `unit` (ISO 4217), as of `read_at`.
    """

    __tablename__ = "prices"

    iso_country: Mapped[str] = mapped_column(String(2), primary_key=True)
    number_type: Mapped[str] = mapped_column(String(12), primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Money)
    unit: Mapped[str] = mapped_column(String(3))
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
