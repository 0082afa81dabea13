"""Answer TwiML over HTTP, as an agent does that a call is redirected to."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from simulator.example_conversations import greeting

Log = Callable[[str], None]


def make_twiml_server(host: str, port: int, log: Log) -> ThreadingHTTPServer:
    """Return a server, bound but not yet serving, that greets whoever is redirected to ``/twiml``.

    The names come as query parameters: ``agent_name``, ``location_name``, ``called``.
    """

    class TwimlEndpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer()

        def log_message(self, format: str, *arguments: object) -> None:
            log(f"TwiML: {format % arguments}")

        def _answer(self) -> None:
            url = urlsplit(self.path)
            if url.path != "/twiml":
                self.send_error(404)
                return
            body = greeting_twiml(dict(parse_qsl(url.query))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer((host, port), TwimlEndpoint)
    server.daemon_threads = True
    return server


def greeting_twiml(parameters: dict[str, str]) -> str:
    """Return TwiML that greets with the names that were passed along, whatever characters they hold."""
    called = parameters.get("called")
    speech = greeting(parameters) + (f" You called {called}." if called else "")
    speakable = "".join(character for character in speech if character.isprintable())
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><Say>{escape(speakable)}</Say></Response>'
