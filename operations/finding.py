"""Find what a person named, within the account: by id or by name, numbers by phone number."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, Select, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Account, Agent, Change, Location, Number, Token, User
from models.one_of_many import is_one_of, planned_anew
from operations.checking import read_phone_number
from operations.errors import Invalid, NotFound, at_field

Named = TypeVar("Named", Account, Agent, Location)
MOST_NUMBERS_AT_ONCE = 1000
# The order is that in which one of several with the same phone number is meant: the live one first.
NUMBERS = (
    select(Number)
    .where(Number.account_id == bindparam("account_id"))
    .order_by((Number.status == "released"), Number.id.desc())
    .options(joinedload(Number.agent), joinedload(Number.location))
)
NUMBER_BY_ID = NUMBERS.where(Number.id == bindparam("wanted")).limit(1)
NUMBER_BY_PHONE_NUMBER = NUMBERS.where(Number.phone_number == bindparam("wanted")).limit(1)
MANY_NUMBERS = NUMBERS.where(or_(is_one_of(Number.id, "ids"), is_one_of(Number.phone_number, "phone_numbers")))


def find_account(session: Session, name_or_id: str | int | None) -> Account:
    """Find an account; without a name the only one there is. Raises NotFound or Invalid."""
    if name_or_id:
        return _only(session, Account, name_or_id, None)
    accounts = session.scalars(select(Account).limit(2)).all()
    if not accounts:
        raise NotFound("There is no account yet. Create one with: flask accounts create NAME")
    if len(accounts) > 1:
        raise Invalid("There are several accounts. Say which one with --account.")
    return accounts[0]


def is_only_account(session: Session | Connection) -> bool:
    """Tell whether there is exactly one account, to which everything in the Twilio account must belong."""
    return len(session.scalars(select(Account.id).limit(2)).all()) == 1


def find_agent(session: Session, account_id: int, name_or_id: str | int) -> Agent:
    """Find an agent of the account; raises NotFound."""
    with at_field("agent"):
        return _only(session, Agent, name_or_id, account_id)


def find_location(session: Session, account_id: int, name_or_id: str | int) -> Location:
    """Find a location of the account; raises NotFound."""
    with at_field("location"):
        return _only(session, Location, name_or_id, account_id)


def find_user(session: Session, account_id: int, name: str | int) -> User:
    """Find a user of the account by e-mail address (a str) or id; raises NotFound."""
    query = select(User).where(User.account_id == account_id)
    if isinstance(name, int):
        found = session.scalars(query.where(User.id == name)).first()
    else:
        found = session.scalars(query.where(User.email == name.strip().lower())).first() if name.isprintable() else None
    if found is None:
        raise NotFound("There is no such user in this account.")
    return found


def find_token(session: Session, account_id: int, name: str | int) -> Token:
    """Find a token of the account by id, or by the name (a str, which may be an id too) of the only one that holds.

    Raises NotFound, or Invalid when several have the name.
    """
    query = select(Token).where(Token.account_id == account_id)
    if isinstance(name, int) or _is_id(name):
        if found := session.scalars(query.where(Token.id == int(name))).first():
            return found
    elif name.isprintable():
        named = session.scalars(query.where(Token.name == name, Token.revoked_at.is_(None)).limit(2)).all()
        if len(named) > 1:
            raise Invalid(f"Several tokens are called “{name}”. Say the id of one.")
        if named:
            return named[0]
    raise NotFound("There is no such token in this account.")


def find_number(session: Session, account_id: int, name: str | int) -> Number:
    """Find a number of the account by its phone number (a str: the live one, or else the one released last) or id.

    Raises NotFound, or Invalid for what is no phone number.
    """
    if isinstance(name, int):
        return _number(session, NUMBER_BY_ID, account_id, name, f"with the id {name}")
    wanted = read_phone_number(name)
    return _number(session, NUMBER_BY_PHONE_NUMBER, account_id, wanted, wanted)


def find_numbers(session: Session, account_id: int, names: Sequence[str | int]) -> list[Number]:
    """Find many numbers as `find_number` does, each once, in the order in which they were named first."""
    if not 1 <= len(names) <= MOST_NUMBERS_AT_ONCE:
        raise Invalid(f"Name 1 to {MOST_NUMBERS_AT_ONCE} numbers.")
    wanted = [name if isinstance(name, int) else read_phone_number(name) for name in names]
    ids = [name for name in wanted if isinstance(name, int)]
    phone_numbers = [name for name in wanted if isinstance(name, str)]
    named = {"account_id": account_id, "ids": ids, "phone_numbers": phone_numbers}
    found: dict[str | int, Number] = {}
    with planned_anew(session):
        rows = session.scalars(MANY_NUMBERS, named)
    for number in rows:
        found[number.id] = number
        found.setdefault(number.phone_number, number)
    if missing := [str(name) for name in wanted if name not in found]:
        raise NotFound(f"There is no number {', '.join(missing[:20])} in this account.")
    return list({found[name].id: found[name] for name in wanted}.values())


def _number(session: Session, query: Select[Number], account_id: int, wanted: str | int, called: str) -> Number:
    if number := session.scalars(query, {"account_id": account_id, "wanted": wanted}).first():
        return number
    raise NotFound(f"There is no number {called} in this account.")


def find_change(session: Session, account_id: int, n: int) -> Change:
    """Find a change of the account by its number; raises NotFound."""
    found = session.scalars(select(Change).where(Change.account_id == account_id, Change.n == n)).first()
    if found is None:
        raise NotFound(f"There is no change {n} in this account.")
    return found


def _only(session: Session, kind: type[Named], name_or_id: str | int, account_id: int | None) -> Named:
    """An int is an id and nothing else, for programs; what people type may be either, and is an id if there is one."""
    if isinstance(name_or_id, int):
        return _by_id(session, kind, name_or_id, account_id)
    if not name_or_id.isprintable():  # no name is so, and PostgreSQL refuses some of these characters
        raise NotFound(f"There is no such {kind.__name__.lower()}.")
    query = _all_of(kind, account_id)
    by_id = session.scalars(query.where(kind.id == int(name_or_id))).first() if _is_id(name_or_id) else None
    found = by_id or session.scalars(query.where(kind.name == name_or_id)).first()
    if found is None:
        raise NotFound(f"There is no {kind.__name__.lower()} “{name_or_id}”.")
    return found


def _by_id(session: Session, kind: type[Named], wanted: int, account_id: int | None) -> Named:
    if found := session.scalars(_all_of(kind, account_id).where(kind.id == wanted)).first():
        return found
    raise NotFound(f"There is no {kind.__name__.lower()} with the id {wanted}.")


def _all_of(kind: type[Named], account_id: int | None) -> Select[Named]:
    return select(kind) if issubclass(kind, Account) else select(kind).where(kind.account_id == account_id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
