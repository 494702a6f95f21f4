# SPDX-License-Identifier: BSD-2-Clause
"""An application for gunicorn (app:wsgi) and uvicorn (app:asgi): /sleep/SECONDS answers so late,
whatever else at once."""
import asyncio
import time

BODY = b"connection reuse\n"


def seconds(path):
    return float(path.split("/")[2]) if path.startswith("/sleep/") else 0


def wsgi(environ, start_response):
    time.sleep(seconds(environ["PATH_INFO"]))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    await asyncio.sleep(seconds(scope["path"]))
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", str(len(BODY)).encode())]})
    await send({"type": "http.response.body", "body": BODY})
