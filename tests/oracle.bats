#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2094 # jq's and awk's $; what a function takes by name; file names
# schedlab's numbers against others' for the same run: the units' own, the kernel's, perf's.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
}

teardown() {
	live_teardown
}

# ---- the units' own counts ----------------------------------------------------------------------

# pingpong_is_exact MODEL MEDIUM: 10,007 round trips, each unit's switches to the last one.
pingpong_is_exact() {
	local unit
	echo "$1 $2" >&2
	traced --trace x.trace pingpong --as "$1" --set "medium=$2" --work 10007
	report '.trust.verdict == "whole" and (.truth.units | length) == 2'
	for unit in 0 1; do
		"$SCHEDLAB" dump --task "$(jq ".truth.units[$unit].tid" report.json)" x.trace >task
		/usr/bin/python3 "$ROOT/tests/unit_switches.py" report.json "$unit" task
	done
}

@test "every switch of every unit of a pingpong is traced, by the units' own count" {
	requires root bpf
	local model medium
	for model in threads processes; do
		for medium in pipe direct; do
			pingpong_is_exact "$model" "$medium"
		done
	done
}

# ---- the kernel's counts ------------------------------------------------------------------------

# agrees_with_kernel COMMAND...: every task's counted switches are the kernel's, whatever the machine
# does. Its run time is not judged here, where most slices are short: the kernel skips a clock update
# after a waking that preempts, so a millisecond may go to the next task (the test of 3 s judges it).
agrees_with_kernel() {
	traced -- "$@" >/dev/null 2>&1 || {
		echo "status $? of $*" >&2
		return 1
	}
	report '.trust.verdict == "whole" and .trust.lost == 0 and .trust.conflicts == 0
		and .trust.crosscheck.switches == .trust.crosscheck.kernel_switches
		and .trust.crosscheck.switches > 0 and .trust.crosscheck.checked_tasks > 0'
	report_is_sound
	report '[.trust.crosscheck.warnings[] | select(contains("run time differs") | not)] == []'
}

prepare_inputs() {
	random_file random 3
	seq 200000 >numbers
	mkdir tree
	cp -r "$ROOT/tests" "$ROOT/userspace" tree/
	printf 'all: 1 2 3\n1 2 3:\n\tsort -R numbers | sha256sum >$@\n' >Makefile
}

@test "the counted switches are the kernel's in runs of file and text programs" {
	requires root bpf tool:xz
	prepare_inputs
	agrees_with_kernel xz -k0f random
	agrees_with_kernel xz -k0f -T2 --block-size=512KiB random
	agrees_with_kernel sort -R --parallel=2 numbers
	agrees_with_kernel gzip -kf random
	agrees_with_kernel tar -czf tree.tar.gz tree
	agrees_with_kernel find /usr/share/doc /usr/include -name '*.h' -size +1k
	agrees_with_kernel awk '{ sum += $1 * $1 } END { print sum }' numbers
	agrees_with_kernel dd if=/dev/zero of=zeroes bs=64k count=200 conv=fsync
	agrees_with_kernel grep -rc schedlab tree
	agrees_with_kernel sha256sum random
	agrees_with_kernel ls -lR tree
	agrees_with_kernel sort -rn -S 1M -T . numbers
}

@test "the counted switches are the kernel's in runs of shells, make and python" {
	requires root bpf tool:make
	prepare_inputs
	agrees_with_kernel dash -c 'seq 100000 | sort -n | uniq | wc -l'
	agrees_with_kernel dash -c 'for i in 1 2 3 4 5 6 7 8 9 10; do true | cat; done'
	agrees_with_kernel bash -c '(seq 30000 & seq 30000 & wait) | sort | tail -n 1'
	agrees_with_kernel make -s -j2
	agrees_with_kernel timeout 5 sleep 0.1
	agrees_with_kernel /usr/bin/python3 -c 'import json; json.dumps(list(range(200000)))'
	agrees_with_kernel /usr/bin/python3 -c '
import threading
threads = [threading.Thread(target=lambda: sum(range(500000))) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]'
	agrees_with_kernel /usr/bin/python3 -c '
import subprocess
[subprocess.run(["true"]) for _ in range(20)]'
	agrees_with_kernel /usr/bin/python3 -c '
import os
pipe = os.pipe()
if not os.fork():
    [os.write(pipe[1], b"x") for _ in range(2000)]
    os._exit(0)
[os.read(pipe[0], 1) for _ in range(2000)]
os.wait()'
	agrees_with_kernel env nice -n 5 sha256sum numbers
}

@test "the counted switches are the kernel's in runs of switching benchmarks" {
	requires root bpf tool:stress-ng tool:hackbench
	agrees_with_kernel stress-ng -q --switch 2 -t 1
	agrees_with_kernel stress-ng -q --fork 2 -t 1
	agrees_with_kernel hackbench -g 2 -l 50
	agrees_with_kernel hackbench -T -g 2 -l 50
	if [[ -z $(lacks_tool perf) ]]; then
		agrees_with_kernel perf bench sched messaging -g 2 -l 50
		agrees_with_kernel perf bench sched pipe -T -l 5000
	fi
}

@test "the CPU time of two spins of 3 s is the kernel's within 0.5 %" {
	requires root bpf smp
	local attempt steal millions
	# How many million iterations are 3 s, on this machine.
	traced spin --as serial -n 1 --work 200
	millions=$(jq '200 * 3 / .program.cpu_s | floor' report.json)
	for attempt in 1 2; do
		((attempt == 1)) || local FAVOUR='chrt --rr 1'
		steal=$(steal_ticks)
		traced spin --as threads -n 2 --work "$millions"
		steal=$(($(steal_ticks) - steal))
		report_is_sound
		report '.trust.verdict == "whole" and .program.cpu_s > 4'
		jq -c --argjson steal "$steal" '.trust.crosscheck
			| [.run_s, .kernel_run_s, .run_s / .kernel_run_s - 1, $steal / 100]' report.json >&2
		jq -e '.trust.crosscheck | (.run_s / .kernel_run_s - 1 | fabs) < 0.005' report.json \
			>/dev/null && return
	done
	# The kernel's own count leaves out what the host took; a trace cannot see that.
	if jq -e --argjson steal "$steal" '.trust.crosscheck
		| (.run_s - .kernel_run_s - $steal / 100 | fabs) < 0.005 * .kernel_run_s' \
		report.json >/dev/null; then
		skip "the host took ${steal}0 ms of CPU time, which is the difference"
	fi
	false
}

# ---- perf's record of the same switches ---------------------------------------------------------

# same_as_perf COMMAND...: status 2 where perf has left out too many to say so.
same_as_perf() {
	echo "$*" >&2
	perf record -q -k CLOCK_MONOTONIC -m 8M -a -e sched:sched_switch -e sched:sched_waking -o perf.data -- \
		"$SCHEDLAB" record -o x.trace -- "$@" >/dev/null 2>perf.err
	"$SCHEDLAB" report --format json x.trace >report.json
	report '.trust.lost == 0'
	"$SCHEDLAB" dump x.trace >dump
	perf script -i perf.data --ns -F cpu,time,event,trace >script 2>>perf.err
	! grep -i lost perf.err || return 1
	/usr/bin/python3 "$ROOT/tests/same_switches.py" script dump || return
	/usr/bin/python3 "$ROOT/tests/same_wakings.py" script dump report.json
}

thrice_same_as_perf() {
	local status
	for _ in 1 2 3; do
		status=0
		same_as_perf "$@" || status=$?
		((status == 2)) || return "$status"
	done
	skip 'on this kernel perf leaves out too many switches'
}

@test "perf saw the same switches and wakings in the same order on every CPU" {
	requires root bpf perf
	thrice_same_as_perf sh -c 'seq 100000 | sort -R | sha256sum; true | cat'
	thrice_same_as_perf "$WORKLOAD" pingpong --as threads --work 5000
	thrice_same_as_perf /usr/bin/python3 -c '
import subprocess
[subprocess.run(["sh", "-c", "echo | cat; exit 1"]) for _ in range(10)]'
}

# ---- hostile names ------------------------------------------------------------------------------

# rude_names ARRAY: names with all that could move a cursor, break a line or a JSON text.
rude_names() {
	local -n names=$1
	names=($'\e]0;owned\a' $'a\nb\tc\rd' $'\xff\xfe\x80bad' $'"quo\\te\'"' $'\x9b31mC1'
		'<b>&amp;</b>' $'\u202eltr' ' ' $'\x7f\x01\x1f' '%s%n%d')
}

# clean_text FILE: no control byte but newline, no C1 control, valid UTF-8.
clean_text() {
	if LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]' "$1"; then
		fail "$1 has control bytes"
	fi
	/usr/bin/python3 -c '
import sys
text = open(sys.argv[1], encoding="utf-8", newline="").read()
bad = [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066")]
sys.exit(f"harmful characters: {bad}" if bad else 0)' "$1"
}

@test "names and arguments with control bytes neither reach the terminal nor break the JSON" {
	requires root bpf
	[[ -x $HELPERS/rude ]] || fail 'build it: make test-programs'
	local rude
	rude_names rude
	"$SCHEDLAB" run --trace x.trace -o report.txt -- "$HELPERS/rude" 30 "${rude[@]}"
	clean_text report.txt
	(($(grep -c '^task ' report.txt) == 1 + ${#rude[@]}))
	"$SCHEDLAB" report --format json -o report.json x.trace
	report_is_sound
	clean_text report.json
	report --argjson count "${#rude[@]}" '(.run.command | length) == $count + 2
		and (.tasks | length) == $count + 1 and (.run.command[2] | contains("\\x1b"))'
	"$SCHEDLAB" report --color always x.trace >colored.txt
	# The only escapes are the report's own colours.
	sed -E $'s/\e\\[[0-9;]*m//g' colored.txt >uncolored.txt
	clean_text uncolored.txt
	"$SCHEDLAB" dump x.trace >dump.txt
	clean_text dump.txt
	grep -q 'comm=.*x1b' dump.txt
}

@test "the names of other tasks are as harmless as the workload's" {
	requires root bpf
	[[ -x $HELPERS/rude ]] || fail 'build it: make test-programs'
	local rude other
	rude_names rude
	"$HELPERS/rude" 20000 "${rude[@]}" 3>&- &
	other=$!
	"$SCHEDLAB" run --trace x.trace -o report.txt spin -n 2 --work 100
	kill "$other"
	wait "$other" || true
	clean_text report.txt
	"$SCHEDLAB" report --format json -o report.json x.trace
	clean_text report.json
	report '[.cpus[].others[].comm] | any(test("x1b|xff|x9b|x7f"))'
	"$SCHEDLAB" dump x.trace >dump.txt
	clean_text dump.txt
}

@test "errors about hostile names are harmless too" {
	requires root bpf
	local rude name
	rude_names rude
	for name in "${rude[@]}"; do
		"$SCHEDLAB" run -- "$name" 2>error.txt && fail "'$name' ran"
		clean_text error.txt
		"$SCHEDLAB" report "$name" 2>error.txt && fail "'$name' was read"
		clean_text error.txt
		"$SCHEDLAB" "$name" 2>error.txt && fail "'$name' is a verb"
		clean_text error.txt
	done
}
