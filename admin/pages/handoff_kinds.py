"""What people read about each kind of hand-off: what it is called, what its target is, and how that looks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandoffKind:
    """`name` is the kind's, `label` its target's; `example` stands in the empty field, `hint` below it."""

    name: str
    label: str
    example: str
    hint: str


HANDOFF_KINDS = {
    "stream": HandoffKind(
        "Media Stream (WebSocket)",
        "WebSocket URL",
        "wss://agent.example.com/calls",
        "Twilio opens this WebSocket and streams the call's sound both ways. It begins with wss:// and has no query.",
    ),
    "conversation_relay": HandoffKind(
        "ConversationRelay (WebSocket)",
        "WebSocket URL",
        "wss://agent.example.com/relay",
        "Twilio opens this WebSocket and sends what the caller says as text. It begins with wss:// and has no query.",
    ),
    "sip": HandoffKind(
        "SIP",
        "SIP URI",
        "sip:agent@example.com;transport=tls",
        "Twilio calls this SIP address. It is shorter than 255 characters.",
    ),
    "phone": HandoffKind(
        "Telephone", "Phone number", "+14155550182", "Twilio calls this telephone. Write it with its country code."
    ),
    "client": HandoffKind(
        "Twilio client",
        "Client identity",
        "front-desk",
        "A browser or app that is registered at Twilio under this name: letters, digits or any of _ . @ + = -",
    ),
    "redirect": HandoffKind(
        "Your own TwiML",
        "URL of the TwiML",
        "https://agent.example.com/twiml",
        "Twilio fetches TwiML from this https:// address and does what it says.",
    ),
}
