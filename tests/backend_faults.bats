#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # jq's $; a subshell a test; BACKEND; stderr
# What ftrace's own system calls can meet, and whom it records: as faults.bats and who.bats for BPF.
bats_require_minimum_version 1.5.0
load helpers
load live
load faults

setup() {
	live_setup
	BACKEND=ftrace
	RUNNING=()
}

teardown() {
	local pid
	for pid in "${RUNNING[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
	live_teardown
}

# ---- faults -------------------------------------------------------------------------------------

# numbers_of CALL: those of the recorder's calls that concern tracefs or the list of tasks. Of those that
# differ only in numbers, in the event or in the instance the first, or all with FAULTS=all.
numbers_of() {
	strace -f -y --seccomp-bpf -o reference -e "trace=$1" \
		"$SCHEDLAB" record -q --backend ftrace -o x.trace -- true 3>&-
	awk -v call="$1(" -v all="${FAULTS:-}" '
		NR == 1 { recorder = $1 }
		$1 != recorder || index($2, call) != 1 { next }
		{ number++ }
		!/tracing|\/proc\/[0-9]+\// { next }
		{
			what = $0
			sub(/ = .*/, "", what)
			gsub(/schedlab-[0-9]+-[0-9a-f]+/, "", what)
			sub(/events\/[a-z]+\/[a-z_]+\//, "", what)
			sub(/(, )?".*/, index($2, "openat") ? "&" : "", what)
			gsub(/[0-9]+/, "N", what)
			if (all == "all" || !(what in first))
				print number
			first[what] = number
		}' reference
}

@test "each call that ftrace needs failing ends in one clear line, and leaves no instance" {
	requires root ftrace tool:strace
	each_failing openat EACCES EMFILE ENOENT
	each_failing read EIO EINVAL
	each_failing write EINVAL ENOMEM EBUSY
	each_failing mkdirat EPERM
	no_complaints
	assert_equal "$(find /sys/kernel/tracing/instances -mindepth 1)" ''
}

@test "an instance that can't be removed is named, and the next recording removes it" {
	requires root ftrace tool:strace
	run -0 --separate-stderr strace -f --seccomp-bpf -qq -o calls -e trace=unlinkat \
		-e inject=unlinkat:error=EBUSY:when=1 "$SCHEDLAB" record --backend ftrace -o x.trace -- true
	[[ $stderr == *'schedlab: warning: '*'schedlab-'*'could not be removed'*'busy'* ]]
	[[ -n $(find /sys/kernel/tracing/instances -name 'schedlab-*') ]]
	"$SCHEDLAB" record -q --backend ftrace -o y.trace -- true
	assert_equal "$(find /sys/kernel/tracing/instances -name 'schedlab-*')" ''
}

has_grown() {
	(($(stat -c %s x.trace) > $1))
}

@test "a recorder by ftrace that is killed leaves a trace that is readable up to a flush before" {
	requires root ftrace
	local command killed last size
	start_traced record -q --backend ftrace -o x.trace -- sh -c 'touch ready; while :; do sleep 0.01; done'
	command=$(pgrep -P "$TRACER")
	RUNNING=("$command")
	size=$(stat -c %s x.trace)
	wait_until 30 has_grown "$size"
	killed=$(awk '{ print $1 }' /proc/uptime)
	kill -KILL "$TRACER"
	wait "$TRACER" || true
	run -3 "$SCHEDLAB" report --format json -o report.json x.trace
	report '.run.incomplete and .run.backend == "ftrace" and .trust.events > 20'
	report_is_sound
	last=$("$SCHEDLAB" dump x.trace 2>/dev/null | tail -n 1 | cut -d' ' -f1)
	# A flush each second, a drain each tenth; the rest is for a busy machine, or one that
	# stands still.
	awk -v killed="$killed" -v last="$last" 'BEGIN { exit !(killed - last < 5) }'
	"$SCHEDLAB" record -q --backend ftrace -o y.trace -- true
}

# ---- whom it records ----------------------------------------------------------------------------

# family ARGS...: in the background; PID is its process, TIDS all of its threads.
family() {
	local word
	mkfifo fifo
	"$HELPERS/family" "$@" >fifo 3>&- &
	PID=$!
	RUNNING+=("$PID")
	read -r word TIDS <fifo
	rm fifo
	[[ $word == ready ]]
}

# recorded ARGS...: `run` by ftrace, with its report in report.json: sound, and whole but for what this
# kernel leaves untraced.
recorded() {
	"$SCHEDLAB" run --backend ftrace --format json -o report.json "$@" || (($? == 3))
	report_is_sound
	report '.run.backend == "ftrace" and .trust.lost == 0 and .trust.conflicts == 0
		and (.trust.verdict == "whole" or .trust.untraced > 0)'
}

@test "by ftrace -p sees threads run from its first instant" {
	requires root ftrace smp
	family spin 2
	recorded -p "$PID" --duration 0.3
	report --argjson pid "$PID" '.run.target == { kind: "pids", pids: [$pid] }'
	diff <(jq '.tasks[].tid' report.json | sort) <(tr ' ' '\n' <<<"$TIDS" | sort)
	report '.program.wall_s as $t | .program.demand_s[2] > 0.99 * $t'
}

@test "by ftrace -G takes who is in a cgroup" {
	requires root ftrace
	local folder
	folder=$(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /cpuacct|pids|freezer/) { print $2; exit }' \
		/proc/self/mounts)
	[[ -n $folder ]] || skip 'needs a cgroup file system'
	folder+=/test-ftrace-$$
	family sleep
	mkdir "$folder"
	if ! echo "$PID" >"$folder/cgroup.procs"; then
		rmdir "$folder"
		skip "a task can't be moved into $folder"
	fi
	recorded -G "$folder" --duration 0.2 || : >failed
	kill -KILL "$PID"
	wait_until 30 rmdir "$folder"
	assert_file_not_exist failed
	report --argjson pid "$PID" '[.tasks[].pid] == [$pid] and .run.target.kind == "cgroup"'
}

@test "by ftrace -a takes every task but the recorder" {
	requires root ftrace
	family sleep
	recorded -a --duration 0.3
	report --argjson pid "$PID" '[.tasks[].pid] | index($pid)'
	report '.run.recorder_pid as $own | ([.tasks[] | select(.pid == $own or .tid == 0)] == [])
		and .trust.observer.cpu_s > 0'
}

@test "by ftrace --wait all follows a daemon to its end" {
	requires root ftrace
	recorded --wait all -- sh -c 'sleep 0.5 &'
	report '.run.alive_at_end == 0 and .run.wait == "all"
		and .program.wall_s > 0.5 and .run.wall_s < .program.wall_s'
}
