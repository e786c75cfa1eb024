#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2094,SC2154 # sh's and jq's $; file names; bats sets stderr
# The second path: what ftrace records is what BPF records, and it stands in where BPF is refused.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
}

teardown() {
	live_teardown
}

# ---- one run, three times seen ------------------------------------------------------------------

# Five real programs, in the file programs.
prepare_programs() {
	random_file random 2
	seq 100000 >numbers
	printf 'all: 1 2 3\n1 2 3:\n\tsort -R numbers | sha256sum >$@\n' >Makefile
	cat >programs <<-'END'
		set -e
		xz -k0f -T2 --block-size=512KiB random
		sort -R --parallel=2 numbers
		make -s -j2
		/usr/bin/python3 -c '
		import subprocess, threading
		threads = [threading.Thread(target=subprocess.run, args=(["true"],)) for _ in range(8)]
		[t.start() for t in threads]
		[t.join() for t in threads]'
		stress-ng -q --switch 2 --switch-ops 10000
	END
}

# reported WAY: WAY.trace has lost nothing; its report is in WAY.json, its events in WAY.dump.
reported() {
	# 3: a switch that this kernel left untraced may leave time unknown.
	"$SCHEDLAB" report --format json -o "$1.json" "$1.trace" || (($? == 3))
	jq -c '.trust | [.verdict, .events, .untraced, .unknown_s, .crosscheck.warnings]' "$1.json" >&2
	report_is_sound "$1.json"
	json --arg way "$1" '.run.backend == $way and .trust.lost == 0
		and .trust.conflicts == 0 and .trust.out_of_order == 0' "$1.json"
	"$SCHEDLAB" dump "$1.trace" >"$1.dump"
}

# same_tasks: the command's tasks, by BPF's report, ran and switched alike by ftrace's. The
# command's own is left out: before its exec it is the recorder's in one of them. The one's clock is
# read a moment after the other's; a host that stops the CPU just there is why it may take a second
# try.
same_tasks() {
	jq -n --slurpfile bpf bpf.json --slurpfile ftrace ftrace.json '
		($ftrace[0].tasks | map({key: "\(.tid)", value: .}) | from_entries) as $theirs
		| [$bpf[0].tasks[] | select(.tid != $bpf[0].run.command_pid) | . as $our
			| $theirs["\(.tid)"] as $their
			| {tid, comm, there: ($their != null), run: (.run_s - $their.run_s),
				lifetime: (.lifetime_s - $their.lifetime_s), run_s,
				switches: (.voluntary + .involuntary - $their.voluntary - $their.involuntary)}]' >tasks.json
	# Where a switch was left untraced one side may count one less, and divides the time otherwise.
	json --argjson untraced "$(jq -s 'map(.trust.untraced) | add' bpf.json ftrace.json)" '
		length > 0 and all(.there) and (map(.switches | fabs) | add) <= $untraced
		and all(.[]; (.run | fabs) <= 0.001 + 0.02 * .run_s and (.lifetime | fabs) <= 0.001)
		and ((map(.run) | add | fabs) <= 0.005 + 0.01 * (map(.run_s) | add))' tasks.json
}

# What perf and ftrace have is what BPF has; all but the switches out of idle that this kernel gives
# them not, and those are counted. The command's tasks and their CPU time are alike.
@test "BPF, ftrace and perf see the same switches of five programs, in the same order on every CPU" {
	requires root bpf ftrace perf tool:xz tool:make tool:stress-ng
	local _
	prepare_programs
	for _ in 1 2 3; do
		see_five_programs
		! same_tasks || break
	done
	same_tasks
}

# Thrice seen: the switches are the same.
see_five_programs() {
	perf record -q -k CLOCK_MONOTONIC -m 8M -a -e sched:sched_switch -o perf.data -- \
		"$SCHEDLAB" record --backend ftrace -q -o ftrace.trace -- \
		"$SCHEDLAB" record --backend bpf -q -o bpf.trace -- sh programs >out 2>errors ||
		{ cat errors >&2 && return 1; }
	perf script -i perf.data --ns -F cpu,time,event,trace >script 2>>errors
	run ! grep -i lost errors
	reported ftrace
	reported bpf
	/usr/bin/python3 "$ROOT/tests/same_switches.py" script bpf.dump >&2
	/usr/bin/python3 "$ROOT/tests/same_switches.py" ftrace.dump bpf.dump >&2
	(($(grep -c '] switch ' bpf.dump) > 10000))
}

# ---- losses -------------------------------------------------------------------------------------

@test "a small ring loses records, and says how many, where, and that time is unknown" {
	requires root ftrace perf
	run -0 "$SCHEDLAB" record --backend ftrace --buffer 8K -q -o x.trace -- \
		perf bench sched messaging -g 4 -l 200
	run -3 "$SCHEDLAB" report --format json -o report.json x.trace
	report_is_sound
	report '.trust.verdict == "lossy" and .trust.lost > 0 and .trust.unknown_s > 0
		and (.trust.lost_by_cpu | add) == .trust.lost and .trust.conflicts == 0
		and ([.trust.crosscheck.warnings[] | select(contains("sequence numbers"))] == [])'
	# Each hole is in its place, and all of them are what was lost.
	"$SCHEDLAB" dump x.trace >dump || (($? == 3))
	assert_equal "$(awk '/records of CPU .* are missing here/ { sum += $2 } END { print sum + 0 }' dump)" \
		"$(jq .trust.lost report.json)"
}

# ---- nothing is left behind ---------------------------------------------------------------------

instances_of() {
	find /sys/kernel/tracing/instances -maxdepth 1 -name "schedlab-$1-*"
}

@test "what a killed recorder leaves the next one sweeps, and check names it before" {
	requires root ftrace
	start_traced record --backend ftrace -o x.trace -- sh -c 'touch ready; exec sleep 100'
	[[ -n $(instances_of "$TRACER") ]]
	local command
	command=$(pgrep -P "$TRACER")
	kill -KILL "$TRACER"
	wait "$TRACER" || true
	kill "$command"
	[[ -n $(instances_of "$TRACER") ]]
	run "$SCHEDLAB" check
	[[ $output =~ ftrace.*left\ by\ a\ killed\ schedlab ]]
	"$SCHEDLAB" record --backend ftrace -q -o y.trace -- true
	assert_equal "$(instances_of "$TRACER")" ''
}

@test "a recording that fails, is interrupted or ends by a signal leaves no instance" {
	requires root ftrace
	run -127 "$SCHEDLAB" record --backend ftrace -q -o x.trace -- nosuchcommand
	run -125 "$SCHEDLAB" record --backend ftrace -q -o /nonexistent/x.trace -- true
	start_traced record --backend ftrace -q -o x.trace -- sh -c 'touch ready; exec sleep 100'
	kill -INT "$TRACER"
	ended_with 130
	assert_equal "$(instances_of '*')" ''
	run "$SCHEDLAB" report x.trace
	[[ $status == 0 || $status == 3 ]]
}

# ---- where BPF is refused -----------------------------------------------------------------------

# without_btf ARGS...: schedlab ARGS where the kernel's type information is hidden.
without_btf() {
	in_own_mounts /sys/kernel/btf sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' \
		sh "$SCHEDLAB" "$@"
}

@test "where BTF is hidden ftrace records, with one word" {
	requires root bpf ftrace tool:unshare
	run -7 --separate-stderr without_btf run --format json -o report.json -- sh -c 'echo out; exit 7'
	assert_equal "$output" out
	[[ ${#stderr_lines[@]} == 1 && $stderr == 'schedlab: warning: '*BTF*ftrace* ]]
	report '.run.backend == "ftrace" and .run.exit_status == 7'
	report_is_sound
	run -0 --separate-stderr without_btf record -q -o x.trace -- true
	assert_equal "$stderr" ''
}

# without_tracefs COMMAND...: where none is mounted.
without_tracefs() {
	in_own_mounts /sys/kernel/tracing sh -c 'umount /sys/kernel/tracing && exec "$@"' sh "$@"
}

@test "ftrace needs nothing of BPF, and no tracefs that is mounted" {
	requires root ftrace tool:strace tool:unshare
	without_tracefs strace -f -qq -e signal=none -e trace=bpf,fsmount -o calls \
		"$SCHEDLAB" record -q --backend ftrace -o x.trace -- true
	grep -q 'fsmount.* = [0-9]' calls
	sed -i '/fsmount/d' calls
	assert_equal "$(cat calls)" ''
	"$SCHEDLAB" report --format json -o report.json x.trace || (($? == 3))
	report '.run.backend == "ftrace" and ([.tasks[].comm] | index("true"))
		and all(.tasks[]; .start_ns > 0 and .ppid > 0)'
	report_is_sound
}
