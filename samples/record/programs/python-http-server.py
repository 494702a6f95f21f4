# SPDX-License-Identifier: BSD-2-Clause
"""Python's own http.server with HTTP/1.1: python-http-server.py PORT. /crash raises an exception, what doesn't begin by /a is a 404.

Logs CLIENT_ADDRESS CLIENT_PORT ACTION: open, crash, error.
"""
import http.server
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self):
        super().setup()
        self.say("open")

    def say(self, action):
        print(*self.client_address[:2], action, f"{time.time():.6f}", flush=True)

    def do_GET(self):
        if self.path.startswith("/crash"):
            self.say("crash")
            raise RuntimeError("a bug in the handler")
        if not self.path.startswith("/a"):
            self.say("error")
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"fine.\n")

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
