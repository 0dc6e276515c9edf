"""Measures DBOS on a PostgreSQL server: prints how many workflows of six steps, which do nothing, end a second.

usage: dbos_server_figures.py URI CLIENTS
"""

import logging
import sys
import threading
import time

from dbos import DBOS

SECONDS = 5


@DBOS.step()
def no_operation():
    pass


@DBOS.workflow()
def six():
    for _ in range(6):
        no_operation()


def work(counts, client, end):
    while time.perf_counter() < end:
        six()
        counts[client] += 1


def main(address, clients):
    DBOS(config={"name": "bench", "system_database_url": address, "log_level": "ERROR"})
    DBOS.launch()
    six()
    counts, end = [0] * clients, time.perf_counter() + SECONDS
    threads = [threading.Thread(target=work, args=(counts, client, end)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(round(sum(counts) / SECONDS))
    sys.stdout.flush()
    DBOS.destroy()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main(sys.argv[1], int(sys.argv[2]))
