#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes one capture of three packets in every form that can be read; run it in this folder."""
import lzma, bz2, gzip, io, struct, subprocess, tarfile

TIMES = [1700000000_000001000, 1700000000_250000000, 1700000001_999999000]  # nanoseconds


def frame(number):
    """Ethernet, IPv4 and TCP with a few bytes of payload."""
    payload = b"packet %d" % number + b"." * number
    tcp = struct.pack(">HHIIBBHHH", 40000, 80, 100 * number, 7, 5 << 4, 0x18, 1024, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), number, 0, 64, 6, 0)
    ip += bytes([10, 0, 0, 1, 10, 0, 0, 2])
    return b"\2" * 12 + b"\x08\x00" + ip + tcp + payload


FRAMES = [frame(n) for n in (1, 2, 3)]


def pcap(order, magic, per_second, extra=0, link=1):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for time, data in zip(TIMES, FRAMES):
        seconds, rest = divmod(time, 10**9)
        out += struct.pack(order + "IIII", seconds, rest * per_second // 10**9, len(data), len(data))
        out += bytes(extra) + data
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = 12 + len(body)
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order, resolution):
    option = struct.pack(order + "HHBxxxHH", 9, 1, resolution, 0, 0)
    return block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + option)


def enhanced(order, number, index, per_second):
    ticks = TIMES[number] * per_second // 10**9
    data = FRAMES[number]
    body = struct.pack(order + "IIIII", index, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(order, 6, body + data)


def pcapng(order):
    """Two interfaces with clocks of different resolution, and a block that nobody knows."""
    out = section(order) + interface(order, 6) + enhanced(order, 0, 0, 10**6)
    out += block(order, 0x0BAD, b"anything") + interface(order, 9)
    return out + enhanced(order, 1, 1, 10**9) + enhanced(order, 2, 0, 10**6)


def sections():
    """Two sections in different byte order."""
    out = section("<") + interface("<", 6) + enhanced("<", 0, 0, 10**6)
    out += section(">") + interface(">", 9)
    return out + enhanced(">", 1, 0, 10**9) + enhanced(">", 2, 0, 10**9)


def write(name, data):
    with open(name, "wb") as out:
        out.write(data)


def pack(program, data):
    return subprocess.run([program, "-9", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


plain = pcap("<", 0xA1B2C3D4, 10**6)
write("three.pcap", plain)
write("three-big-endian.pcap", pcap(">", 0xA1B2C3D4, 10**6))
write("three-nanoseconds.pcap", pcap("<", 0xA1B23C4D, 10**9))
write("three-nanoseconds-big-endian.pcap", pcap(">", 0xA1B23C4D, 10**9))
write("three-modified.pcap", pcap("<", 0xA1B2CD34, 10**6, extra=8))
write("three-modified-longer.pcap", pcap("<", 0xA1B2CD34, 10**6, extra=12))
write("three.pcapng", pcapng("<"))
write("three-big-endian.pcapng", pcapng(">"))
write("three-sections.pcapng", sections())
write("three-after-text.pcap", b"tcpdump: listening on eth0, link-type EN10MB\r\n" + plain)
write("three.pcap.gz", gzip.compress(plain, mtime=0))
write("three.pcap.xz", lzma.compress(plain))
write("three.pcap.bz2", bz2.compress(plain))
write("three.pcap.zst", pack("zstd", plain))
write("three.pcap.lz4", pack("lz4", plain))
split = 24 + 16 + len(FRAMES[0])
parts = tar([("README", b"not a capture"), ("a.pcap", plain[:split]), ("b.pcap", plain[:24] + plain[split:])])
write("three.tar", parts)
write("three.tar.gz", gzip.compress(parts, mtime=0))
