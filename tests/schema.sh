#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The reports of all samples are valid by an independent reader of the JSON Schema (the Python
# package jsonschema): JSON, and each line of NDJSON. Skipped where that isn't installed.
set -u
LC_ALL=C
export LC_ALL
cd "${top_srcdir:-.}" || exit 99
. tests/captures.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=
for candidate in /usr/bin/python3 python3; do
    "$candidate" -c 'from jsonschema import Draft202012Validator' 2>/dev/null && python=$candidate
done
if [ -z "$python" ]; then
    echo "SKIPPED: there is no Python with jsonschema"
    exit 77
fi

"$CONNREUSE" schema >"$work/schema" || exit 1
for capture in $(captures); do
    name=$(name_of "$capture")
    "$CONNREUSE" -q -T json "$capture" >"$work/$name.json" || exit 1
    "$CONNREUSE" -q -T ndjson --label sample="$name" "$capture" >"$work/$name.ndjson" || exit 1
done

"$python" - "$work" <<'END'
import glob, json, sys
from jsonschema import Draft202012Validator

folder = sys.argv[1]
schema = json.load(open(folder + "/schema"))
Draft202012Validator.check_schema(schema)
whole = Draft202012Validator(schema)
lines = {kind: Draft202012Validator({"$ref": "#/$defs/" + kind, "$defs": schema["$defs"]})
         for kind in ("connection", "summary")}
values = faults = 0

def check(validator, value, where):
    global values, faults
    values += 1
    for error in list(validator.iter_errors(value))[:3]:
        faults += 1
        print("FAILED:", where, error.json_path, error.message[:200])

for path in sorted(glob.glob(folder + "/*.json")):
    check(whole, json.load(open(path)), path)
for path in sorted(glob.glob(folder + "/*.ndjson")):
    for number, line in enumerate(open(path), 1):
        value = json.loads(line)
        check(lines[value["type"]], value, "%s:%d" % (path, number))
print("%d values checked, %d faults" % (values, faults))
sys.exit(1 if faults or not values else 0)
END
