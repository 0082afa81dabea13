"""Why were the last webhooks refused? Say what they would have been right for, without letting any of them in."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from operations.doctor.finding import Examined, Finding, error, ok, warning
from routing.refused_webhooks import RefusedWebhook, read_refused
from routing.signature_candidates import HEADER_MISSING

LOOK_BACK = timedelta(hours=1)
SYNC = "flask numbers sync --repair"
PROXY = "Have the proxy pass {} on untouched, as deploy/nginx.conf does."


def check_signatures(examined: Examined) -> Iterator[Finding]:
    """Yield one finding for each explanation of what this host refused within LOOK_BACK.

    What was refused under another PUBLIC_URL than the present one was another router's fault, so to speak.
    """
    base = examined.settings.public_base
    since = datetime.now(UTC) - LOOK_BACK
    refused = [one for one in read_refused(examined.settings.data_dir) if one.public_base == base]
    refused = [one for one in refused if datetime.fromisoformat(one.at) >= since]
    explained = [(one, _explain(one, examined)) for one in refused]
    counts = Counter(finding for _, finding in explained if finding)
    last = {finding: one.at for one, finding in explained if finding}
    for finding, count in counts.items():
        often = f"{count} refusals were noted, the last at {last[finding]}"
        yield Finding(finding.severity, f"{finding.finding} ({often})", finding.fix)
    if not counts:
        strangers = f"; {len(refused)} of strangers were" if refused else ""
        yield ok(f"No webhook of Twilio's was refused on this host within the last hour{strangers}.")


def _explain(refused: RefusedWebhook, examined: Examined) -> Finding | None:
    """Return what was wrong with one; None for a stranger's, which was rightly refused."""
    if refused.matched_secret and refused.matched_base:
        return _explain_match(refused, examined)
    if not refused.looks_like_twilio:
        return None
    if refused.problem == "no-signature":
        return error("Webhooks come without their signature.", PROXY.format("the header X-Twilio-Signature"))
    if refused.problem == "unreadable":
        return warning("Webhooks come that cannot be read as they were signed.", PROXY.format("the whole request"))
    if not refused.has_parameters:
        return error(
            "Webhooks come without their form: they were redirected on the way, or are sent by GET.",
            f"Have no redirect before the router, and run `{SYNC}`.",
        )
    return _explain_secret(refused, examined)


def _explain_match(refused: RefusedWebhook, examined: Examined) -> Finding:
    base = examined.settings.public_base
    if HEADER_MISSING in (refused.matched_secret or ""):
        return error(
            f"Webhooks are signed with the {refused.matched_secret}.",
            PROXY.format("the header X-Twilio-Webhooks-Signature-Settings"),
        )
    if "quotes" in (refused.matched_secret or ""):
        return error(
            f"Webhooks are signed with {refused.matched_secret}.",
            "Take the quotes and spaces around TWILIO_AUTH_TOKEN away, and restart.",
        )
    signed = f"Webhooks are signed for {refused.matched_base}{refused.matched_path}, with {refused.matched_secret}, "
    checked = f"and checked for {base}{refused.path}."
    if refused.matched_base != base:
        return error(
            signed + checked,
            f"If Twilio is to ask {refused.matched_base}, set PUBLIC_URL to it and restart; else run `{SYNC}`.",
        )
    return error(signed + checked, f"Run `{SYNC}`: it gives the numbers the voice URL without a slash too many.")


def _explain_secret(refused: RefusedWebhook, examined: Examined) -> Finding:
    account = examined.settings.twilio_account_sid
    if refused.account_sid not in (None, account):
        return error(
            f"Webhooks come from the account {refused.account_sid}; here it is {account or 'the simulated one'}.",
            "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of the (sub)account that has the numbers.",
        )
    if refused.key_id and refused.key_id not in examined.secrets.shared_keys:
        return error(
            f"Webhooks are signed with the shared key {refused.key_id}, which is not known here.",
            f"Add `{refused.key_id}:its secret` to TWILIO_SHARED_KEYS and restart.",
        )
    return error(
        f"Webhooks for {refused.to or 'a number'} are signed with a secret that is not known here, or were altered.",
        "Copy the primary Auth Token from Twilio's console into TWILIO_AUTH_TOKEN (both, while rotating) and restart;"
        " if it is the same, have the proxy pass path, query and form on untouched.",
    )
