#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Hostile captures that wear out the program's tables, in bounded memory: each shape of
# tests/exhaustion.c is analysed under a limit of address space that would not do without the caps.
# tests/exhaustion itself writes them at any size.
. "${top_srcdir:-.}/tests/common.sh"
: "${CONNREUSE:?run by make check}" "${EXHAUST:?run by make check}"

case " ${CFLAGS:-} " in
*fsanitize*)
    echo 'skipped: a sanitizer reserves all address space'
    exit 77
    ;;
esac

# The address space that an analysis needs at least, in KiB. With one thread: each thread reserves
# address space of its own.
least=32768
until (ulimit -v "$least" && "$CONNREUSE" -j1 -T json "$sample") >/dev/null 2>&1; do
    least=$((least + 4096))
    [ "$least" -lt 4194304 ] || { echo 'FAILED: a sample needs 4 GiB'; exit 1; }
done
echo "a sample needs $least KiB of address space"

# wear_out SHAPE COUNT MEBIBYTES REQUESTS: the analysis ends well in so much more address space and
# has seen so many requests.
wear_out() {
    "$EXHAUST" "$1" "$2" | (
        ulimit -v $((least + $3 * 1024))
        exec timeout 120 "$CONNREUSE" -j1 -T json --max-connections 1 -
    ) >"$work/out" 2>"$work/err"
    status=$?
    is 0 "$1: $2 in $3 MiB more"
    holds "$1: $4 requests" grep -q "\"requests\":$4,\"responses\"" "$work/out"
}


# Without the caps it would be 100 bytes and more for each segment, all bytes of a head, 16 bytes
# for each request. An open connection is allowed 1,000 bytes, what judging it takes for a while included.
wear_out sequential 300000 12 0
wear_out reversed 300000 12 0
wear_out random 300000 12 0
wear_out head 3000000 10 0
wear_out line 3000000 10 0
wear_out pipelined 1000000 8 1000001
wear_out interim 300000 8 1
wear_out extensions 1000000 8 1
wear_out trailers 1000000 8 1
wear_out chunks 300000 8 1
wear_out wraps 200000 8 1
wear_out names 2000 60 2000
wear_out half-heads 7000 330 0
wear_out parked 200000 600 0
wear_out syns 100000 96 0
wear_out few-bits 100000 160 0
wear_out one-slot 100000 96 0
wear_out tuples 30000 200 0 # each a pair, of which the report lists 10,000
finish
