"""Is it really Twilio? Check X-Twilio-Signature over the exact URL that Twilio requested.

Twilio signs URL + each parameter's name and value, sorted, with HMAC-SHA1 and the account's Auth Token, or with
HMAC-SHA256 and a shared key when X-Twilio-Webhooks-Signature-Settings says so
(https://www.twilio.com/docs/usage/webhooks/webhooks-security). We compute it ourselves, because twilio-python's
validator raises on hostile input and rewrites URLs; its `RequestValidator` is the oracle in our tests.
"""

import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SigningSecrets:
    """The secrets that may have signed a webhook: all Auth Tokens in use, and shared keys by their id."""

    auth_tokens: tuple[str, ...] = field(repr=False)
    shared_keys: Mapping[str, str] = field(repr=False)


def is_signed_by_twilio(
    secrets: SigningSecrets, url: str, parameters: Pairs, signature: str, settings: str = ""
) -> bool:
    """Tell whether `signature` is Twilio's for this URL and these form parameters.

    `settings` is the header X-Twilio-Webhooks-Signature-Settings, empty when it is missing. An unknown key or algorithm
    is a no. Never raises, whatever a stranger sends.
    """
    given = signature.encode("utf-8", "replace")
    signed_parameters = "".join([name + value for name, value in sorted(set(parameters))])
    candidates, algorithm = _candidates(secrets, settings)
    for candidate_url in _spellings(url):
        signed = (candidate_url + signed_parameters).encode("utf-8", "surrogatepass")
        for secret in candidates:
            if hmac.compare_digest(_signature(secret, signed, algorithm), given):
                return True
    return False


def is_body_as_signed(url: str, body: bytes) -> bool:
    """Tell whether a body that is not a form has the SHA-256 that the signed URL carries as `bodySHA256`."""
    expected = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
    actual = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(actual.encode(), expected.lower().encode("utf-8", "replace"))


def _signature(secret: str, signed: bytes, algorithm: str) -> bytes:
    """Return the signature in base64. `hmac.digest` would let another thread go first, and wait for its turn again."""
    keyed = _keyed(secret, algorithm).copy()
    keyed.update(signed)
    return binascii.b2a_base64(keyed.digest(), newline=False)


@lru_cache(maxsize=64)
def _keyed(secret: str, algorithm: str) -> hmac.HMAC:
    """Return the HMAC of nothing yet, which only copies are made of; there are as many as secrets in use."""
    return hmac.new(secret.encode(), digestmod=algorithm)


def _candidates(secrets: SigningSecrets, settings: str) -> tuple[tuple[str, ...], str]:
    """Choose secrets and algorithm: Auth Tokens with SHA-1 unless a shared key is named.

    With the settings header the signature is the shared key's alone
    (`twilio.request_validator.SIGNATURE_SETTINGS_HEADER`), so the Auth Tokens do not count then.
    """
    if not settings:
        return secrets.auth_tokens, "sha1"
    named = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    secret = secrets.shared_keys.get(named.get("key", ""))
    if secret is None or named.get("algorithm", "").upper() != "HMAC_SHA256":
        return (), "sha256"
    return (secret,), "sha256"


def _spellings(url: str) -> Iterator[str]:
    """Yield the URL as it is, then with its port removed or with the scheme's own port added.

    Twilio drops the port for voice over https and keeps it over http, and its libraries accept both.
    """
    yield url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    scheme, _, rest = url.partition("://")
    after = rest.removeprefix(parts.netloc)
    if port is not None:
        yield f"{scheme}://{parts.netloc.rpartition(':')[0]}{after}"
    else:
        yield f"{scheme}://{parts.netloc}:{443 if parts.scheme == 'https' else 80}{after}"
