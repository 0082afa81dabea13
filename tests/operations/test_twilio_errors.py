"""What Twilio says no to, and what it leaves open, is told in sentences that an admin understands."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
import responses

from config.logs import set_up_logs
from operations.errors import OperationError
from operations.twilio_account import TwilioAccount, webhooks_of
from operations.twilio_errors import MEANINGS, TwilioOutcomeUnknown, TwilioProblem, TwilioRefused, TwilioUnavailable
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, NOTHING_LISTENS, PUBLIC_URL

NUMBER = "+14155550100"
NUMBERS = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/IncomingPhoneNumbers.json"
ONE = NUMBERS.replace(".json", "/PN1.json")
HTML = "<html><body>Bad gateway</body></html>"


@pytest.fixture
def twilio() -> Iterator[TwilioAccount]:
    """An account at Twilio itself, whose answers are written by the tests."""
    account = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN)
    yield account
    account.close()


@pytest.fixture
def answers() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as answers:
        yield answers


def buy(twilio: TwilioAccount) -> object:
    return twilio.buy(NUMBER, "Main line", webhooks_of(PUBLIC_URL))


def find(twilio: TwilioAccount) -> object:
    return twilio.find(NUMBER)


def error_body(code: int, message: str = "Twilio's own words", status: int = 400) -> str:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return json.dumps({"code": code, "message": message, "more_info": more_info, "status": status})


@pytest.mark.parametrize("code", sorted(MEANINGS))
@pytest.mark.parametrize("ask", [buy, find])
def test_each_code_has_its_sentence(
    twilio: TwilioAccount, answers: responses.RequestsMock, code: int, ask: Callable[[TwilioAccount], object]
) -> None:
    """For a purchase as for a list, where the SDK would raise an exception without a code."""
    answers.add("POST" if ask is buy else "GET", NUMBERS, body=error_body(code), status=400)

    with pytest.raises(TwilioRefused) as refused:
        ask(twilio)

    meaning = MEANINGS[code]
    assert (refused.value.twilio_code, refused.value.code) == (code, meaning.code)
    assert (refused.value.message, refused.value.status) == (meaning.sentence, meaning.status)


def test_sentences_end_and_codes_are_words() -> None:
    """What is shown to people is a sentence, and what programs go by is an identifier."""
    assert all(meaning.sentence.endswith(".") for meaning in MEANINGS.values())
    assert all(meaning.code.isidentifier() and meaning.code.islower() for meaning in MEANINGS.values())


def test_unknown_code_keeps_twilios_words_and_a_link(twilio: TwilioAccount, answers: responses.RequestsMock) -> None:
    """Codes come and go at Twilio."""
    answers.add("POST", NUMBERS, body=error_body(29999, "A rule\nof\ttomorrow"), status=400)

    with pytest.raises(TwilioRefused) as refused:
        buy(twilio)
    assert refused.value.message == (
        "Twilio refused: A rule of tomorrow (https://www.twilio.com/docs/api/errors/29999)"
    )


def test_twilios_words_are_cleaned_and_shortened(twilio: TwilioAccount, answers: responses.RequestsMock) -> None:
    """No control characters, no page of text."""
    answers.add("POST", NUMBERS, body=error_body(29999, "\x1b[31m" + "long " * 100), status=400)

    with pytest.raises(TwilioRefused) as refused:
        buy(twilio)
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 300


def test_problem_in_the_newer_shape_is_read_too(twilio: TwilioAccount, answers: responses.RequestsMock) -> None:
    """RFC 9457, for which the SDK has an exception of another family."""
    problem = {"type": "https://twilio.com/x", "title": "No", "detail": "Taken", "status": 400, "code": 21422}
    answers.add("POST", NUMBERS, json=problem, status=400)

    with pytest.raises(TwilioRefused) as refused:
        buy(twilio)
    assert refused.value.code == "number_not_available"


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_told_without_a_code_too(
    twilio: TwilioAccount, answers: responses.RequestsMock, status: int
) -> None:
    """A proxy in between may answer so."""
    answers.add("GET", NUMBERS, body=HTML, status=status)

    with pytest.raises(TwilioRefused, match="credentials") as refused:
        find(twilio)
    assert (refused.value.code, refused.value.status) == ("twilio_credentials", 502)


@pytest.mark.parametrize("body", [error_body(20429), HTML, ""])
@pytest.mark.parametrize("ask", [buy, find])
def test_too_many_requests_may_be_repeated(
    twilio: TwilioAccount, answers: responses.RequestsMock, body: str, ask: Callable[[TwilioAccount], object]
) -> None:
    """Twilio has not done anything then."""
    answers.add("POST" if ask is buy else "GET", NUMBERS, body=body, status=429)

    with pytest.raises(TwilioUnavailable, match="Nothing was done"):
        ask(twilio)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [error_body(20500, status=500), HTML])
def test_fault_of_twilios_leaves_a_purchase_open(
    twilio: TwilioAccount, answers: responses.RequestsMock, status: int, body: str
) -> None:
    """It may be done; it must be looked up."""
    answers.add("POST", NUMBERS, body=body, status=status)

    with pytest.raises(TwilioOutcomeUnknown, match="look at") as unknown:
        buy(twilio)
    assert unknown.value.status == 503


@pytest.mark.parametrize("status", [302, 500, 503])
def test_fault_of_twilios_leaves_nothing_open_that_was_read(
    twilio: TwilioAccount, answers: responses.RequestsMock, status: int
) -> None:
    """Reading changes nothing, whatever became of it."""
    answers.add("GET", NUMBERS, body=HTML, status=status)

    with pytest.raises(TwilioUnavailable):
        find(twilio)


@pytest.mark.parametrize(
    "body", [HTML, "", "[]", "null", '{"sid": ""}', '{"sid": null, "phone_number": "+1"}', "[" * 99999]
)
def test_good_status_with_an_answer_that_is_not_twilios_leaves_a_purchase_open(
    twilio: TwilioAccount, answers: responses.RequestsMock, body: str
) -> None:
    """A proxy's page, or an answer that was cut short."""
    answers.add("POST", NUMBERS, body=body, status=201)

    with pytest.raises(TwilioOutcomeUnknown, match="not Twilio"):
        buy(twilio)


@pytest.mark.parametrize("body", [HTML, '{"a": 1, "b": 2}', '{"ok": true}', '{"incoming_phone_numbers": [1]}'])
def test_list_that_is_not_twilios_is_not_an_empty_list(
    twilio: TwilioAccount, answers: responses.RequestsMock, body: str
) -> None:
    """Otherwise every number would seem to be gone."""
    answers.add("GET", NUMBERS, body=body, status=200)

    with pytest.raises(TwilioUnavailable, match="not Twilio"):
        list(twilio.every_number())


@pytest.mark.parametrize(("status", "is_gone"), [(404, True), (404, False)])
def test_only_twilio_can_say_that_a_number_is_gone(
    twilio: TwilioAccount, answers: responses.RequestsMock, status: int, is_gone: bool
) -> None:
    """Some other server's 404 is no news about the number."""
    body = error_body(20404, status=404) if is_gone else HTML
    answers.add("DELETE", ONE, body=body, status=status)
    answers.add("GET", ONE, body=body, status=status)

    if is_gone:
        assert twilio.release("PN1") is False
        assert twilio.read("PN1") is None
    else:
        with pytest.raises(TwilioRefused):
            twilio.release("PN1")
        with pytest.raises(TwilioRefused):
            twilio.read("PN1")


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (requests.ConnectTimeout(), TwilioUnavailable),
        (requests.exceptions.ProxyError(), TwilioUnavailable),
        (requests.ReadTimeout(), TwilioOutcomeUnknown),
        (requests.ConnectionError("reset"), TwilioOutcomeUnknown),
        (requests.exceptions.ChunkedEncodingError(), TwilioOutcomeUnknown),
        (requests.exceptions.SSLError(), TwilioOutcomeUnknown),
    ],
)
def test_silence_is_told_by_what_was_sent(
    twilio: TwilioAccount,
    answers: responses.RequestsMock,
    silence: requests.RequestException,
    expected: type[TwilioProblem],
) -> None:
    """Nothing was sent before there was a connection; after that nobody knows. It was asked once only."""
    answers.add("POST", NUMBERS, body=silence)

    with pytest.raises(expected):
        buy(twilio)
    assert len(answers.calls) == 1


@pytest.mark.parametrize("base_url", [NOTHING_LISTENS, "http://twilio.invalid"])
def test_server_that_cannot_be_reached_has_done_nothing(base_url: str) -> None:
    """Refused, or no such name: from the real transport."""
    twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, base_url)

    with pytest.raises(TwilioUnavailable, match="cannot be reached"):
        buy(twilio)
    twilio.close()


def test_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK alone would wait for ever; a purchase is not sent a second time."""
    monkeypatch.setattr("operations.twilio_http.ANSWER_WITHIN_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(TwilioOutcomeUnknown, match="in time"):
            buy(twilio)
        with pytest.raises(TwilioUnavailable, match="in time"):
            find(twilio)
        twilio.close()


def test_connection_that_breaks_after_the_request_leaves_a_purchase_open() -> None:
    """Closed without a word, as by a server that is being restarted."""
    accepted = []

    def hang_up(server: socket.socket) -> None:
        connection, _ = server.accept()
        accepted.append(connection.recv(65536))
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=(server,))
        thread.start()
        twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(TwilioOutcomeUnknown, match="broke off"):
            buy(twilio)
        thread.join()
        twilio.close()
    assert len(accepted) == 1


def test_failure_is_logged_with_twilios_request_id_and_without_the_number(
    twilio: TwilioAccount, answers: responses.RequestsMock, capfd: pytest.CaptureFixture[str]
) -> None:
    """What Twilio's support asks for; never the query, in which the number is."""
    answers.add("GET", NUMBERS, body=HTML, status=500, headers={"Twilio-Request-Id": "RQ1"})
    set_up_logs()

    with pytest.raises(TwilioUnavailable):
        find(twilio)

    line = capfd.readouterr().err
    event = json.loads(line)
    assert (event["event"], event["twilio_request_id"], event["status"]) == ("twilio request failed", "RQ1", 500)
    assert NUMBER.strip("+") not in line


def test_environment_cannot_redirect_the_sdk(monkeypatch: pytest.MonkeyPatch, answers: responses.RequestsMock) -> None:
    """TWILIO_REGION and TWILIO_EDGE would change the host, other variables the account."""
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_REGION", "TWILIO_EDGE"):
        monkeypatch.setenv(name, "elsewhere")
    answers.add("GET", NUMBERS, json={"incoming_phone_numbers": []})

    twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN)

    assert twilio.find(NUMBER) is None
    twilio.close()


def test_every_problem_is_an_operations_error() -> None:
    """So that the doors need no other way to tell it."""
    assert issubclass(TwilioProblem, OperationError)
    for kind in (TwilioRefused, TwilioUnavailable, TwilioOutcomeUnknown):
        assert issubclass(kind, TwilioProblem)
