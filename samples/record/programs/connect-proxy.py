# SPDX-License-Identifier: BSD-2-Clause
"""A proxy for CONNECT alone: connect-proxy.py PORT. Logs ADDRESS PORT open and tunnel or refused."""
import socket
import sys
import threading


def carry(source, target):
    while True:
        data = source.recv(65536)
        if not data:
            break
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def serve(client, peer):
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    host, _, port = head.split()[1].decode().rpartition(":")
    try:
        target = socket.create_connection((host, int(port)), 5)
    except OSError:
        print(*peer[:2], "refused", flush=True)
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        client.close()
        return
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    print(*peer[:2], "tunnel", flush=True)
    back = threading.Thread(target=carry, args=(target, client))
    back.start()
    carry(client, target)
    back.join()
    client.close()


def main():
    listener = socket.create_server(("", int(sys.argv[1])))
    while True:
        client, peer = listener.accept()
        print(*peer[:2], "open", flush=True)
        threading.Thread(target=serve, args=(client, peer), daemon=True).start()


main()
