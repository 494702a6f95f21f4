# SPDX-License-Identifier: BSD-2-Clause
"""One libcurl handle (pycurl) for many calls: curl-handle.py [--connects N] [--lifetime S] [--count N]
[--pause S[,S...]] [--stay S] URL...

--connects is CURLOPT_MAXCONNECTS, --lifetime CURLOPT_MAXLIFETIME_CONN. Logs ADDRESS PORT open, and
closed where libcurl closed a connection; "exit" for what the program's end closes.
"""
import argparse
import socket
import time

import pycurl

sockets = {}  # descriptor -> local address and port
ending = False


def say(own, action):
    print(*own, action, f"@{time.time():.6f}", flush=True)


def opened(purpose, address):
    return socket.socket(address.family, address.socktype, address.protocol)


def closing(descriptor):
    if descriptor in sockets:
        say(sockets.pop(descriptor), "exit" if ending else "closed")
    socket.close(descriptor)
    return 0


def main():
    global ending
    parser = argparse.ArgumentParser()
    parser.add_argument("--connects", type=int, default=5)
    parser.add_argument("--lifetime", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--pause", default="0")
    parser.add_argument("--stay", type=float, default=0)
    parser.add_argument("urls", nargs="+")
    options = parser.parse_args()
    pauses = [float(each) for each in options.pause.split(",")]
    curl = pycurl.Curl()
    curl.setopt(pycurl.MAXCONNECTS, options.connects)
    curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
    curl.setopt(pycurl.OPENSOCKETFUNCTION, opened)
    curl.setopt(pycurl.CLOSESOCKETFUNCTION, closing)
    if options.lifetime:
        curl.setopt(pycurl.MAXLIFETIME_CONN, options.lifetime)
    for i in range(options.count):
        curl.setopt(pycurl.URL, options.urls[i % len(options.urls)])
        curl.perform()
        if curl.getinfo(pycurl.NUM_CONNECTS):
            own = (curl.getinfo(pycurl.LOCAL_IP), curl.getinfo(pycurl.LOCAL_PORT))
            sockets[curl.getinfo(pycurl.LASTSOCKET)] = own
            say(own, "open")
        time.sleep(pauses[i % len(pauses)])
    time.sleep(options.stay)
    ending = True
    curl.close()


main()
