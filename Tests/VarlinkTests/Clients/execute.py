"""execute.py PROGRAM: starts a service with the one connection, as `varlinkctl exec:` does, and calls it."""

import os
import socket
import sys

import varlink

ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    os.dup2(theirs.fileno(), 3)
    os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="varlink", LISTEN_PID=str(os.getpid()))
    os.execv(sys.argv[1], [sys.argv[1]])
theirs.close()
client = varlink.Client()
service = client.open("io.example.Child", connection=ours)
print(service.Echo("hello")["text"])
print([reply["count"] for reply in service.Count(3, _more=True)])
ours.close()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
