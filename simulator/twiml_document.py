"""Read a TwiML document as Twilio does: well-formed XML with the root ``<Response>``, or error 12100."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat


class MalformedTwiml(ValueError):
    """The document cannot be followed; the message says why."""


def read_twiml(document: bytes) -> Element:
    """Return the ``<Response>`` element. A document type is refused, so no entity is ever expanded."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise MalformedTwiml(f"the document is not well-formed XML ({error})") from error
    root: Element = builder.close()
    if root.tag != "Response":
        raise MalformedTwiml(f"the root element is <{root.tag}>, not <Response>")
    return root


def text_of(element: Element) -> str:
    """Return the text in an element and all below it, with white space folded as speech needs it."""
    return " ".join("".join(element.itertext()).split())


def _refuse_document_type(*_: object) -> None:
    raise MalformedTwiml("the document declares a document type")
