"""Refuse a Stream that Twilio would refuse before it opens the WebSocket.

https://www.twilio.com/docs/voice/twiml/stream
"""

from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

MAXIMUM_PARAMETER_CHARACTERS = 500
HANDSHAKE_ERROR = 31920
UNSUPPORTED_SCHEME = 31922
INVALID_TRACK = 31941


class StreamRefused(Exception):
    """The Stream is not opened; carries Twilio's error number where it is known."""

    def __init__(self, text: str, error_code: int | None = None):
        super().__init__(text)
        self.error_code = error_code


def check_stream(noun: Element) -> None:
    """Raise StreamRefused unless the URL, the track and the parameters are ones that Twilio takes."""
    url = urlsplit(noun.get("url", ""))
    if url.scheme != "wss":
        raise StreamRefused("only wss is supported", UNSUPPORTED_SCHEME)
    if url.query:
        raise StreamRefused("a query string is not supported, <Parameter> is", HANDSHAKE_ERROR)
    if noun.get("track", "inbound_track") != "inbound_track":
        raise StreamRefused("<Connect> takes the track inbound_track only", INVALID_TRACK)
    for parameter in noun.findall("Parameter"):
        length = len(parameter.get("name", "")) + len(parameter.get("value", ""))
        if length >= MAXIMUM_PARAMETER_CHARACTERS:
            raise StreamRefused(f"the parameter {parameter.get('name')!r} has {length} characters, 499 are allowed")
