"""Processes that are killed and ended under load: what becomes of the calls and of a pause."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import psycopg

from operations.pause_number import pause_number
from simulator.story import new_sid
from tests.conftest import PROJECT
from tests.faults.fault import RECORDED_WITHIN_SECONDS, is_hung_up_on, wait_for_records
from tests.faults.load import FATAL_CALLER, Answered, Load, post_call, times
from tests.faults.service import Service
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import TO_NUMBERS, Town
from tests.waiting import wait_for

NEVER_PAUSED = TO_NUMBERS[:-1000]


def kill_between_record_and_answer(town: Town, scale: Scale) -> Shown:
    """Kill the worker of each call after it has noted it; Twilio then asks the fallback URL."""
    with town.running(module="tests.faults.dying_wsgi:application") as service:
        with Load(service.call, NEVER_PAUSED, rate=20, threads=4) as load:
            fatal = [call_twice(service, index) for index in range(scale.kills)]
        sids = {first.call_sid for first, _ in fatal}
        answered = {call.call_sid for call in load.answered if call.verb}
        wait_for_records(town, sids | answered)
        notes = wait_for_notes(town, sids, each=2)
        stored = town.count_recorded_once(sids | answered)
    return Shown(
        "Workers are killed between record and answer",
        "the note is on the disk; Twilio asks the fallback URL, and the call has one record of both",
        {
            "kills": len(fatal),
            "answered by the fallback URL": sum(town.is_right(second) for _, second in fatal),
            "records sent": len(sids | answered),
            "records stored": stored,
        },
        unless(
            every_worker_died=all(first.verb is None for first, _ in fatal),
            every_call_answered_by_the_fallback_URL=all(town.is_right(second) for _, second in fatal),
            every_call_recorded_once=stored == len(sids | answered) > 0,
            each_webhook_noted_once=all(notes[sid] == 2 for sid in sids),
            other_calls_right=all(town.is_right(call) or is_hung_up_on(call) for call in load.answered),
        ),
    )


def call_twice(service: Service, index: int) -> tuple[Answered, Answered]:
    """Place a call that kills its worker, and ask again as Twilio does."""
    call = {"CallSid": new_sid("CA"), "From": FATAL_CALLER}
    to_number = NEVER_PAUSED[index]
    first = post_call(service.url, to_number, **call)
    second = post_call(service.url, to_number, endpoint="/twilio/voice/fallback", ErrorCode="11205", **call)
    return first, second


def wait_for_notes(town: Town, call_sids: set[str], each: int) -> Counter[str]:
    """Return how many notes each call has, once each has enough: one that comes later is not missed in its record."""
    deadline = time.monotonic() + RECORDED_WITHIN_SECONDS
    while True:
        notes = count_notes(town, call_sids)
        if all(notes[sid] >= each for sid in call_sids) or time.monotonic() > deadline:
            return notes
        time.sleep(0.05)


def count_notes(town: Town, call_sids: set[str]) -> Counter[str]:
    """Count the events of each call in the database."""
    with psycopg.connect(town.direct.database_url) as connection:
        query = "SELECT call_sid, count(*) FROM call_events WHERE call_sid = ANY(%s) GROUP BY call_sid"
        return Counter(dict(connection.execute(query, [list(call_sids)]).fetchall()))


def kill_everything(town: Town, scale: Scale) -> Shown:
    """Kill master and workers of the host whenever it has answered for two seconds, and start it again at once."""
    kills, started = 0, time.monotonic()
    with Load(town.service.call, NEVER_PAUSED) as load:
        while time.monotonic() - started < scale.killing_seconds:
            time.sleep(2.0)
            town.service.kill()
            town.service.start()
            kills += 1
    answered = [call for call in load.answered if not is_hung_up_on(call)]
    sent = {call.call_sid for call in answered}
    wait_for_records(town, sent)
    stored = town.count_recorded_once(sent)
    return Shown(
        "Whole service is killed after every 2 s of service",
        "who is answered is answered rightly and recorded; who finds nobody is asked again by Twilio, on another host",
        {
            "kills": kills,
            "seconds": round(time.monotonic() - started),
            "answered": len(answered),
            "found nobody, or were killed": len(load.answered) - len(answered),
            "records sent": len(sent),
            "records stored": stored,
        },
        unless(every_answer_right=all(map(town.is_right, answered)), every_call_recorded_once=stored == len(sent) > 0),
    )


def kill_pausing_admin(town: Town, scale: Scale) -> Shown:
    """Kill the admin's process when the pause is committed and nobody was told yet."""
    numbers = TO_NUMBERS[-1000 : -1000 + scale.admin_kills]
    command = [sys.executable, "-m", "tests.faults.pause_process"]
    problems, waited = [], []
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in numbers:
            case = {"stack": [town.direct.database_url, town.valkey.url], "data_dir": str(town.data_dir)}
            case |= {"account_id": town.who.account, "phone_number": number}
            town.unsure.add(number)
            process.stdin.write(json.dumps(case) + "\n")
            process.stdin.flush()
            if int(process.stdout.readline()) != -signal.SIGKILL:
                problems.append("the admin's process lived")
            killed = time.perf_counter()
            wait_for(lambda number=number: town.service.call(number).verb == "Reject")
            waited.append(time.perf_counter() - killed)
            wait_for(lambda number=number: pause_number(town.changes, town.who, number)[1].in_force, 30)
            problems += [f"handed over: {number}" for _ in range(4) if town.service.call(number).verb != "Reject"]
        process.stdin.close()
    return Shown(
        "Admin's process is killed between the commit and “in force”",
        "the admin was told nothing; the hosts follow by themselves, and to repeat the pause confirms it",
        {"kills": len(numbers), "in force by itself after, at most": f"{max(waited):.2f} s"},
        problems,
    )


def under_load(
    name: str,
    decided: str,
    town: Town,
    scale: Scale,
    happens: Callable[[Service], object],
    keeper_stays: bool = False,
    **environment: str,
) -> Shown:
    """Let something happen to the workers under load, which no call may notice and which ends all of them."""
    with town.running(**environment) as service:
        wait_for(lambda: service.keeping_pid() is not None)
        before = set(service.worker_pids()) - ({service.keeping_pid()} if keeper_stays else set())
        with Load(service.call, NEVER_PAUSED) as load:
            time.sleep(scale.load_seconds / 3)
            happens(service)
            time.sleep(scale.load_seconds / 3)
            wait_for(lambda: not before & set(service.worker_pids()), 30)
            time.sleep(scale.load_seconds / 3)
        sent = {call.call_sid for call in load.answered if call.verb}
        wait_for_records(town, sent)
    failed = [call for call in load.answered if not town.is_right(call)]
    stored = town.count_recorded_once(sent)
    return Shown(
        name,
        decided,
        {"calls": len(load.answered), "failed": len(failed), "records sent": len(sent), "records stored": stored}
        | times(load.answered),
        [f"failed: {call}" for call in failed] + unless(every_call_recorded_once=stored == len(sent) > 0),
    )


def hang_up_signal(town: Town, scale: Scale) -> Shown:
    """Let gunicorn take its settings anew (SIGHUP)."""
    decided = "the old workers answer what they have, the new ones what comes; no call fails"
    return under_load("HUP", decided, town, scale, lambda service: os.kill(service.pid, signal.SIGHUP))


def recycled_workers(town: Town, scale: Scale) -> Shown:
    """Let workers end after so many calls."""
    options = "--max-requests 100 --max-requests-jitter 50"
    decided = "a worker ends after so many calls (GUNICORN_CMD_ARGS), another one begins; no call fails"
    return under_load("max_requests", decided, town, scale, lambda _: None, True, GUNICORN_CMD_ARGS=options)


def graceful_stop(town: Town, scale: Scale) -> Shown:
    """Stop the host as an operator does."""
    with Load(town.service.call, NEVER_PAUSED) as load:
        time.sleep(scale.load_seconds / 2)
        town.service.stop()
    refused = [call for call in load.answered if call.problem.endswith("refused")]
    failed = [call for call in load.answered if call not in refused and not town.is_right(call)]
    sent = {call.call_sid for call in load.answered if call.verb}
    stored = town.count_recorded_once(sent)
    town.service.start()
    return Shown(
        "Graceful stop",
        "who was let in is answered and recorded before the end; who comes later is refused at once",
        {"answered": len(sent), "refused": len(refused), "failed": len(failed), "records stored": stored},
        [f"failed: {call}" for call in failed] + unless(every_call_recorded_once=stored == len(sent) > 0),
    )


KILL_STORIES = [
    hang_up_signal,
    recycled_workers,
    graceful_stop,
    kill_pausing_admin,
    kill_between_record_and_answer,
    kill_everything,
]
