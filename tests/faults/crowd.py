"""A crowd of callers at once, each on a connection of its own, without a thread for each."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from simulator.signature import sign
from simulator.story import new_sid
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, call_parameters
from tests.faults.load import Answered, NoTwiml, read_answer

PATIENCE_SECONDS = 15.0  # Twilio's own


def call_all(url: str, to_numbers: Sequence[str], seconds: float = 0.0) -> list[Answered]:
    """Place a call to each number, spread evenly over so many seconds; all at once without any."""
    signed = [sign_call(url, index, to_number) for index, to_number in enumerate(to_numbers)]
    port = urlsplit(url).port or 0
    with ThreadPoolExecutor(1) as thread:  # of its own: browser tests of the same process leave a loop in the main one
        return thread.submit(lambda: asyncio.run(_call_all(port, signed, seconds))).result()


def sign_call(url: str, index: int, to_number: str) -> tuple[str, str, bytes]:
    """Return the CallSid, the called number and the bytes of a call from somebody of his own."""
    caller = f"+1303555{index % 10_000:04}"
    parameters = call_parameters(
        CallSid=new_sid("CA"), AccountSid=ACCOUNT_SID, To=to_number, Called=to_number, From=caller, Caller=caller
    )
    body = urlencode(parameters)
    head = (
        f"POST /twilio/voice HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"X-Twilio-Signature: {sign(f'{url}/twilio/voice', parameters, AUTH_TOKEN)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return parameters["CallSid"], to_number, (head + body).encode()


async def _call_all(port: int, signed: Sequence[tuple[str, str, bytes]], seconds: float) -> list[Answered]:
    async def call(index: int, call_sid: str, to_number: str, request: bytes) -> Answered:
        await asyncio.sleep(seconds * index / len(signed))
        began = time.perf_counter()
        answer, problem = b"", ""
        try:
            answer = await asyncio.wait_for(_ask(port, request), PATIENCE_SECONDS)
        except (OSError, TimeoutError) as error:
            problem = type(error).__name__
        milliseconds = (time.perf_counter() - began) * 1000
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            return Answered(call_sid, to_number, None, milliseconds, problem or head[:20].decode(), "", began)
        try:
            verb, said = read_answer(body.decode(errors="replace"))
        except NoTwiml as error:
            return Answered(call_sid, to_number, None, milliseconds, type(error).__name__, "", began)
        return Answered(call_sid, to_number, verb, milliseconds, "", said, began)

    return await asyncio.gather(*(call(index, *one) for index, one in enumerate(signed)))


async def _ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
