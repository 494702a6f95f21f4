# SPDX-License-Identifier: BSD-2-Clause
"""Python HTTP clients with a log line for whatever each connection sees: ADDRESS PORT ACTION.

pyget.py --with requests|session|urllib|http.client [--body drain|leave] [--timeout S] [--count N]
         [--pause S[,S...]] [--keep] [--stay S] URL...
"requests" makes a session per call, "session" shares one, "http.client" keeps one connection and,
like the module itself, doesn't look whether the server has closed it meanwhile.
"""
import argparse
import http.client
import select
import socket
import time
import urllib.parse
import urllib.request

current = None  # address and port of the connection used last
ended = False  # the server's end had arrived there before the last request


def say(*what):
    print(*current, *what, f"@{time.time():.6f}", flush=True)


def watch(kind):
    """Makes connections of this class tell what they do."""
    connect, request, close = kind.connect, kind.putrequest, kind.close

    def logged_connect(self):
        global current
        connect(self)
        self.local = current = self.sock.getsockname()[:2]
        say("open")
        say("request")

    def logged_request(self, *args, **options):
        global current, ended
        ended = False
        if self.sock is not None:
            current = self.local
            ended = is_ended(self.sock)
            say("request", *args[:2])
        request(self, *args, **options)

    def logged_close(self):
        global current
        if self.sock is not None:
            current = self.local
            say("closed")
        close(self)

    kind.connect, kind.putrequest, kind.close = logged_connect, logged_request, logged_close


def is_ended(sock):
    readable, _, _ = select.select([sock], [], [], 0)
    return bool(readable) and sock.recv(1, socket.MSG_PEEK) == b""


class Requests:
    def __init__(self, options):
        import requests
        import urllib3
        watch(urllib3.connection.HTTPConnection)
        self.requests, self.options, self.kept = requests, options, []
        self.session = requests.Session()
        self.failures = requests.RequestException

    def get(self, url):
        if self.options.client == "requests":
            self.session = self.requests.Session()
            if self.options.keep:
                self.kept.append(self.session)
        response = self.session.get(url, timeout=self.options.timeout, stream=True)
        say("head", response.status_code)
        size = int(response.headers.get("Content-Length", "-1"))
        if self.options.body == "drain":
            response.content
            say("complete", size)
        elif size != 0:
            say("left-unread", size)
        else:
            response.content
            say("complete", size)
        response.close()
        if self.options.client == "requests" and not self.options.keep:
            self.session.close()


    def watch_end(self):
        pass


class Urllib:
    failures = OSError

    def __init__(self, options):
        watch(http.client.HTTPConnection)
        self.options = options

    def get(self, url):
        with urllib.request.urlopen(url, timeout=self.options.timeout) as response:
            say("head", response.status)
            response.read()
            say("complete")


    def watch_end(self):
        pass


class HttpClient:
    failures = (OSError, http.client.HTTPException)

    def __init__(self, options):
        watch(http.client.HTTPConnection)
        self.options, self.connection = options, None

    def get(self, url):
        parts = urllib.parse.urlsplit(url)
        if self.connection is None:
            self.connection = http.client.HTTPConnection(parts.hostname, parts.port,
                                                         timeout=self.options.timeout)
        try:
            self.connection.request("GET", parts.path)
            response = self.connection.getresponse()
            response.read()
            say("complete")
        except self.failures:
            self.connection.close()
            raise


    def watch_end(self):
        """Tells when the server closes the connection that was left."""
        if self.connection is not None and self.connection.sock is not None:
            select.select([self.connection.sock], [], [], self.options.timeout)
            say("end-seen")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--with", dest="client", default="session")
    parser.add_argument("--body", default="drain")
    parser.add_argument("--timeout", type=float, default=30)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--pause", default="0")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stay", type=float, default=600)
    parser.add_argument("urls", nargs="+")
    options = parser.parse_args()
    pauses = [float(each) for each in options.pause.split(",")]
    kinds = {"urllib": Urllib, "http.client": HttpClient}
    client = kinds.get(options.client, Requests)(options)
    for i in range(options.count):
        try:
            client.get(options.urls[i % len(options.urls)])
        except client.failures as error:
            say("failed-after-end" if ended else "failed", type(error).__name__, error)
        time.sleep(pauses[i % len(pauses)])
    client.watch_end()
    time.sleep(options.stay)


main()
