# SPDX-License-Identifier: BSD-2-Clause
"""Python's http.server: pyserve.py [--http 1.0|1.1] [--length yes|no] [--size BYTES] [--port PORT].

With --length no a body has no length and ends with the connection (1.0), or with the FIN although
nothing announces it (1.1). Logs ADDRESS PORT ACTION by the client's port.
"""
import argparse
import http.server
import time

options = None


class Handler(http.server.BaseHTTPRequestHandler):
    def say(self, *what):
        print(*self.client_address[:2], *what, f"@{time.time():.6f}", flush=True)

    def setup(self):
        super().setup()
        self.say("open")

    def do_GET(self):
        body = b"connection reuse\n" * (options.size // 17)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        if options.length == "yes":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if options.length == "no":
            self.close_connection = True
        self.say("answered", "closing" if self.close_connection else "keeping")

    def finish(self):
        self.say("closed")
        super().finish()

    def log_message(self, *_):
        pass


def main():
    global options
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", default="1.0")
    parser.add_argument("--length", default="yes")
    parser.add_argument("--size", type=int, default=510)
    parser.add_argument("--port", type=int, default=8080)
    options = parser.parse_args()
    Handler.protocol_version = "HTTP/" + options.http
    http.server.ThreadingHTTPServer(("", options.port), Handler).serve_forever()


main()
