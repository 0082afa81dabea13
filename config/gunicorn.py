"""How gunicorn serves the router: `gunicorn -c config/gunicorn.py wsgi`."""

import gc
import os
from typing import Any

import structlog

from config.settings import load_settings
from config.threads import THREADS
from config.worker import Worker

settings = load_settings()

bind = f"{settings.host}:{settings.port}"
# One of them answers nobody: it has the background work.
KEEPING = 1
workers = settings.workers + KEEPING
worker_class = "config.worker.Worker"
threads = THREADS
preload_app = True
control_socket_disable = True
# Above the idle time of usual proxies, so that it is they who close idle connections, never we under a request.
keepalive = 75
graceful_timeout = 20
timeout = 30
accesslog = None
# A request line and headers of Twilio's are far shorter; nothing else needs more.
limit_request_line = 8190


def when_ready(server: Any) -> None:
    """Say what is served with: the numbers of workers and threads were perhaps chosen by the cores."""
    workers_that_answer = server.cfg.workers - KEEPING
    structlog.get_logger().info("serving", at=bind, workers=workers_that_answer, threads=server.cfg.threads)


def nworkers_changed(server: Any, new_value: int, old_value: int | None) -> None:
    """Never leave the one that keeps alone, which answers nobody: not with `--workers 1`, nor by SIGTTOU.

    The setting as well, because gunicorn begins as many as that says when it takes its settings anew (SIGHUP).
    """
    if new_value == KEEPING:
        server.cfg.set("workers", KEEPING + 1)
        server.num_workers = KEEPING + 1


def pre_fork(server: Any, worker: Any) -> None:
    """Choose the worker that keeps: one whenever there is none, and a new one with new settings (SIGHUP).

    Where `--worker-class` says another class than ours, nobody does, and all stand in.
    """
    siblings = [other for other in server.WORKERS.values() if other.cfg is worker.cfg]
    worker.keeps = isinstance(worker, Worker) and not any(other.keeps for other in siblings)


def post_fork(server: Any, worker: Any) -> None:
    """Let go of connections that belong to the parent process, and look for no garbage in what was loaded before.

    That is all there for good: 176,000 objects, which a full collection would walk through while calls and pages wait
    (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.freeze()
    server.app.callable.extensions["after_fork"]()


def post_worker_init(worker: Any) -> None:
    """Begin the background work, or stand in for who has it and get ready for the first call."""
    worker.app.callable.extensions["keeper"].start(stands_in=not worker.keeps)
    worker.app.callable.extensions["housekeeper"].start(stands_in=not worker.keeps)
    if not worker.keeps:
        worker.app.callable.extensions["before_calls"]()
        worker.app.callable.extensions["probe"].start()


def worker_exit(server: Any, worker: Any) -> None:
    """Let this process's background work end well, unless the next worker goes on with it.

    gunicorn also asks the master, of workers it finds gone.
    """
    if worker.pid != os.getpid():
        return
    worker.app.callable.extensions["write_waiting_notes"]()
    if isinstance(worker, Worker) and worker.is_replaced:
        worker.leave()
    else:
        worker.app.callable.extensions["before_end"]()
