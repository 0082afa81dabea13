"""The account that PostgreSQL runs under, since it refuses root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from stat import S_IXOTH
from typing import Any


@dataclass(frozen=True)
class Account:
    user_id: int
    group_id: int

    def popen_options(self) -> dict[str, Any]:
        """Return what `subprocess` must be told to start a program under this account."""
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def own(self, folder: Path) -> None:
        os.chown(folder, self.user_id, self.group_id)


def unprivileged_account() -> Account | None:
    """Return the account "nobody" when we are root, and None when our own account will do."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def everyone_may_enter(folder: Path) -> bool:
    """Tell whether any account may reach what is in this folder."""
    resolved = folder.resolve()
    return all(step.is_dir() and step.stat().st_mode & S_IXOTH for step in (resolved, *resolved.parents))
