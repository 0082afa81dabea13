"""The samples of `deploy/` as running proxies: names, ports and paths are replaced, nothing else."""

import getpass
import grp
import os
import pwd
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pytest
import requests
import trustme

from tests.conftest import PROJECT
from tests.servers.free_port import find_free_port, is_listened_to
from tests.waiting import wait_for

DEPLOY = PROJECT / "deploy"
# Debian puts both where only root looks for programs.
WHERE_PROGRAMS_ARE = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class Proxy(ABC):
    """A proxy before the routers at `ports`; a context manager. `url` is its public side, `inner_url` the inner one."""

    program = ""
    sample = ""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.folder = folder
        self.port, self.inner_port = find_free_port(), find_free_port()
        self.url, self.inner_url = f"https://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.inner_port}"
        self.authority = folder / "authority.pem"
        self.log = folder / "log"
        self.log.touch()
        certificates = trustme.CA()
        certificates.cert_pem.write_to_path(self.authority)
        certificate = certificates.issue_cert("calls.example.com", "127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "certificate.pem")
        self.path = folder / self.sample
        self.path.write_text(self.render((DEPLOY / self.sample).read_text(), ports))
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def render(self, text: str, ports: Sequence[int]) -> str:
        """Return the sample for this machine."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return how to run it in the foreground."""

    def check(self) -> "subprocess.CompletedProcess[str]":
        """Let the proxy itself check its file."""
        return subprocess.run([*self.command(), *self.checking], capture_output=True, text=True)

    checking: tuple[str, ...] = ()

    def __enter__(self) -> "Proxy":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(lambda: self._process.poll() is not None or is_listened_to(self.port))
            assert self._process.poll() is None, self.log.read_text()
            assert requests.get(self.url, verify=str(self.authority), timeout=5).status_code == 404
        except BaseException:
            self._process.kill()
            self._process.wait(10)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)


class Nginx(Proxy):
    """nginx with deploy/nginx.conf."""

    program = "nginx"
    sample = "nginx.conf"
    checking = ("-t",)

    def render(self, text: str, ports: Sequence[int]) -> str:
        """Replace what belongs to a machine, and keep temporary files where any user may write."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        folders = "".join(f"    {kind}_temp_path {self.folder / kind};\n" for kind in kinds)
        return replace_all(
            text,
            {
                "user www-data;": f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};",
                "/run/nginx.pid": f"{self.folder}/nginx.pid",
                "/var/log/nginx/error.log": str(self.log),
                "/var/log/nginx/access.log": str(self.log),
                "/etc/nginx/tls/fullchain.pem": f"{self.folder}/certificate.pem",
                "/etc/nginx/tls/privkey.pem": f"{self.folder}/certificate.pem",
                "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
                "listen 127.0.0.1:8080;": f"listen 127.0.0.1:{self.inner_port};",
                "router-1:8000": f"127.0.0.1:{ports[0]}",
                "router-2:8000": f"127.0.0.1:{ports[1]}",
                "http {\n": "http {\n" + folders,
            },
        )

    def command(self) -> list[str]:
        """Keep it in the foreground, and away from the machine's own log."""
        return [str(find_program("nginx")), "-c", str(self.path), "-e", str(self.log), "-g", "daemon off;"]


class Haproxy(Proxy):
    """HAProxy with deploy/haproxy.cfg."""

    program = "haproxy"
    sample = "haproxy.cfg"
    checking = ("-c",)

    def render(self, text: str, ports: Sequence[int]) -> str:
        """Replace what belongs to a machine; only root can change its root folder."""
        replaced = {
            "/etc/haproxy/tls/calls.example.com.pem": f"{self.folder}/certificate.pem",
            "bind :443 ": f"bind 127.0.0.1:{self.port} ",
            "bind 127.0.0.1:8080": f"bind 127.0.0.1:{self.inner_port}",
            "router-1:8000": f"127.0.0.1:{ports[0]}",
            "router-2:8000": f"127.0.0.1:{ports[1]}",
            "user haproxy": f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "group haproxy": f"group {grp.getgrgid(os.getgid()).gr_name}",
            "chroot /var/lib/haproxy": f"chroot {self.folder}" if os.geteuid() == 0 else "",
        }
        return replace_all(text, replaced)

    def command(self) -> list[str]:
        """Keep it in the foreground."""
        return [str(find_program("haproxy")), "-db", "-f", str(self.path)]


PROXIES: tuple[type[Proxy], ...] = (Nginx, Haproxy)


def replace_all(text: str, replaced: dict[str, str]) -> str:
    """Replace each; a sample that does not hold one of them is not the one that we know."""
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def find_program(name: str) -> str | None:
    """Return where a program is, None where it is not installed."""
    return shutil.which(name, path=WHERE_PROGRAMS_ARE)


def left_out(kind: type[Proxy]) -> tuple[pytest.MarkDecorator, ...]:
    """Mark the tests of a proxy that is not installed, so that a run says once a file what it left out."""
    if find_program(kind.program) is not None:
        return ()
    reason = f"{kind.program} is not installed, so its sample was not tried (Debian: apt-get install {kind.program})"
    return (pytest.mark.skip(reason=reason),)
