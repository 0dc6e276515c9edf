"""Forwards TCP connections to a PostgreSQL server, each piece of data half of a delay later, and prints the URI to use instead.

usage: delay.py URI MILLISECONDS; the delay is of a round trip.
"""

import asyncio
import sys
import urllib.parse


async def forward(reader, writer, delay):
    """Keeps the order, and lets pieces travel beside each other, as a network does."""
    loop, pieces = asyncio.get_running_loop(), asyncio.Queue()

    async def send():
        while True:
            time, data = await pieces.get()
            await asyncio.sleep(max(0, time - loop.time()))
            if not data:
                break
            writer.write(data)
        writer.close()

    sending = asyncio.create_task(send())
    try:
        while data := await reader.read(65536):
            pieces.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    pieces.put_nowait((loop.time() + delay, b""))
    await sending


async def main(address, milliseconds):
    uri = urllib.parse.urlsplit(address)

    async def connected(reader, writer):
        their_reader, their_writer = await asyncio.open_connection(uri.hostname, uri.port)
        delay = milliseconds / 2000
        await asyncio.gather(forward(reader, their_writer, delay), forward(their_reader, writer, delay))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = uri.netloc.rpartition("@")[0]
    print(urllib.parse.urlunsplit(uri._replace(netloc=f"{user}@127.0.0.1:{port}")), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
