"""No call fails while hosts die, hang and restart behind the proxy, and each is recorded once."""

import os
import signal
import time

from tests.deploy.conftest import Hosts
from tests.deploy.figures import report
from tests.deploy.proxies import Proxy
from tests.deploy.webhooks import TWILIOS_PATIENCE_SECONDS, Twilio
from tests.faults.load import Load


def test_no_call_fails_when_a_host_is_killed(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """Its calls are asked of the other host, also those that it had received and not answered."""
    with Load(Twilio(proxy).call, to_numbers, rate=40) as calls:
        time.sleep(1)
        hosts.first.kill()
        time.sleep(2)
        hosts.first.start()
        time.sleep(0.5)

    report(f"{proxy.program}: a host is killed", calls.answered)
    assert calls.failed() == []
    hosts.wait_until_recorded(calls.call_sids())


def test_no_call_fails_when_a_host_hangs(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """A machine that accepts connections and answers nothing is left within Twilio's patience."""
    with Load(Twilio(proxy).call, to_numbers, rate=40, threads=24) as calls:
        time.sleep(1)
        os.killpg(hosts.first.pid, signal.SIGSTOP)
        time.sleep(5)
        os.killpg(hosts.first.pid, signal.SIGCONT)

    report(f"{proxy.program}: a host hangs", calls.answered)
    assert calls.failed() == []
    assert max(call.milliseconds for call in calls.answered) < TWILIOS_PATIENCE_SECONDS * 1000
    hosts.wait_until_recorded(calls.call_sids())


def test_no_call_fails_in_a_rolling_restart(proxy: Proxy, hosts: Hosts, to_numbers: list[str]) -> None:
    """Each host is stopped as an operator does, and the next one as soon as the one before is ready."""
    with Load(Twilio(proxy).call, to_numbers, rate=40) as calls:
        time.sleep(1)
        for host in (hosts.first, hosts.second):
            host.stop()
            host.start()
        time.sleep(0.5)

    report(f"{proxy.program}: rolling restart", calls.answered)
    assert calls.failed() == []
    hosts.wait_until_recorded(calls.call_sids())
