# SPDX-License-Identifier: BSD-2-Clause
"""Plays a script of steps on raw TCP connections, as client or as server.

talk.py client ADDRESS PORT [--times N] [--every SECONDS] [--in-turn] [--from PORT] STEP...
talk.py server PORT STEP...          (each accepted connection plays all the steps)

Steps: send:TEXT (with \\r, \\n and \\xNN)  fill:BYTES  ask:PATH (a GET and its answer; no more asking after Connection: close)
       head (reads a head)  message (reads a head and its body)  some (one read)  all (until the end)
       wait:SECONDS[..SECONDS]  until:AGE (of the connection)  shut (end of sending)  close  rst  hold (until the program is killed)
       limit:SECONDS (for every step that waits, the connect too)
       again:COUNT (plays the steps before it so many times more)  option:NAME=NUMBER  say:ACTION
Logs ADDRESS PORT ACTION of the client's end: "open", what say says, and "failed" for a broken connection.
"""
import random
import socket
import struct
import sys
import threading
import time

OPTIONS = {
    "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "receive-buffer": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "keep-idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keep-interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "keep-count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "user-timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    "syn-count": (socket.IPPROTO_TCP, socket.TCP_SYNCNT),
    "no-delay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
}
printing = threading.Lock()


class Talk:
    def __init__(self, sock, client):
        self.sock, self.client, self.pending = sock, client, b""
        self.born = time.monotonic()
        self.told_to_close = False

    def say(self, action):
        with printing:
            print(*self.client[:2], action, f"{time.time():.6f}", flush=True)

    def read(self):
        data = self.sock.recv(65536)
        self.pending += data
        return data

    def head(self):
        while b"\r\n\r\n" not in self.pending:
            if not self.read():
                raise EOFError
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        return head.lower()

    def need(self, mark):
        while mark not in self.pending:
            if not self.read():
                raise EOFError
        part, _, self.pending = self.pending.partition(mark)
        return part

    def message(self):
        head = self.head()
        self.told_to_close = b"connection: close" in head
        if b"chunked" in head:
            while self.need(b"\r\n") != b"0":
                self.need(b"\r\n")
            while self.need(b"\r\n"):
                pass
        elif b"content-length:" in head:
            left = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            while len(self.pending) < left:
                if not self.read():
                    raise EOFError
            self.pending = self.pending[left:]

    def step(self, verb, value):
        if self.told_to_close and verb in ("ask", "wait"):
            return
        if verb == "send":
            self.sock.sendall(value.encode().decode("unicode_escape").encode("latin-1"))
        elif verb == "fill":
            self.sock.sendall(b"x" * int(value))
        elif verb == "ask":
            host = "{}:{}".format(*self.sock.getpeername()[:2])
            self.sock.sendall(f"GET {value} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            self.message()
        elif verb in ("head", "message"):
            getattr(self, verb)()
        elif verb == "some":
            self.read()
        elif verb == "all":
            while self.read():
                pass
        elif verb == "wait":
            low, _, high = value.partition("..")
            time.sleep(random.uniform(float(low), float(high or low)))
        elif verb == "until":
            time.sleep(max(0, self.born + float(value) - time.monotonic()))
        elif verb == "shut":
            self.sock.shutdown(socket.SHUT_WR)
        elif verb == "rst":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
        elif verb == "close":
            self.sock.close()
        elif verb == "hold":
            threading.Event().wait()
        elif verb == "option":
            name, _, number = value.partition("=")
            self.sock.setsockopt(*OPTIONS[name], int(number))
        elif verb == "limit":
            self.sock.settimeout(float(value))
        elif verb == "say":
            self.say(value)
        else:
            raise SystemExit(f"unknown step {verb}")

    def play(self, steps):
        try:
            for at, text in enumerate(steps):
                verb, _, value = text.partition(":")
                if verb == "again":
                    for _ in range(int(value)):
                        self.play(steps[:at])
                else:
                    self.step(verb, value)
        except (OSError, EOFError) as failure:
            self.say("failed")
            print(self.client[:2], repr(failure), file=sys.stderr, flush=True)


def serve(arguments):
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    listener = socket.create_server(("", int(arguments[0])), family=family, backlog=64,
                                    dualstack_ipv6=family == socket.AF_INET6)
    kept = []
    while True:
        sock, peer = listener.accept()
        talk = Talk(sock, (peer[0].replace("::ffff:", ""), peer[1]))
        talk.say("open")
        kept.append(talk)
        threading.Thread(target=talk.play, args=(arguments[1:],), daemon=True).start()


def connect(address, port, own, steps, kept):
    before = [s for s in steps if s.startswith(("option:", "limit:"))]
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    talk = Talk(sock, ("", 0))
    talk.play(before)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", own))
    host = address
    with socket.socket(sock.family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, port))
        host = probe.getsockname()[0]
    talk.client = (host, sock.getsockname()[1])
    talk.say("open")
    kept.append(talk)
    try:
        sock.connect((address, port))
    except OSError as failure:
        talk.say("failed")
        print(repr(failure), file=sys.stderr, flush=True)
        return
    talk.play([s for s in steps if s not in before])


def main():
    arguments = sys.argv[1:]
    role = arguments.pop(0)
    if role == "server":
        serve(arguments)
    address, port = arguments.pop(0), int(arguments.pop(0))
    times, every, own, in_turn = 1, 0.0, 0, False
    while arguments and arguments[0].startswith("--"):
        option = arguments.pop(0)
        if option == "--times":
            times = int(arguments.pop(0))
        elif option == "--every":
            every = float(arguments.pop(0))
        elif option == "--from":
            own = int(arguments.pop(0))
        else:
            in_turn = True
    kept, threads = [], []
    for _ in range(times):
        thread = threading.Thread(target=connect, args=(address, port, own, arguments, kept))
        threads.append(thread)
        thread.start()
        if in_turn:
            thread.join()
        time.sleep(every)
    for thread in threads:
        thread.join()


main()
