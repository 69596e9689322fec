"""A unix socket, reached by TCP on the loopback interface: for clients that speak TCP only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"
_AT_ONCE = 65536


@contextmanager
def relay(target: Path) -> Iterator[int]:
    """Pass on what is sent to a port, for as long as the context lasts.

    Args:
        target: the unix socket.

    Yields:
        The port, on 127.0.0.1 only.
    """
    with socket.create_server((LOOPBACK, 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, target), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def _accept(listening: socket.socket, target: Path) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:  # closed
            return
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(target))
        for ends in ((client, server), (server, client)):
            threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_AT_ONCE):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
