"""Measures DBOS on those shapes of `benchmarks engine --peers` that it has: its workflows are always durable."""

import logging
import os
import sys
import tempfile
import threading
import time

from dbos import DBOS

from figures import die, die_in_a_child, rate, report

FLOWS = 100


@DBOS.step()
def no_operation():
    pass


@DBOS.step()
def stay():
    if os.environ.get("BENCH_STAYS"):
        threading.Event().wait()


@DBOS.workflow()
def six():
    for _ in range(6):
        no_operation()


@DBOS.workflow()
def staying():
    no_operation()
    no_operation()
    stay()
    for _ in range(3):
        no_operation()


def launch(path):
    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{path}", "log_level": "ERROR"})
    DBOS.launch()


def leave_interrupted(path):
    os.environ["BENCH_STAYS"] = "yes"
    launch(path)
    for _ in range(FLOWS):
        DBOS.start_workflow(staying)
    time.sleep(5)
    die()


def resumed(path):
    launch(path)
    while DBOS.list_workflows(status="PENDING"):
        time.sleep(0.02)


def main(directory):
    figures = {}
    die_in_a_child("--interrupt", f"{directory}/interrupted.db")
    figures["interrupted flows resumed"] = rate(FLOWS, lambda: resumed(f"{directory}/interrupted.db"))
    figures["500 flows of six steps, SQLite, 1 at once"] = rate(FLOWS, lambda: [six() for _ in range(FLOWS)])
    figures["500 flows of six steps, SQLite, 64 at once"] = rate(
        FLOWS,
        lambda: [
            [handle.get_result() for handle in [DBOS.start_workflow(six) for _ in range(50)]] for _ in range(FLOWS // 50)
        ],
    )
    report(figures)
    sys.stdout.flush()
    DBOS.destroy()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    if len(sys.argv) > 1:
        leave_interrupted(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIRECTORY")) as scratch:
            main(scratch)
