#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # sh's and jq's $; bats sets stderr
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

# ---- the same run through both ------------------------------------------------------------------

# both COMMAND...: one run in ftrace.trace and bpf.trace, with a report and a dump of each.
both() {
	local way
	echo "$*" >&2
	"$SCHEDLAB" record --backend ftrace -q -o ftrace.trace -- \
		"$SCHEDLAB" record --backend bpf -q -o bpf.trace -- "$@" >/dev/null 2>command.err ||
		{ cat command.err >&2 && return 1; }
	for way in ftrace bpf; do
		# 3: a switch that this kernel left untraced may leave time unknown.
		"$SCHEDLAB" report --format json -o "$way.json" "$way.trace" || (($? == 3))
		report_is_sound "$way.json"
		json --arg way "$way" '.run.backend == $way and .trust.lost == 0
			and .trust.conflicts == 0 and .trust.out_of_order == 0' "$way.json"
		jq -c '.trust | [.verdict, .events, .untraced, .unknown_s, .crosscheck.warnings]' "$way.json" >&2
		"$SCHEDLAB" dump "$way.trace" >"$way.dump"
	done
}

# BPF's has each switch of ftrace's in ftrace's order on each CPU, and nothing else but what this kernel
# leaves out for ftrace (as for perf). Both name the command's tasks and their CPU time alike.
both_agree() {
	both "$@"
	/usr/bin/python3 "$ROOT/tests/same_switches.py" ftrace.dump bpf.dump >&2 ||
		(($? == 2)) || return 1
}

@test "ftrace and BPF see the same switches in the same order on every CPU" {
	requires root bpf ftrace tool:xz tool:make tool:stress-ng
	random_file random 3
	seq 200000 >numbers
	printf 'all: 1 2 3\n1 2 3:\n\tsort -R numbers | sha256sum >$@\n' >Makefile
	both_agree xz -k0f -T2 --block-size=512KiB random
	both_agree sort -R --parallel=2 numbers
	both_agree make -s -j2
	both_agree /usr/bin/python3 -c '
import subprocess, threading
threads = [threading.Thread(target=subprocess.run, args=(["true"],)) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]'
	both_agree stress-ng -q --switch 2 -t 1
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

@test "ftrace needs nothing of BPF" {
	requires root ftrace tool:strace
	strace -f -qq -e signal=none -e trace=bpf -o calls "$SCHEDLAB" record -q --backend ftrace -o x.trace -- true
	assert_equal "$(cat calls)" ''
	"$SCHEDLAB" report --format json -o report.json x.trace || (($? == 3))
	report '.run.backend == "ftrace" and ([.tasks[].comm] | index("true"))'
	report_is_sound
}
