"""Forwards TCP connections to a PostgreSQL server, each piece of data half of a delay later, and prints the URI to use instead.

usage: delay.py URI MILLISECONDS; the delay is of a round trip, without what the relay itself takes.
"""

import queue
import socket
import sys
import threading
import time
import urllib.parse


def forward(source, target, delay):
    """Keeps the order, and lets pieces travel beside each other, as a network does: one thread reads, and another one sends.

    Threads can sleep for parts of a millisecond; an event loop waits for whole ones.
    """
    pieces = queue.SimpleQueue()

    def send():
        while True:
            moment, data = pieces.get()
            time.sleep(max(0, moment - time.monotonic()))
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    break
                target.sendall(data)
            except OSError:
                break

    threading.Thread(target=send, daemon=True).start()
    try:
        while data := source.recv(65536):
            pieces.put((time.monotonic() + delay, data))
    except OSError:
        pass
    pieces.put((time.monotonic() + delay, b""))


def main(address, milliseconds):
    uri = urllib.parse.urlsplit(address)
    delay = milliseconds / 2000
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = server.getsockname()[1]
    user = uri.netloc.rpartition("@")[0]
    print(urllib.parse.urlunsplit(uri._replace(netloc=f"{user}@127.0.0.1:{port}")), flush=True)
    while True:
        client, _ = server.accept()
        database = socket.create_connection((uri.hostname, uri.port))
        for end in (client, database):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, target in ((client, database), (database, client)):
            threading.Thread(target=forward, args=(source, target, delay), daemon=True).start()


if __name__ == "__main__":
    # A thread that wakes up must not wait for another one's turn.
    sys.setswitchinterval(0.0001)
    main(sys.argv[1], float(sys.argv[2]))
