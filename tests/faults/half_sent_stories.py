"""Half-sent requests before the shipped proxies, with one host behind them: for `make faults` only.

The short test of it, with two hosts, is `tests/deploy/test_half_sent_requests.py`.
"""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import PUBLIC_URL
from tests.deploy.proxies import PROXIES, WHERE_PROGRAMS_ARE, Proxy
from tests.deploy.strangers import Strangers
from tests.deploy.webhooks import Twilio
from tests.faults.load import Load, times
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import TO_NUMBERS, Town

NEVER_PAUSED = TO_NUMBERS[:-1000]
HALF_SENT = 500
DECIDED = "they end at the proxy, which asks a router only when it has the whole request"


def installed_proxies() -> list[type[Proxy]]:
    return [kind for kind in PROXIES if shutil.which(kind.program, path=WHERE_PROGRAMS_ARE)]


def half_sent_requests(kind: type[Proxy], town: Town, scale: Scale) -> Shown:
    """Hold half-sent requests at a proxy while good calls come in."""
    with (
        town.running(PUBLIC_URL=PUBLIC_URL) as service,
        TemporaryDirectory(prefix="proxy-") as folder,
        kind(Path(folder), [service.port, service.port]) as proxy,
    ):
        twilio = Twilio(proxy)
        with Strangers(twilio, HALF_SENT) as strangers, Load(twilio.call, NEVER_PAUSED) as load:
            time.sleep(scale.load_seconds)
    failed = [call for call in load.answered if not town.is_right(call)]
    worst = max(call.milliseconds for call in load.answered)
    return Shown(
        f"{HALF_SENT} half-sent requests before {kind.program}",
        DECIDED,
        {"begun": strangers.begun, "good calls": len(load.answered), "failed": len(failed)} | times(load.answered),
        unless(no_good_call_failed=not failed, every_good_call_within_a_second=worst < 1000),
    )
