# SPDX-License-Identifier: BSD-2-Clause
# The samples for the shell tests: sourced, not run, in the top folder of the sources.
# shellcheck shell=sh

reads_gzip() {
    "$CONNREUSE" -q tests/data/capture/three.pcap.gz >/dev/null 2>&1
}

# captures [NAME]: paths of the samples whose name begins so, without those that are compressed when
# this build can't read them; it says so then.
captures() {
    find samples -name "${1:-}*.pcap" | sort
    if reads_gzip; then
        find samples -name "${1:-}*.pcap.gz" | sort
    else
        echo "skipped: samples/${1:-}*.pcap.gz: this build reads no gzip" >&2
    fi
}

# name_of CAPTURE: the sample's name.
name_of() {
    name_of=${1##*/}
    name_of=${name_of%.gz}
    echo "${name_of%.pcap}"
}
