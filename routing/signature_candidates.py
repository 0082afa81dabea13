"""Which URL or secret would have made a refused signature right: to explain a refusal, never to let anybody in.

The check itself (`webhook_guard.py`) has one URL and the secrets that are configured. What is tried here is what people
and proxies usually get wrong: scheme, host, prefix, slashes, quotes around a token, a header that was dropped.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from routing.twilio_signature import SigningSecrets, is_signed_by_twilio

HOST = re.compile(r"[A-Za-z0-9._\-\[\]:]{1,253}", re.ASCII)
PREFIX = re.compile(r"(/[A-Za-z0-9._~\-]{1,60}){1,5}", re.ASCII)
# Beyond this a request is no webhook of Twilio's, and a stranger could keep us busy with it.
LARGEST_EXPLAINED = 16_000
HEADER_MISSING = "X-Twilio-Webhooks-Signature-Settings is missing"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a request claimed to have signed: the URL that we check, the form, the signature, the settings header."""

    url: str = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    signature: str = field(repr=False)
    settings: str

    @property
    def is_small(self) -> bool:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.parameters) <= LARGEST_EXPLAINED


@dataclass(frozen=True, slots=True)
class WouldMatch:
    """What would have matched: the base and the path of the URL, without its query, and which secret, in words."""

    base: str
    path: str
    secret: str


def find_match(
    secrets: SigningSecrets, refused: SignedRequest, environ: Mapping[str, Any], public_base: str
) -> WouldMatch | None:
    """Return what would have matched; None if nothing that we can think of does."""
    if not refused.is_small:
        return None
    targets = list(_targets(refused.url.removeprefix(public_base)))
    for base in dict.fromkeys(_bases(environ, public_base)):
        for target in targets:
            for words, one_secret, settings in _secrets(secrets, refused.settings):
                if is_signed_by_twilio(one_secret, base + target, refused.parameters, refused.signature, settings):
                    return WouldMatch(base, target.partition("?")[0], words)
    return None


def _bases(environ: Mapping[str, Any], public_base: str) -> Iterator[str]:
    """Yield our own base, then the others that the request's headers and a forgotten prefix or scheme suggest."""
    public = urlsplit(public_base)
    forwarded = str(environ.get("HTTP_X_FORWARDED_HOST", "")).partition(",")[0].strip()
    hosts = [public.netloc, str(environ.get("HTTP_HOST", "")), forwarded]
    prefixes = [public.path, "", str(environ.get("HTTP_X_FORWARDED_PREFIX", "")).rstrip("/")]
    yield public_base
    for host in filter(HOST.fullmatch, hosts):
        for prefix in prefixes:
            if not prefix or prefix == public.path or PREFIX.fullmatch(prefix):
                yield f"https://{host}{prefix}"
                yield f"http://{host}{prefix}"


def _targets(target: str) -> Iterator[str]:
    """Yield the path and query as they came, then with a slash more or less at either end of the path."""
    path, mark, query = target.partition("?")
    yield target
    yield f"{path.rstrip('/') if path.endswith('/') else path + '/'}{mark}{query}"
    yield f"/{target}"


def _secrets(secrets: SigningSecrets, settings: str) -> Iterator[tuple[str, SigningSecrets, str]]:
    """Yield each secret by itself, in words that do not tell it, with the settings header that goes with it.

    Auth Tokens do not count where that header names a shared key (`twilio_signature.py`).
    """
    count = len(secrets.auth_tokens)
    for place, token in enumerate(() if settings else secrets.auth_tokens, start=1):
        words = f"Auth Token {place} of {count}" if count > 1 else "the Auth Token"
        yield words, SigningSecrets((token,), {}), ""
        if (bare := token.strip("\"' ")) != token:
            yield f"{words} without its quotes", SigningSecrets((bare,), {}), ""
    for key_id, secret in secrets.shared_keys.items():
        one = SigningSecrets((), {key_id: secret})
        if settings:
            yield f"shared key {key_id}", one, settings
        else:
            named = f"key={key_id},algorithm=HMAC_SHA256"
            yield f"shared key {key_id}, but the header {HEADER_MISSING}", one, named
