#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What goes wrong around the program: signals, closed and full outputs, inputs that break off.
# shellcheck source=tests/common.sh
. "${top_srcdir:-.}/tests/common.sh"

mkfifo "$work/pipe"

# Half of a capture arrives, then nothing: the writer stays.
half_capture() {
    { head -c 10000 "$sample"; sleep 8; } >"$work/pipe" &
    writer=$!
}
end_writer() {
    kill "$writer" 2>/dev/null
    wait "$writer" 2>/dev/null
}

# In the foreground timeout sends its signal once, not to the whole group again.
for signal in INT TERM; do
    half_capture
    timeout --foreground -s "$signal" --preserve-status 2 "$CONNREUSE" -T ndjson - \
        <"$work/pipe" >"$work/out" 2>"$work/err"
    status=$?
    end_writer
    is 0 "the first SIG$signal stops reading and does not change the status"
    holds "after SIG$signal the report is whole" \
        sh -c "tail -n 1 '$work/out' | grep -q '^{\"type\":\"summary\".*}\$'"
    holds "after SIG$signal there are connections" grep -q '"type":"connection"' "$work/out"
done

half_capture
timeout --foreground -s TERM --preserve-status 2 "$CONNREUSE" -o "$work/stopped.json" "$work/none.pcap" - \
    <"$work/pipe" >"$work/out" 2>"$work/err"
status=$?
end_writer
is 3 'after a signal the status is still that of the inputs'
holds 'after a signal a file is whole' sh -c "tail -n 1 '$work/stopped.json' | grep -q '}'"

# A shell starts what is in the background with SIGINT ignored.
half_capture
"$CONNREUSE" - <"$work/pipe" >"$work/out" 2>"$work/err" &
reader=$!
sleep 1
kill -INT "$reader"
wait "$reader"
status=$?
end_writer
is 0 'SIGINT stops reading in the background too'
holds 'and the report is written' grep -q Coverage "$work/out"

sleep 5 >"$work/pipe" &
writer=$!
timeout --foreground -s INT --preserve-status 1 "$CONNREUSE" - <"$work/pipe" >"$work/out" 2>"$work/err"
status=$?
kill "$writer"
is 3 'SIGINT before the first byte'
holds 'is no failed read' grep -q 'stopped before anything came' "$work/err"

# Nobody ever reads this output: the first signal lets it be written, the second ends it.
mkfifo "$work/unread.json"
"$CONNREUSE" -o "$work/unread.json" "$sample" 2>"$work/err" &
reader=$!
sleep 1
kill -TERM "$reader"
sleep 1
holds 'the first signal does not end the writing' kill -0 "$reader"
kill -TERM "$reader" 2>/dev/null
wait "$reader"
status=$?
is 143 'the second signal ends at once'

# --- Outputs
run sh -c "'$CONNREUSE' -T json '$sample' >/dev/full"
is 7 'standard output on a full disk'
says 'the message says so' 'standard output: .*No space left'
run sh -c "'$CONNREUSE' '$sample' >&-"
is 7 'standard output closed'
run sh -c "'$CONNREUSE' '$sample' -o '$work/closed.json' >&- 2>&-"
is 0 'a report in a file needs no standard streams'
holds 'the file is whole' sh -c "tail -n 1 '$work/closed.json' | grep -q '}'"
{
    sleep 0.5
    "$CONNREUSE" -T json "$sample" 2>"$work/err"
    echo $? >"$work/status"
} | :
status=$(cat "$work/status")
is 7 'a closed pipe'
run sh -c "'$CONNREUSE' schema >/dev/full"
is 7 'the schema on a full disk'

echo kept >"$work/old.json"
run sh -c "ulimit -f 8; exec '$CONNREUSE' -o '$work/old.json' '$sample'"
is 7 'a file that cannot grow'
holds 'the old file is kept' test "$(cat "$work/old.json")" = kept
holds 'no half-written file is left' sh -c "! ls '$work' | grep '^old\.json\.'"
mkdir "$work/taken.json"
run "$CONNREUSE" -o "$work/taken.json" "$work/none.pcap"
is 7 'a folder of the name of an output'
holds 'which is told before anything is read' test "$(wc -l <"$work/err")" = 1
ln -s real.json "$work/link.json"
for time in first second; do
    run "$CONNREUSE" -o "$work/link.json" "$sample"
    is 0 "an output that is a link, for the $time time"
    holds 'is written through it' test -h "$work/link.json" -a -s "$work/real.json"
done
run sh -c "{ ulimit -f 1; '$CONNREUSE' -T ndjson -o '$work/big.json' '$sample'; } | cat"
holds 'one lost output does not stop another' grep -q '"type":"summary"' "$work/out"

# --- Inputs
run "$CONNREUSE" -T ndjson "$sample" "$work/none.pcap"
is 3 'an unreadable second file'
cp "$work/out" "$work/first"
run "$CONNREUSE" -T ndjson "$sample"
holds 'the first one is reported in full' sh -c "
    grep -v '\"type\":\"summary\"' '$work/first' | cmp - '$work/out' 2>&1 | grep -q EOF"
run sh -c "head -c 10000 '$sample' | '$CONNREUSE' -T ndjson -"
is 0 'a pipe that breaks off'
says 'the message names standard input, packet and bytes' 'standard input: cut short in (the header of )?packet [0-9]+'
holds 'what came before is reported' grep -q '"type":"connection"' "$work/out"
run sh -c "'$CONNREUSE' - <&-"
is 3 'standard input closed'
run sh -c "'$CONNREUSE' - <'$work'"
is 3 'a read error at the beginning'
run sh -c "head -c 30 '$sample' | '$CONNREUSE' -"
is 3 'a capture cut within the first packet header'
says 'the message says so' 'cut short in (the header of )?packet 1'
run sh -c "head -c 10 '$sample' | '$CONNREUSE' -"
is 3 'a capture cut within the file header'
if command -v xz >/dev/null 2>&1; then
    xz -c "$sample" | head -c 1000 >"$work/cut.pcap.xz"
    run "$CONNREUSE" "$work/cut.pcap.xz"
    is 3 'a compressed capture of which nothing can be unpacked'
    says 'the message names a way' '(xz -dc|zcat) FILE \| connreuse -'
fi
{ head -c 10000 "$sample"; head -c 3000 /dev/zero | tr '\0' '\377'; } >"$work/damaged.pcap"
run "$CONNREUSE" -T ndjson "$work/damaged.pcap"
is 0 'damage after the first packet'
says 'damage is told' 'damaged\.pcap: '
holds 'what came before the damage is reported' grep -q '"type":"connection"' "$work/out"

# A file that is cut while it is read: the reader hangs on a second input meanwhile.
for kept in 10000 200; do
    cp "$sample" "$work/shrinks.pcap"
    {
        sleep 0.7
        head -c "$kept" "$sample" >"$work/shrinks.pcap"
    } &
    shrinker=$!
    { sleep 1.2; cat samples/reuse-go-drained.pcap; } |
        "$CONNREUSE" -T ndjson "$work/shrinks.pcap" - >"$work/out" 2>"$work/err"
    status=$?
    wait "$shrinker"
    is 0 "a file cut to $kept bytes while it is read"
done

# --- Live
if command -v setpriv >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    cp "$CONNREUSE" "$work/program"
    chmod 755 "$work" "$work/program"
    run setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
        --inh-caps -all "$work/program" -i lo -a duration:1
    is 5 'watching without permission'
    says 'the message says what to run' 'sudo|setcap|root'
    mkdir -m 700 "$work/locked"
    cp "$sample" "$work/locked/x.pcap"
    run setpriv --reuid 65534 --regid 65534 --clear-groups "$work/program" "$work/locked"
    is 3 'a folder that may not be read'
    says 'the message says so' 'locked: Permission denied; '
    half_capture
    "$CONNREUSE" -Z nobody - <"$work/pipe" >"$work/out" 2>"$work/err" &
    reader=$!
    sleep 1
    set -- "$(id -u nobody)" "$(id -g nobody)" "$(id -G nobody)"
    holds '-Z leaves nothing of root' awk -v user="$1" -v group="$2" -v groups="$3" '
        /^Uid:/ { good += $2 == user && $3 == user && $4 == user && $5 == user }
        /^Gid:/ { good += $2 == group && $3 == group && $4 == group && $5 == group }
        /^Groups:/ { sub(/^Groups:[ \t]*/, ""); sub(/ *$/, ""); good += $0 == groups }
        END { exit good != 3 }' "/proc/$reader/status"
    kill -TERM "$reader"
    wait "$reader"
    end_writer
    mkdir -m 755 "$work/foreign"
    run setpriv --reuid 65534 --regid 65534 --clear-groups "$work/program" \
        -o "$work/foreign/a.json" "$work/none.pcap"
    is 7 'an output in a folder that may not be written'
    holds 'which is told before anything is read' test "$(wc -l <"$work/err")" = 1
    says 'the message names both' 'a\.json: folder .*foreign: Permission denied; '
    run "$CONNREUSE" -Z nobody -o "$work/foreign/a.json" -T ndjson "$sample"
    is 7 'an output that the user of -Z may not write'
    holds 'is told before the capture is read' test ! -s "$work/out"
    run timeout 20 "$CONNREUSE" live -i lo -a duration:30 -Z nobody -o "$work/foreign/a.json"
    [ "$status" = 5 ] || is 7 'and before an interface is watched for long'
fi
run "$CONNREUSE" live -i lo -a duration:1 -T ndjson
if [ "$status" != 5 ]; then
    is 0 'watching ends after its duration'
    holds 'and reports' grep -q '"type":"summary"' "$work/out"
    timeout --foreground -s INT --preserve-status 2 "$CONNREUSE" -i lo >"$work/out" 2>"$work/err" </dev/null
    status=$?
    is 0 'SIGINT ends watching with a report'
    holds 'which is text' test -s "$work/out"
else
    echo 'skipped: watching (no permission)'
fi
finish
