"""Sign a request as Twilio does, written from Twilio's description and not from its library.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

Parameters = Mapping[str, str] | Iterable[tuple[str, str]]

SCHEMES_SIGNED_WITHOUT_PORT = ("https", "wss")


def sign(url: str, parameters: Parameters, auth_token: str) -> str:
    """Return the ``X-Twilio-Signature`` of a request (base64 of HMAC-SHA1).

    ``parameters`` are the decoded form fields of a POST; pass none for a GET, whose parameters stand in the URL.
    A name that occurs several times is signed once for each different value, in order.
    """
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    text = signed_url(url) + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signed_url(url: str) -> str:
    """Return the part of the URL that is signed: no fragment, no credentials, and over TLS no port.

    Whether the port of a ``wss`` URL is dropped as well is not documented; we take it to follow https.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme.lower() in SCHEMES_SIGNED_WITHOUT_PORT and parts.port is not None:
        host = host.removesuffix(f":{parts.port}")
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
