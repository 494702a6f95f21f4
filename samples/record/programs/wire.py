# SPDX-License-Identifier: BSD-2-Clause
"""Joins two network namespaces by a link with a delay: wire.py SPACE1 SPACE2 MILLISECONDS TAG.

Makes a tap device named "wire" in each namespace and carries frames between them, each one
the delay later, in order. Stands in for netem where the kernel has none.
"""
import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000


def tap(name, space):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", space, "name", "wire"], check=True)
    return fd


def carry(ends, delay):
    waiting = collections.deque()
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select(ends, [], [], timeout)
        for fd in ready:
            try:
                waiting.append((time.monotonic() + delay, ends[1 - ends.index(fd)],
                                os.read(fd, 65536)))
            except BlockingIOError:
                pass
        while waiting and waiting[0][0] <= time.monotonic():
            _, fd, frame = waiting.popleft()
            try:
                os.write(fd, frame)
            except OSError:
                pass  # the far device isn't up yet


def main():
    spaces, delay, tag = sys.argv[1:3], float(sys.argv[3]) / 1000, sys.argv[4]
    ends = [tap(f"{tag}{i}", space) for i, space in enumerate(spaces)]
    print("ready", flush=True)
    carry(ends, delay)


main()
