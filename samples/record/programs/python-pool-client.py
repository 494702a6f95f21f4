# SPDX-License-Identifier: BSD-2-Clause
"""Threads share one requests.Session (urllib3 pool): python-pool-client.py URL POOL_SIZE THREADS REQUESTS HOLD.

Logs ADDRESS PORT ACTION: open, and pool-full where urllib3 discarded the connection.
"""
import random
import sys
import threading
import time

import requests
import urllib3

printing = threading.Lock()


def say(client, action):
    with printing:
        print(*client, action, f"{time.time():.6f}", flush=True)


class Connection(urllib3.connection.HTTPConnection):
    def connect(self):
        super().connect()
        self.client = self.sock.getsockname()[:2]
        say(self.client, "open")


class Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = Connection

    def _put_conn(self, conn):
        open_before = conn is not None and conn.sock is not None
        super()._put_conn(conn)
        if open_before and conn.sock is None:
            say(conn.client, "pool-full")


def main():
    url, size, threads, count, hold = sys.argv[1], *map(int, sys.argv[2:6])
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=size)
    adapter.poolmanager.pool_classes_by_scheme = {"http": Pool}
    session.mount("http://", adapter)

    def work():
        for _ in range(count):
            time.sleep(random.uniform(0, 0.03))
            session.get(url).content

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    time.sleep(hold)


main()
