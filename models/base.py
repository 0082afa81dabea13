"""What all tables share: names of constraints, integer keys and timestamps in UTC."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its timezone; SQLite forgets the zone, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Say what a value is, which a TypeDecorator does not do by itself: cursors of pages are read by it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a timezone cannot be stored")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount in whole currency units, such as Decimal("1.15").

    It is written as text: SQLite has no decimals, and Twilio's prices have more places than minor units.
    """

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


def now() -> datetime:
    """Return this moment, in UTC."""
    return datetime.now(UTC)


BigKey = BigInteger().with_variant(Integer(), "sqlite")
Key = Annotated[int, mapped_column(BigKey, primary_key=True)]
# SQLite gives the id of a deleted row to the next one, unless told; call records remember whose id it was.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
Created = Annotated[datetime, mapped_column(UtcDateTime, default=now)]
