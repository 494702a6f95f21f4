#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# all.sh [NAME...] records the samples of these names again, or all of them (as root; 15 minutes);
# all.sh -n NAME... only tells the script and the function that do it.
# Debian packages: golang-go default-jdk-headless libokhttp-java nodejs nginx
# libnginx-mod-http-lua haproxy apache2-bin lighttpd squid gunicorn uvicorn python3-requests
# python3-aiohttp python3-pycurl python3-tornado python3-websockets node-undici varnish
# python3-waitress libwww-perl php-cli php-curl ruby ruby-webrick socat netcat-openbsd curl wget
# apache2-utils iproute2 nftables tcpdump tshark.
set -eu
cd "$(dirname "$0")"

# recorder NAME: script and function that mention this sample first.
recorder() {
    awk -v name="$1" '
        /^[a-z0-9_]+\(\)/ { function_name = substr($0, 1, index($0, "(") - 1) }
        FNR == 1 { function_name = "" }
        FILENAME ~ /(all|readme)\.sh$/ || function_name == "" { next }
        {
            line = $0
            gsub(/[^a-z0-9-]+/, " ", line)
            if (index(" " line " ", " " name " ")) { print FILENAME, function_name; exit }
        }' ./*.sh
}

if [ $# = 0 ]; then
    grep -lE '^(choose|sample|together) ' ./*.sh | while read -r script; do
        bash "$script" || echo "failed: $script" >&2
    done
    exit
fi
only_tell=
[ "$1" != -n ] || { only_tell=yes; shift; }
for name; do
    found=$(recorder "$name")
    [ -n "$found" ] || { echo "no script records $name" >&2; exit 1; }
    if [ -n "$only_tell" ]; then
        echo "$found"
    else
        bash $found
    fi
done
