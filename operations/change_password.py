"""Change one's own password."""

from models import User
from operations.changes import Changes
from operations.errors import Invalid, NotFound
from operations.guesses import counting_a_guess
from operations.log_in import SignedIn, WrongPassword, end_sessions
from operations.passwords import check_password, hash_password, is_password
from operations.showing import show_user


def change_password(changes: Changes, signed_in: SignedIn, old: str, new: str, address: str) -> None:
    """Replace the password and end all other sessions of the user.

    Raises WrongPassword for the old one, of which as many may be tried as at a log-in (TooMany), from that `address`;
    Invalid for a new one that is too short, too long or the old one.
    """
    with changes.database.reading() as session:
        user = session.get(User, signed_in.user_id)
    if user is None:
        raise NotFound("There is no such user any more.")
    with counting_a_guess(changes.database, user.email, address):
        if not is_password(user.password_hash, old):
            raise WrongPassword
    if old == new:
        raise Invalid("The new password is the old one. Please choose another.")
    new_hash = hash_password(check_password(new))
    with changes.making(signed_in.who, "user.password_changed") as draft:
        found = draft.session.get(User, signed_in.user_id)
        if found is None:
            raise NotFound("There is no such user any more.")
        found.password_hash = new_hash
        found.must_change_password = False
        end_sessions(draft.session, found.id, but=signed_in.session)
        draft.record([], show_user(found), show_user(found))
