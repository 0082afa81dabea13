"""Is Twilio reached, is the account active, and are these its credentials and its Auth Token?"""

from collections.abc import Iterator

from operations.doctor.finding import Examined, Finding, error, ok, warning
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioProblem, TwilioRefused

CONSOLE = "See https://www.twilio.com/docs/usage/requests-to-twilio and the account in Twilio's console."


def check_twilio(examined: Examined) -> Iterator[Finding]:
    """Yield what Twilio says of the account, then of each Auth Token."""
    try:
        yield from _say_state(examined)
    except TwilioProblem as problem:
        yield _say_problem(examined, problem)
        return
    yield from _say_tokens(examined)


def _say_state(examined: Examined) -> Iterator[Finding]:
    try:
        state = examined.twilio.read_state()
    except TwilioRefused:
        if not examined.settings.twilio_api_key:
            raise
        examined.twilio.has_any_number()  # raises, unless it is only the account that the key may not see
        yield ok("Twilio accepts the API key, which may not see whether the account is active.")
        return
    if state.status != "active":
        yield error(f"The Twilio account is {state.status}.", "Reactivate or pay it in Twilio's console.")
    elif state.is_trial:
        yield warning(
            "The Twilio account is a trial: callers hear a message of Twilio's first, and it has one number at most.",
            "Upgrade the account in Twilio's console.",
        )
    else:
        where = examined.settings.twilio_base_url
        yield ok("Twilio accepts the credentials, and the account is active" + (f" (at {where})." if where else "."))


def _say_problem(examined: Examined, problem: TwilioProblem) -> Finding:
    """Split Twilio's sentences into what is the matter and what to do."""
    finding, _, fix = problem.message.partition(". ")
    if examined.settings.uses_simulator and not isinstance(problem, TwilioRefused):
        return error("The simulated Twilio does not answer.", "Start it, and everything else, with `make run`.")
    if "try again" in fix:
        fix = "Let this host reach https://api.twilio.com (firewall, DNS, proxy), and see https://status.twilio.com."
    return error(finding.rstrip(".") + ".", fix or CONSOLE)


def _say_tokens(examined: Examined) -> Iterator[Finding]:
    """Yield each Auth Token that is not the account's: what it signs, or fails to sign, are webhooks."""
    settings = examined.settings
    if settings.uses_simulator:
        return
    tokens = settings.twilio_auth_token
    for place, token in enumerate(tokens, start=1):
        account = TwilioAccount(
            settings.twilio_account_sid, settings.twilio_account_sid, token, settings.twilio_base_url
        )
        try:
            account.has_any_number()
        except TwilioRefused:
            which = f"Auth Token {place} of {len(tokens)}" if len(tokens) > 1 else "TWILIO_AUTH_TOKEN"
            yield (warning if len(tokens) > 1 else error)(
                f"{which} is not one of the account's: what Twilio signs does not fit it.",
                "Copy the primary Auth Token from Twilio's console; take away the old one once rotating is over.",
            )
        finally:
            account.close()
