"""A small HTTP server for tests: it answers what it is told to and records what it is asked."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer; the last one given for a path repeats."""

    body: str | bytes = ""
    status_code: int = 200
    content_type: str | None = "text/xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived."""

    method: str
    target: str
    headers: Message
    body: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        """The form fields of a POST, or those of the query string of a GET."""
        text = self.body if self.method == "POST" else urlsplit(self.target).query
        return dict(parse_qsl(text, keep_blank_values=True))


class RecordingServer:
    """Listens on a free port of this machine between ``with`` and its end."""

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self._answers: dict[str, list[Answer]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _endpoint(self))
        self._server.daemon_threads = True

    def __enter__(self) -> "RecordingServer":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def answer(self, path: str, *answers: Answer | str) -> str:
        """Say what a path answers, in order, and return its URL. A text stands for the verbs of a response."""
        self._answers[path] = [a if isinstance(a, Answer) else Answer(f"<Response>{a}</Response>") for a in answers]
        return self.url(path)

    def requests_to(self, path: str) -> list[Recorded]:
        return [request for request in self.requests if request.path == path]

    def next_answer(self, request: Recorded) -> Answer:
        self.requests.append(request)
        answers = self._answers.get(request.path, [Answer(status_code=204, content_type=None)])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _endpoint(recording: RecordingServer) -> type[BaseHTTPRequestHandler]:
    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: the tests read the recorded requests."""

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            answer = recording.next_answer(Recorded(self.command, self.path, self.headers, body))
            time.sleep(answer.delay_seconds)
            self.send_response(answer.status_code)
            if answer.content_type is not None:
                self.send_header("Content-Type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(answer.body.encode() if isinstance(answer.body, str) else answer.body)
            except ConnectionError:
                self.close_connection = True

    return Endpoint
