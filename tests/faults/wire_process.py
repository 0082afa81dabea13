"""A TCP proxy that spoils what it carries: `python -m tests.faults.wire_process PORT TARGET_PORT`.

It reads how to behave from its standard input, one word a line, and says `done` when it does:

* `pass` carries everything; what was held back goes on its way, as after a network has healed.
* `refuse` closes every connection and the port.
* `hole` carries nothing and answers nothing: connections stay open, and new ones are never made.
* `late MS` carries each reply so many milliseconds later.
* `garble` carries bytes of its own in place of each reply.
* `cut` carries half of each reply and closes the connection.
"""

import asyncio
import os
import socket
import sys
from contextlib import suppress

REPLY_BYTES = 65_536


class WireProcess:
    """One port, one target, and the connections between them."""

    def __init__(self, port: int, target_port: int) -> None:
        self._port, self._target_port = port, target_port
        self._how, self._milliseconds = "pass", 0.0
        self._flowing = asyncio.Event()
        self._listening: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._full: list[socket.socket] = []

    async def behave(self, how: str, milliseconds: float = 0.0) -> None:
        """Change the behaviour, for the connections that there are and those to come."""
        self._how, self._milliseconds = how, milliseconds
        await self._stop_listening()
        if how == "hole":
            self._flowing.clear()
            self._fill_backlog()
            return
        if how == "refuse":
            for writer in tuple(self._writers):
                writer.transport.abort()
        else:
            self._listening = await asyncio.start_server(self._connect, "127.0.0.1", self._port, backlog=512)
        self._flowing.set()

    async def _stop_listening(self) -> None:
        for connection in self._full:
            connection.close()
        self._full.clear()
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            await asyncio.sleep(0)  # the sockets are closed in the loop's next round

    def _fill_backlog(self) -> None:
        """Listen, accept nothing, and let the kernel have no room: it drops who comes then, as a firewall does."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(0)
        self._full.append(listener)
        for _ in range(4):
            connection = socket.socket()
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.connect(("127.0.0.1", self._port))
            self._full.append(connection)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(target_writer)
        await asyncio.gather(
            self._carry(reader, target_writer, writer, is_reply=False),
            self._carry(target_reader, writer, target_writer, is_reply=True),
        )
        self._writers -= {writer, target_writer}

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter, is_reply: bool
    ) -> None:
        """Carry one direction until either side has had enough; then the other ends as well."""
        with suppress(OSError):
            while chunk := await reader.read(REPLY_BYTES):
                await self._flowing.wait()
                if is_reply and self._how == "late":
                    await asyncio.sleep(self._milliseconds / 1000)
                if is_reply and self._how == "garble":
                    chunk = os.urandom(len(chunk))
                if is_reply and self._how == "cut":
                    writer.write(chunk[: len(chunk) // 2])
                    break
                writer.write(chunk)
                await writer.drain()
        writer.close()
        back.close()


async def main(port: int, target_port: int) -> None:
    """Carry, and behave as told, until the standard input ends."""
    wire = WireProcess(port, target_port)
    orders = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await wire.behave("pass")
    print("done", flush=True)
    while order := (await orders.readline()).decode().split():
        await wire.behave(order[0], float(order[1]) if len(order) > 1 else 0.0)
        print("done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
