"""Do cases that end in a killed process, each in a child forked from one that has everything loaded already."""

import json
import os
import sys
from collections.abc import Callable


def do_cases(do: Callable[..., int]) -> None:
    """Read a case as a line of JSON, do it in a child, and write the child's exit status, until there are no more."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(do(**json.loads(line)))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
