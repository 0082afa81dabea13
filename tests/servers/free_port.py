"""Pick a TCP port on which a server can start, stop and start again."""

import random
import socket

# Below the ranges for outgoing connections (Linux 32768+, macOS 49152+). Inside them a client that keeps
# calling a stopped server is, now and then, given the server's own port and connects to itself, and any other
# client may hold the port when the server wants it back.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
ATTEMPTS = 200


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nobody holds now; somebody may still take it before the server does."""
    for _ in range(ATTEMPTS):
        port = random.randint(LOWEST_PORT, HIGHEST_PORT)
        if is_free(port):
            return port
    raise RuntimeError(f"No free port on 127.0.0.1 after {ATTEMPTS} attempts.")


def is_listened_to(port: int) -> bool:
    """Tell whether somebody takes connections at a port of 127.0.0.1; unlike a try to bind it, that disturbs nobody."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
