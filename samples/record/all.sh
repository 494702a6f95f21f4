#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# all.sh [NAME...] records the samples of these names again, or all of them (as root; 10 minutes).
# Debian packages: golang-go default-jdk-headless nodejs nginx haproxy python3 curl wget iproute2
# nftables tcpdump tshark
# python3-requests python3-aiohttp.
set -eu
cd "$(dirname "$0")"

if [ $# = 0 ]; then
    for script in *.sh; do
        case $script in
        all.sh | lib.sh | go.sh | nginx.sh | sets.sh | readme.sh) ;;
        *) bash "$script" || echo "failed: $script" >&2 ;;
        esac
    done
    exit
fi
for name; do
    script=$(grep -l "^${name//-/_}()" ./*.sh | head -1)
    if [ -n "$script" ]; then
        bash "$script" "$name"
    else
        echo "no script records $name" >&2
        exit 1
    fi
done
