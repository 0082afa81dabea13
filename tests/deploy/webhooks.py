"""Twilio's side of a proxy: signed requests over TLS, each on a connection of its own, sent byte for byte."""

import http.client
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from simulator.signature import sign
from simulator.story import new_sid
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.deploy.proxies import Proxy
from tests.faults.load import Answered

TWILIOS_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Reply:
    """What Twilio got."""

    status_code: int
    text: str

    @property
    def verbs(self) -> list[str]:
        """The names of the TwiML verbs in order."""
        return [verb.tag for verb in ElementTree.fromstring(self.text)]


class Twilio:
    """Sends webhooks to a proxy under the public URL that the hosts know."""

    def __init__(self, proxy: Proxy) -> None:
        self._port = proxy.port
        self._context = ssl.create_default_context(cafile=str(proxy.authority))

    def connect(self, timeout_seconds: float = TWILIOS_PATIENCE_SECONDS) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self._port, timeout=timeout_seconds, context=self._context)

    def send(self, method: str, target: str, body: str = "", **headers: str) -> Reply:
        """Send the request target as it is; names of headers are written with `_` for `-`."""
        connection = self.connect()
        try:
            usual = {"Host": "calls.example.com", "Connection": "close", "User-Agent": "TwilioProxy/1.1"}
            sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, body.encode() if body else None, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode())
        finally:
            connection.close()

    def post(self, target: str, parameters: dict[str, str]) -> Reply:
        """Post a signed form."""
        signature = sign_target(target, parameters)
        form = {"Content_Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return self.send("POST", target, urlencode(parameters), X_Twilio_Signature=signature, **form)

    def get(self, target: str) -> Reply:
        """Get as for a number that is configured with VoiceMethod GET."""
        return self.send("GET", target, X_Twilio_Signature=sign_target(target, {}))

    def call(self, to_number: str) -> Answered:
        """Place one call."""
        call_sid = new_sid("CA")
        started = time.perf_counter()
        verb, problem, said = None, "", ""
        try:
            reply = self.post("/twilio/voice", call_parameters(CallSid=call_sid, To=to_number, Called=to_number))
            verb = reply.verbs[0] if reply.status_code == 200 else None
            problem = "" if verb else f"status {reply.status_code}"
            said = "".join(ElementTree.fromstring(reply.text)[0].itertext()).strip() if verb else ""
        except (OSError, http.client.HTTPException) as error:
            problem = repr(error)
        return Answered(call_sid, to_number, verb, (time.perf_counter() - started) * 1000, problem, said, started)


def sign_target(target: str, parameters: dict[str, str]) -> str:
    """Sign as Twilio does, over the very target: nothing of it is parsed and put together again."""
    return sign(PUBLIC_URL, {"": target, **parameters}, AUTH_TOKEN)
