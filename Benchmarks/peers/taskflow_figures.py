"""Measures OpenStack's TaskFlow on the shapes of `benchmarks engine --peers`."""

import contextlib
import os
import sys
import tempfile

from taskflow import engines, states, task
from taskflow.patterns import linear_flow, unordered_flow
from taskflow.persistence import backends
from taskflow.utils import persistence_utils

from figures import die, die_in_a_child, median, rate, report

FLOWS = 25


class NoOperation(task.Task):
    def execute(self):
        pass


class Death(task.Task):
    def execute(self):
        if os.environ.get("BENCH_DIES"):
            die()


def flow(pattern, count):
    return pattern.Flow("bench").add(*[NoOperation(str(n)) for n in range(count)])


def in_memory(pattern, count):
    runs = max(1, 500 // count)
    return rate(runs * count, lambda: [engines.run(flow(pattern, count)) for _ in range(runs)])


def database(directory, name):
    backend = backends.fetch({"connection": f"sqlite:///{directory}/{name}.db"})
    with contextlib.closing(backend.get_connection()) as connection:
        connection.upgrade()
    return backend


def six():
    return linear_flow.Flow("six").add(*[NoOperation(str(n)) for n in range(6)])


def dying():
    return linear_flow.Flow("dying").add(
        NoOperation("0"), NoOperation("1"), Death("2"), NoOperation("3"), NoOperation("4"), NoOperation("5")
    )


def leave_one_interrupted(directory):
    os.environ["BENCH_DIES"] = "yes"
    engines.run(dying(), backend=database(directory, "interrupted"))


def resumed(directory):
    backend = database(directory, "interrupted")
    with contextlib.closing(backend.get_connection()) as connection:
        books = list(connection.get_logbooks())
    for book in books:
        for detail in book:
            if detail.state == states.RUNNING:
                engine = engines.load(dying(), flow_detail=detail, book=book, backend=backend)
                engine.run()


def main(directory):
    figures = {f"linear {n}, in memory, serial": median(3, lambda: in_memory(linear_flow, n)) for n in (10, 100)}
    figures["linear 1000, in memory, serial"] = in_memory(linear_flow, 1000)
    figures["unordered 1000, in memory, serial"] = in_memory(unordered_flow, 1000)
    backend = database(directory, "six")
    figures["500 flows of six steps, SQLite, 1 at once"] = rate(
        FLOWS, lambda: [engines.run(six(), backend=backend) for _ in range(FLOWS)]
    )
    # An engine of theirs takes the process with it, so each dies in its own.
    for _ in range(FLOWS):
        die_in_a_child("--interrupt", directory)
    figures["interrupted flows resumed"] = rate(FLOWS, lambda: resumed(directory))
    report(figures)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        leave_one_interrupted(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as scratch:
            main(scratch)
