"""A call whose answer is nothing that Twilio could follow is counted, and as one that went wrong."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import responses

from tests.faults.crowd import call_all
from tests.faults.load import Load, post_call
from tests.waiting import wait_for

URL, NUMBER = "http://router.example", "+14155550100"
NO_TWIML = ["", "<Response>", "<Response/>", "Internal Server Error", "<Response>\x00</Response>"]


class Silent(BaseHTTPRequestHandler):
    """Answers 200 and says nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@responses.activate
@pytest.mark.parametrize("body", NO_TWIML)
def test_answer_without_a_verb_is_a_problem_of_its_call(body: str) -> None:
    """Status 200 alone helps no caller."""
    responses.post(f"{URL}/twilio/voice", body=body)

    call = post_call(URL, NUMBER)

    assert (call.verb, call.problem) == (None, "NoTwiml")


@responses.activate
def test_calls_go_on_after_such_an_answer() -> None:
    """A thread that ended would take its calls out of every figure."""
    responses.post(f"{URL}/twilio/voice", body="<Response/>")
    with Load(lambda number: post_call(URL, number), [NUMBER], rate=200, threads=1) as load:
        wait_for(lambda: len(load.answered) > 3)

    assert {call.problem for call in load.failed()} == {"NoTwiml"}


def test_nor_does_a_crowd_take_it_for_an_answer() -> None:
    """Each of its calls is told apart."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        Thread(target=server.serve_forever).start()
        calls = call_all(f"http://127.0.0.1:{server.server_port}", [NUMBER] * 2)
        server.shutdown()

    assert [(call.verb, call.problem) for call in calls] == [(None, "NoTwiml")] * 2
