"""One number that all processes of this host read without a system call: eight bytes of a file, mapped into memory."""

import mmap
import os
from pathlib import Path

NOTHING = -1
SIZE = 8


class SharedNumber:
    """A number of at most 63 bits, or None. One process at a time may write; readers never see half of a write.

    The mapping is shared by the processes that were forked after it was made, too. Raises OSError when the file cannot
    be made.
    """

    def __init__(self, path: Path) -> None:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(file).st_size < SIZE:
                os.pwrite(file, NOTHING.to_bytes(SIZE, "little", signed=True), 0)
            self._number = memoryview(mmap.mmap(file, SIZE)).cast("q")
        finally:
            os.close(file)

    def read(self) -> int | None:
        """Return the number; costs no more than reading a variable."""
        number = self._number[0]
        return None if number == NOTHING else number

    def write(self, number: int | None) -> None:
        self._number[0] = NOTHING if number is None else number
