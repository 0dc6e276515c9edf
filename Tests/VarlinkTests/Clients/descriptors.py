"""descriptors.py SOCKET: exchanges files with a service, by the package asyncvarlink."""

import asyncio
import os
import sys

from asyncvarlink import FileDescriptor, VarlinkClientProtocol, VarlinkInterface, connect_unix_varlink, varlinkmethod


class Files(VarlinkInterface, name="io.example.Files"):
    @varlinkmethod(return_parameter="fileDescriptorIndex")
    def Open(self, *, text: str) -> FileDescriptor: ...

    @varlinkmethod(return_parameter="text")
    def Store(self, *, fileDescriptorIndexes: list[FileDescriptor]) -> str: ...

    @varlinkmethod(return_parameter="bytes")
    def Measure(self, *, name: str) -> int: ...


async def main() -> None:
    transport, protocol = await connect_unix_varlink(VarlinkClientProtocol, sys.argv[1])
    files = protocol.make_proxy(Files)
    with await files.Open(text="from the service") as received:
        print(os.read(received["fileDescriptorIndex"].fileno(), 100).decode())
    readers = []
    for text in ["from ", "the client"]:
        reader, writer = os.pipe()
        os.write(writer, text.encode())
        os.close(writer)
        readers.append(FileDescriptor(reader, should_close=True))
    print((await files.Store(fileDescriptorIndexes=readers))["text"])
    print((await files.Measure(name="abc"))["bytes"])
    transport.close()


asyncio.run(main())
