# SPDX-License-Identifier: BSD-2-Clause
"""An asyncio server that closes every connection at one age: aged-server.py PORT SECONDS.

Logs ADDRESS PORT open, and old where it closed; "client-closed" where the client was first.
"""
import asyncio
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Connection(asyncio.Protocol):
    def say(self, action):
        print(*self.transport.get_extra_info("peername")[:2], action, flush=True)

    def connection_made(self, transport):
        self.transport, self.pending = transport, b""
        self.say("open")
        asyncio.get_running_loop().call_later(float(sys.argv[2]), self.retire)

    def retire(self):
        if not self.transport.is_closing():
            self.say("old")
            self.transport.close()

    def data_received(self, data):
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            _, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self.transport.write(ANSWER)

    def eof_received(self):
        self.say("client-closed")


async def main():
    server = await asyncio.get_running_loop().create_server(Connection, None, int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
