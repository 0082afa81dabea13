"""Let only Twilio in: read the request as it was sent, and check its signature over the URL that Twilio requested."""

import re
from collections.abc import Mapping
from typing import Any

from routing.signature_candidates import SignedRequest
from routing.signed_form import read_form
from routing.twilio_signature import SigningSecrets, is_body_as_signed, is_signed_by_twilio

LARGEST_BODY_BYTES = 1_000_000
MOST_PARAMETERS = 1_000
FORM = "application/x-www-form-urlencoded"
NO_SIGNATURE = "no-signature"
WRONG_SIGNATURE = "wrong-signature"
UNREADABLE = "unreadable"


class NotFromTwilio(Exception):
    """The request does not carry Twilio's signature over its exact URL and parameters.

    `kind` is NO_SIGNATURE, WRONG_SIGNATURE or UNREADABLE; `signed` is there when there was a signature to check.
    """

    def __init__(self, problem: str, kind: str = UNREADABLE, signed: SignedRequest | None = None) -> None:
        self.kind, self.signed = kind, signed
        super().__init__(problem)


def read_signed_parameters(
    environ: Mapping[str, Any], public_base: str, secrets: SigningSecrets
) -> list[tuple[str, str]]:
    """Return the parameters' names and values in order; raise NotFromTwilio if the signature is not Twilio's.

    A number may be configured with VoiceMethod GET: then the query is the form, signed as a part of the URL, and a
    body, which nobody signed, is not looked at.
    """
    signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
    if not signature:
        raise NotFromTwilio("no signature", NO_SIGNATURE)
    url = requested_url(environ, public_base)
    is_get = environ.get("REQUEST_METHOD") == "GET"
    body = b"" if is_get else _read_body(environ)
    is_form = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == FORM
    parameters = _read_form(body.decode("utf-8", "replace")) if is_form else []
    settings = environ.get("HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS", "")
    if not is_signed_by_twilio(secrets, url, parameters, signature, settings):
        signed = SignedRequest(url, tuple(parameters), signature, settings)
        # Not the query: it may hold phone numbers.
        raise NotFromTwilio(f"wrong signature over {url.partition('?')[0]}", WRONG_SIGNATURE, signed)
    if not is_form and body and not is_body_as_signed(url, body):
        raise NotFromTwilio("body is not the signed one")
    return _read_form(url.partition("?")[2]) if is_get else parameters


def requested_url(environ: Mapping[str, Any], public_base: str) -> str:
    """Return the URL as Twilio requested it: our configured public base and the raw request target.

    Never from Host or X-Forwarded-Host, which anybody can send, nor from `request.url`, which is decoded and
    re-encoded. A prefix of the public base is missing from the target where the proxy strips it; where the proxy
    leaves it, the server is told so (SCRIPT_NAME), or no endpoint would be found.
    """
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target.startswith("/"):
        raise NotFromTwilio("request target is not a path")
    return public_base + str(target).removeprefix(environ.get("SCRIPT_NAME", ""))


def _read_body(environ: Mapping[str, Any]) -> bytes:
    """Read the body; one that cannot be read to its end is nobody's webhook.

    A door: the server raises what it likes for broken chunks and lost connections, and a stranger chooses which.
    """
    try:
        return _read_whole_body(environ)
    except NotFromTwilio:
        raise
    except Exception as error:  # noqa: BLE001
        raise NotFromTwilio(f"unreadable body: {type(error).__name__}") from None


def _read_whole_body(environ: Mapping[str, Any]) -> bytes:
    """Read the body, however long it claims to be, up to a size that no real webhook has."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length:
        if not re.fullmatch("[0-9]{1,7}", length) or int(length) > LARGEST_BODY_BYTES:
            raise NotFromTwilio("body too large")
        return bytes(environ["wsgi.input"].read(int(length)))
    if not environ.get("wsgi.input_terminated"):
        return b""
    body = bytes(environ["wsgi.input"].read(LARGEST_BODY_BYTES + 1))
    if len(body) > LARGEST_BODY_BYTES:
        raise NotFromTwilio("body too large")
    return body


def _read_form(text: str) -> list[tuple[str, str]]:
    """Read a form, unless it has so many parameters that a stranger keeps us busy with it."""
    if text.count("&") >= MOST_PARAMETERS:
        raise NotFromTwilio("too many parameters")
    return read_form(text)
