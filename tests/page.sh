#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The script of the page, run by node where there is one: the report that it gives back from its
# columns is the JSON report.
set -eu
command -v node >/dev/null 2>&1 || {
    echo 'skipped: node is not installed'
    exit 77
}
cd "${top_srcdir:-.}" || exit 99
. tests/captures.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
count=0

# What the script needs of a browser: nothing that it draws is looked at here.
cat >"$work/page.js" <<'SCRIPT'
'use strict';
const fs = require('fs'), assert = require('assert');
const page = fs.readFileSync(process.argv[2], 'utf8');
const between = (open) => page.split(open)[1].split('</script>')[0];
const nothing = { classList: { add() {} } };
global.window = { addEventListener() {} };
global.document = {
    getElementById: (id) => id === 'report' ? { textContent: between('id="report">') } : null,
    querySelector: () => null, querySelectorAll: () => [], addEventListener() {}, documentElement: nothing,
};
(0, eval)(between('<script>'));
const whole = JSON.parse(JSON.stringify(global.window.connreuse.whole()));
const saved = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
delete whole.run;
delete saved.run;
assert.deepStrictEqual(whole, saved);
SCRIPT

for sample in $(captures); do
    "$CONNREUSE" -o "$work/page.html" -o "$work/report.json" "$sample" 2>/dev/null
    count=$((count + 1))
    node "$work/page.js" "$work/page.html" "$work/report.json" >"$work/said" 2>&1 || {
        echo "FAILED: $sample"
        head -20 "$work/said"
        failed=1
    }
done
echo "$count pages compared with their JSON reports"
exit $failed
