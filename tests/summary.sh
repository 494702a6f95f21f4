#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# summary.sh COMMAND...: runs a `make check` and ends with one plain line about its tests.
# Exit status: that of the command.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    "$@" 2>&1
    echo "status $?"
} | tee "$log" | grep -v '^status [0-9]*$'
awk '
    # With VERBOSE=1 the summary stands twice.
    /^# PASS: / { passed = $3 }
    /^# SKIP: / { skipped = $3 }
    /^# (FAIL|ERROR|XPASS): / { bad[$2] = $3 }
    /^status / { status = $2 }
    END {
        failed = bad["FAIL:"] + bad["ERROR:"] + bad["XPASS:"]
        if (status != 0 && failed == 0)
            failed = 1
        if (skipped)
            printf "%d skipped: what they need is not installed\n", skipped
        printf "%d passed, %d failed\n", passed, failed
        exit status != 0 || failed != 0 || passed == 0
    }' "$log"
