# SPDX-License-Identifier: BSD-2-Clause
"""aiohttp client with a keepalive_timeout: aioget.py IDLE_SECONDS PAUSE_SECONDS COUNT URL.

It doesn't tell its ports: take them from the server's log. Stays until SIGTERM.
"""
import asyncio
import sys

import aiohttp


async def main():
    idle, pause, count, url = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    connector = aiohttp.TCPConnector(keepalive_timeout=idle)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(count):
            async with session.get(url) as response:
                await response.read()
            await asyncio.sleep(pause)
        await asyncio.sleep(600)


asyncio.run(main())
