# SPDX-License-Identifier: BSD-2-Clause
# Ends TLS as RFC 8446 section 6.1 has it: a timer sends close_notify and waits for the other side's
# end, which comes with the other side's FIN.
#
#   tls-ends.py server PORT CERTIFICATE SECONDS   ends an idle connection after SECONDS (0: never)
#   tls-ends.py client ADDRESS PORT COUNT SECONDS opens COUNT connections 0.3 s apart, one request
#                                                 each, ends them after SECONDS idle (0: never)
#
# Log: ADDRESS PORT ACTION, of the client's end: open, timer (this side's), ended (the other's).
import socket
import ssl
import sys
import threading
import time

REQUEST = b"GET /a HTTP/1.1\r\nHost: test\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def log(peer, action):
    print(peer[0], peer[1], action, flush=True)


def hold(stream, peer, seconds):
    """Waits for the other side's end, or for the own timer."""
    stream.settimeout(seconds or None)
    try:
        ended = not stream.recv(1000)
    except TimeoutError:
        ended = False
    log(peer, "ended" if ended else "timer")
    stream.settimeout(5)
    try:
        if not ended:
            stream.unwrap()
            time.sleep(0.05)
    except (OSError, ssl.SSLError):
        pass
    stream.close()


def serve(plain, peer, context, seconds):
    stream = context.wrap_socket(plain, server_side=True)
    log(peer, "open")
    stream.recv(1000)
    stream.sendall(RESPONSE)
    hold(stream, peer, seconds)


def server(port, certificate, seconds):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("", int(port)))
    while True:
        plain, peer = listener.accept()
        threading.Thread(target=serve, args=(plain, peer, context, float(seconds))).start()


def ask(address, port, seconds):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    stream = context.wrap_socket(socket.create_connection((address, int(port))))
    own = stream.getsockname()
    log(own, "open")
    stream.sendall(REQUEST)
    stream.recv(1000)
    hold(stream, own, seconds)


def client(address, port, count, seconds):
    asking = []
    for _ in range(int(count)):
        asking.append(threading.Thread(target=ask, args=(address, port, float(seconds))))
        asking[-1].start()
        time.sleep(0.3)
    for each in asking:
        each.join()


{"server": server, "client": client}[sys.argv[1]](*sys.argv[2:])
