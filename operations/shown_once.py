"""Keep a secret for the one page that shows it: once, in the browser that asked for it, and nowhere else.

A form that answered with the secret itself would do its work again when the page is loaded again. So the answer sends
the browser to a page, and until that comes the secret is in the row of the session, sealed with the secret of the
browser's cookie, of which only the hash is kept: the database alone tells nobody.
"""

import json
from dataclasses import asdict, dataclass

from sqlalchemy import select, update

from models import BrowserSession, Database
from operations.log_in import SignedIn
from operations.seal import BrokenSeal, Seal

PURPOSE = "shown once"


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """A secret, or several, one a line; `next` is the path that one goes on to."""

    title: str
    sentence: str
    secret: str
    next: str


def keep_for_once(database: Database, signed_in: SignedIn, cookie: str, shown: ShownOnce) -> None:
    """Keep it for the next time that this session asks; `cookie` is the session's own secret."""
    sealed = Seal(cookie).close(json.dumps(asdict(shown)).encode(), PURPOSE)
    is_it = BrowserSession.secret_hash == signed_in.session
    with database.writing() as session:
        session.execute(update(BrowserSession).where(is_it).values(shown_once=sealed))


def take_once(database: Database, signed_in: SignedIn, cookie: str) -> ShownOnce | None:
    """Return what was kept, and forget it; None for what was taken already. Of two who ask at once, one gets it."""
    is_it = BrowserSession.secret_hash == signed_in.session
    with database.reading() as session:
        sealed = session.scalar(select(BrowserSession.shown_once).where(is_it))
    if sealed is None:
        return None
    forgetting = update(BrowserSession).where(is_it, BrowserSession.shown_once == sealed).values(shown_once=None)
    with database.writing() as session:
        is_ours = session.scalar(forgetting.returning(BrowserSession.secret_hash)) is not None
    try:
        return ShownOnce(**json.loads(Seal(cookie).open(sealed, PURPOSE))) if is_ours else None
    except BrokenSeal:
        return None
