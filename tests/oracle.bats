#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2094 # jq's and awk's $; what a function takes by name; file names
# schedlab's numbers against others' for the same run: the units' own, the kernel's, perf's.
bats_require_minimum_version 1.5.0
load helpers
load live
load beside_perf

setup() {
	live_setup
}

teardown() {
	kill_perf
	live_teardown
}

# ---- the units' own counts ----------------------------------------------------------------------

# pingpong_is_exact MODEL MEDIUM: 10,007 round trips, each unit's switches to the last one.
pingpong_is_exact() {
	local unit
	echo "$1 $2" >&2
	traced_unlost --trace x.trace pingpong --as "$1" --set "medium=$2" --work 10007
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

# ---- the kernel's counts, and perf's record of the same switches -------------------------------------

# beside NAME ARGS...: a run of the series of same_as_perf, traced to NAME.trace. Every task's counted
# switches are the kernel's, whatever the machine does. Its run time is not judged here, where most
# slices are short: the kernel skips a clock update after a waking that preempts, so a millisecond may
# go to the next task (the test of 3 s judges it).
beside() {
	local name=$1
	shift
	traced_unlost --trace "$name.trace" "$@" >/dev/null 2>errors || {
		echo "status $? of $*" >&2
		cat errors >&2
		return 1
	}
	report '.trust.verdict == "whole" and .trust.lost == 0 and .trust.conflicts == 0
		and .trust.crosscheck.switches == .trust.crosscheck.kernel_switches
		and .trust.crosscheck.switches > 0 and .trust.crosscheck.checked_tasks > 0
		and ([.trust.crosscheck.warnings[] | select(contains("run time differs") | not)] == [])'
	mv report.json "$name.json"
	RUNS+=("$name")
}

# The sums of every run of the series, by other arithmetic than schedlab's, and its numbers counted anew
# from its events.
series_is_sound() {
	local name pairs=()
	/usr/bin/python3 "$ROOT/tests/check_report.py" "${RUNS[@]/%/.json}"
	for name in "${RUNS[@]}"; do
		"$SCHEDLAB" dump "$name.trace" >"$name.dump"
		pairs+=("$name.dump" "$name.json")
	done
	/usr/bin/python3 "$ROOT/tests/recount.py" "${pairs[@]}" >counted || {
		cat counted >&2
		return 1
	}
	sed -n 's/^recounted: /# recounted: /p' counted >&3
}

prepare_inputs() {
	random_file random 3
	seq 200000 >numbers
	mkdir tree
	cp -r "$ROOT/tests" "$ROOT/userspace" tree/
	printf 'all: 1 2 3\n1 2 3:\n\tsort -R numbers | sha256sum >$@\n' >Makefile
}

file_and_text_programs() {
	beside xz -- xz -k0f random
	beside xz2 -- xz -k0f -T2 --block-size=512KiB random
	beside shuffle -- sort -R --parallel=2 numbers
	beside gzip -- gzip -kf random
	beside tar -- tar -czf tree.tar.gz tree
	beside find -- find /usr/share/doc /usr/include -name '*.h' -size +1k
	beside awk -- awk '{ sum += $1 * $1 } END { print sum }' numbers
	beside dd -- dd if=/dev/zero of=zeroes bs=64k count=200 conv=fsync
	beside grep -- grep -rc schedlab tree
	beside sha256sum -- sha256sum random
	beside ls -- ls -lR tree
	beside sort -- sort -rn -S 1M -T . numbers
}

@test "every switch of twelve file and text programs is the kernel's, and perf's" {
	requires root bpf tool:xz
	prepare_inputs
	same_as_perf file_and_text_programs
	lacking_one_is_seen xz2.dump
}

shells_make_and_python() {
	beside pipeline -- dash -c 'seq 100000 | sort -n | uniq | wc -l'
	beside loop -- dash -c 'for i in 1 2 3 4 5 6 7 8 9 10; do true | cat; done'
	beside subshells -- bash -c '(seq 30000 & seq 30000 & wait) | sort | tail -n 1'
	beside make -- make -s -j4
	beside timeout -- timeout 5 sleep 0.1
	beside json -- /usr/bin/python3 -c 'import json; json.dumps(list(range(200000)))'
	beside threads -- /usr/bin/python3 -c '
import threading
threads = [threading.Thread(target=lambda: sum(range(500000))) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]'
	beside spawns -- /usr/bin/python3 -c '
import subprocess
[subprocess.run(["true"]) for _ in range(20)]'
	beside pipe -- /usr/bin/python3 -c '
import os
pipe = os.pipe()
if not os.fork():
    [os.write(pipe[1], b"x") for _ in range(2000)]
    os._exit(0)
[os.read(pipe[0], 1) for _ in range(2000)]
os.wait()'
	beside nice -- env nice -n 5 sha256sum numbers
	beside pingpong pingpong --as threads --work 5000
}

@test "every switch of ten runs of shells, make and python is the kernel's, and perf's" {
	requires root bpf tool:make
	prepare_inputs
	same_as_perf shells_make_and_python
}

switching_benchmarks() {
	beside switch -- stress-ng -q --switch 2 --switch-ops 20000
	beside fork -- stress-ng -q --fork 2 --fork-ops 400
	beside hackbench -- hackbench -g 2 -l 50
	beside hackbench-threads -- hackbench -T -g 2 -l 50
	[[ -n $(lacks_tool perf) ]] || beside messaging -- perf bench sched messaging -g 2 -l 50
	[[ -n $(lacks_tool perf) ]] || beside sched-pipe -- perf bench sched pipe -T -l 5000
}

@test "every switch of six switching benchmarks is the kernel's, and perf's" {
	requires root bpf tool:stress-ng tool:hackbench
	same_as_perf switching_benchmarks
}

@test "the CPU time of two spins of 3 s is the kernel's within 0.5 %" {
	requires root bpf smp
	local attempt steal millions
	# How many million iterations are 3 s, on this machine, now.
	traced spin --as serial -n 1 --work 200
	millions=$(jq '200 * 3 / .program.cpu_s | floor' report.json)
	for attempt in 1 2 3; do
		((attempt == 1)) || local FAVOUR='chrt --rr 1'
		steal=$(steal_ticks)
		# 3: on a machine where others switch without end a record may be lost; then once more.
		traced spin --as threads -n 2 --work "$millions" || {
			(($? == 3 && attempt < 3)) && continue
			return 1
		}
		steal=$(($(steal_ticks) - steal))
		report_is_sound
		# Six, if it was as fast as before; in one the error of a slice's ends is small
		# enough.
		report '.trust.verdict == "whole" and .program.cpu_s > 1'
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
		"$SCHEDLAB" run -- "$name" 2>>errors.txt && fail "'$name' ran"
		"$SCHEDLAB" report "$name" 2>>errors.txt && fail "'$name' was read"
		"$SCHEDLAB" "$name" 2>>errors.txt && fail "'$name' is a verb"
	done
	cat errors.txt >&2
	(($(grep -c '^hint: ' errors.txt) >= 2 * ${#rude[@]}))
	clean_text errors.txt
}
