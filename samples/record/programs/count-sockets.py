# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel itself counts: count-sockets.py SECONDS [SS-FILTER...]

Every SECONDS the sockets of this network namespace by state, as ss lists them:
a line TIME STATE COUNT for each state that has any, and TIME all COUNT. When a
socket has left a state: TIME left-STATE SECONDS, as long as it was seen in it."""

import collections
import subprocess
import sys
import time

NAMES = {"ESTAB": "ESTABLISHED", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2"}


def sockets():
    """Each socket's state, by its two ends."""
    command = ["ss", "-Htan", "exclude", "listening", *sys.argv[2:]]
    lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    words = [line.split() for line in lines]
    return {(word[3], word[4]): NAMES.get(word[0], word[0].replace("-", "_")) for word in words}


since = {}
due = time.time()
while True:
    now = time.time()
    seen = {(ends, state) for ends, state in sockets().items()}
    for ends, state in since.keys() - seen:
        print(f"{now:.6f} left-{state} {now - since.pop((ends, state)):.3f}")
    for each in seen:
        since.setdefault(each, now)
    for state, count in sorted(collections.Counter(state for _, state in seen).items()):
        print(f"{now:.6f} {state} {count}")
    print(f"{now:.6f} all {len(seen)}", flush=True)
    due = max(due + float(sys.argv[1]), time.time())
    time.sleep(max(0, due - time.time()))
