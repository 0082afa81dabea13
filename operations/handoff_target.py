"""Read the target of a hand-off that is to be saved: one that names an address of a private network is refused.

Names are only looked up when a hand-off is tried (`try_handoff.py`): what they lead to may be another thing tomorrow,
and saving must not wait for it. LOCAL_HOSTS may be saved, because an agent on this very machine is what the simulator
hands calls to; to try them is refused all the same, unless it is the simulator's own example agent.
"""

from urllib.parse import urlsplit

from operations.checking import read_handoff_target
from operations.errors import Invalid
from operations.outside_address import LOCAL_HOSTS, is_inside

NAMES_A_HOST = ("stream", "conversation_relay", "redirect", "sip")


def read_target_to_save(kind: str, text: str) -> str:
    """Return the target as it is stored; raise Invalid for an unusable one, or one within a private network."""
    target = read_handoff_target(kind, text)
    host = _host_of(kind, target) if kind in NAMES_A_HOST else ""
    if host not in LOCAL_HOSTS and is_inside(host):
        raise Invalid(f"{host} is an address of a private network, which Twilio cannot reach. Name a public host.")
    return target


def _host_of(kind: str, target: str) -> str:
    """Return the host of a URL, or of a SIP URI such as sip:agent@example.com:5060;transport=tls."""
    url = "//" + target.partition("@")[2].partition(";")[0] if kind == "sip" else target
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
