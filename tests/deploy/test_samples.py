"""The proxies' own checks accept the samples, and their limits fit the routers'."""

import re
import runpy
from pathlib import Path

import pytest

from routing.webhook_guard import LARGEST_BODY_BYTES
from tests.conftest import PROJECT
from tests.deploy.proxies import DEPLOY, Proxy
from tests.deploy.webhooks import TWILIOS_PATIENCE_SECONDS


def test_sample_is_accepted_without_a_warning(kind_of_proxy: type[Proxy], tmp_path: Path) -> None:
    """`nginx -t`, `haproxy -c`."""
    checked = kind_of_proxy(tmp_path, [9, 9]).check()

    assert checked.returncode == 0, checked.stderr
    assert not re.search(r"warn|deprecat", checked.stdout + checked.stderr, re.IGNORECASE), checked.stderr


def test_proxies_close_idle_connections_before_gunicorn_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a request would now and then meet a connection that is being closed."""
    monkeypatch.chdir(tmp_path)
    gunicorn = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))
    upstream = re.search(r"upstream routers \{.*?\n    \}", (DEPLOY / "nginx.conf").read_text(), re.DOTALL)
    assert upstream
    [nginx_seconds] = re.findall(r"keepalive_timeout (\d+)s;", upstream[0])
    [haproxy_seconds] = re.findall(r"pool-purge-delay (\d+)s", (DEPLOY / "haproxy.cfg").read_text())

    assert max(int(nginx_seconds), int(haproxy_seconds)) < gunicorn["keepalive"]


def test_all_tries_end_within_twilio_s_patience() -> None:
    """Also when every host accepts connections and answers nothing."""
    nginx, haproxy = (DEPLOY / "nginx.conf").read_text(), (DEPLOY / "haproxy.cfg").read_text()
    webhooks = haproxy[haproxy.index("backend webhooks") : haproxy.index("frontend inner")]

    def of_nginx(name: str) -> int:
        return int(re.findall(rf"{name} (\d+)s;", nginx)[0])

    last_begins = of_nginx("proxy_next_upstream_timeout")
    assert last_begins + of_nginx("proxy_connect_timeout") + of_nginx("proxy_read_timeout") < TWILIOS_PATIENCE_SECONDS
    one_try = int(re.findall(r"timeout connect (\d+)ms", haproxy)[0]) + int(
        re.findall(r"timeout server (\d+)ms", webhooks)[0]
    )
    tries = 1 + int(re.findall(r"retries (\d+)", webhooks)[0])
    assert tries * one_try / 1000 < TWILIOS_PATIENCE_SECONDS


def test_no_proxy_lets_in_more_than_a_router_takes() -> None:
    """What the router would refuse anyway need not be carried to it."""
    [kilobytes] = re.findall(r"client_max_body_size (\d+)k;", (DEPLOY / "nginx.conf").read_text())
    [most] = re.findall(r"req.body_size gt (\d+)", (DEPLOY / "haproxy.cfg").read_text())

    assert max(int(kilobytes) * 1024, int(most)) <= LARGEST_BODY_BYTES
