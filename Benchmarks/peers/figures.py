"""What the scripts of this folder share: each prints its figures as JSON, under the names that ours have."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time


def rate(count, body):
    """How often a second, if `body` does it `count` times."""
    start = time.perf_counter()
    body()
    return count / (time.perf_counter() - start)


def median(repetitions, body):
    return statistics.median(body() for _ in range(repetitions))


def die_in_a_child(*arguments):
    """Runs this script again, to its death by SIGKILL."""
    child = subprocess.run([sys.executable, sys.argv[0], *arguments], stdout=subprocess.DEVNULL)
    assert child.returncode == -signal.SIGKILL, child.returncode


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def report(figures):
    json.dump(figures, sys.stdout, indent=2)
    print()
