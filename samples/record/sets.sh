# SPDX-License-Identifier: BSD-2-Clause
# More helpers for the recording scripts, after lib.sh.
#   truth_by NAME LOG ACTION=CAUSE[|CAUSE][/BY]...   as truth, with the column "by"

truth_by() {
    truth "$@" && sed -i '/^#/!s,/, ,g' "$OUT/$1.truth"
}
