#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2094 # jq's and sh's $; file names
# Signals at every moment, and commands that are stopped, traced, frozen or changed while they run.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	mkdir scratch
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	GROUP=
}

teardown() {
	[[ -z $GROUP ]] || rmdir "$GROUP"
	assert_equal "$(ls scratch)" ''
	live_teardown
}

# ended_by TRACER NAME: within 30 s, by that signal, or as the command or a whole run ended.
ended_by() {
	local status=0 number
	number=$(kill -l "$2")
	wait_until 30 has_ended "$1"
	wait "$1" || status=$?
	((status == 0 || status == 128 + number)) || {
		echo "ended with $status after SIG$2; it said:" >&2
		cat out err >&2
		return 1
	}
}

has_ended() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

@test "a signal at any moment of a run ends it in order and leaves nothing behind" {
	requires root bpf
	local name delay tracer
	for name in INT TERM HUP QUIT; do
		for delay in 0 0.02 0.04 0.07 0.1 0.15 0.2 0.3 0.4 0.6; do
			(ulimit -c 0 && exec env --default-signal "$SCHEDLAB" run -- sleep 0.15) \
				</dev/null >out 2>err 3>&- &
			tracer=$!
			# The moments are a sweep, and any of them is right: nothing is waited for.
			sleep "$delay"
			kill "-$name" "$tracer" 2>/dev/null || true
			ended_by "$tracer" "$name"
			assert_equal "$(ls scratch)" ''
		done
	done
}

@test "a recording that is ended before its command has run leaves no trace, later a readable one" {
	requires root bpf
	local name delay tracer
	for name in INT TERM QUIT; do
		for delay in 0 0.03 0.06 0.1 0.15 0.25 0.4; do
			rm -f x.trace ran
			(ulimit -c 0 && exec env --default-signal "$SCHEDLAB" record -o x.trace -- sh -c ': >ran; sleep 0.1') \
				</dev/null >out 2>err 3>&- &
			tracer=$!
			sleep "$delay"
			kill "-$name" "$tracer" 2>/dev/null || true
			ended_by "$tracer" "$name"
			if [[ -e x.trace ]]; then
				# Whole, or cut short and so called; the end may be that of a second signal.
				run "$SCHEDLAB" report x.trace
				((status == 0 || status == 3))
			else
				assert_file_not_exist ran
			fi
		done
	done
}

@test "SIGPIPE and a hang-up that is ignored do not end a run" {
	requires root bpf
	local name
	for name in PIPE HUP; do
		rm -f ready
		env --default-signal=PIPE --ignore-signal=HUP "$SCHEDLAB" run -o report.txt -- \
			sh -c ': >ready; until [ -e go ]; do sleep 0.01; done; exit 6' </dev/null 3>&- &
		TRACER=$!
		wait_until 30 is_there ready
		kill "-$name" "$TRACER"
		: >go
		local status=0
		wait "$TRACER" || status=$?
		assert_equal "$status" 6
		grep -q '^Trust: whole' report.txt
		rm go
	done
}

@test "a command that dumps core has dumped its own, and schedlab ends by the same signal" {
	requires root bpf
	local name
	for name in ABRT SEGV QUIT; do
		run env --default-signal bash -c 'ulimit -c 0; "$SCHEDLAB" run --format json -o report.json -- sh -c "kill -$1 \$\$"' bash "$name"
		assert_equal "$status" $((128 + $(kill -l "$name")))
		report --argjson number "$(kill -l "$name")" '.run.signal == $number'
	done
}

# ---- what a command may suffer ------------------------------------------------------------------

@test "time stopped by SIGSTOP is blocked time and not run time" {
	requires root bpf
	traced -- sh -c 'sh -c "kill -STOP \$\$; :" &
		until grep -q "^State:.T" /proc/$!/status; do sleep 0.01; done
		sleep 0.3; kill -CONT $!; wait'
	report_is_sound
	report '.trust.verdict == "whole" and .run.exit_status == 0'
	report '[.tasks[] | select(.comm == "sh" and any(.blocked_on[]; .what == "kill" and .s > 0.29))]
		| length == 1'
}

@test "a command under strace and one that is frozen are recorded whole" {
	requires root bpf tool:strace
	traced -- strace -f -qq -o calls sh -c 'true; true'
	report_is_sound
	report '.trust.verdict == "whole" and ([.tasks[].comm] | contains(["strace"]))'
	[[ -d /sys/fs/cgroup/freezer ]] || return 0
	GROUP=/sys/fs/cgroup/freezer/schedlab-test-$$
	mkdir "$GROUP"
	traced -- sh -c 'sh -c "echo \$\$ >$1/cgroup.procs; : >ready; sleep 0.1" & pid=$!
		until [ -e ready ]; do sleep 0.01; done
		echo FROZEN >$1/freezer.state; sleep 0.3; echo THAWED >$1/freezer.state; wait $pid' sh "$GROUP"
	report_is_sound
	report '.trust.verdict == "whole" and .run.exit_status == 0 and .program.wall_s > 0.3'
	wait_until 30 rmdir "$GROUP"
	GROUP=
}

@test "a setuid program is recorded as any other" {
	requires root bpf
	cp "$(type -P true)" setuid-true
	chmod u+s setuid-true
	traced -- ./setuid-true
	report_is_sound
	report '.trust.verdict == "whole" and .run.exit_status == 0 and .tasks[0].comm == "setuid-true"'
}

@test "a command that changes its name, CPUs, policy and nice value is recorded whole" {
	requires root bpf
	[[ -x /usr/bin/python3 ]] || skip 'needs the program /usr/bin/python3'
	traced --trace x.trace -- /usr/bin/python3 -c '
import os
cpus = sorted(os.sched_getaffinity(0))
for i in range(50):
    os.sched_setaffinity(0, {cpus[i % len(cpus)]})
    os.sched_setscheduler(0, os.SCHED_RR if i % 2 else os.SCHED_OTHER, os.sched_param(i % 2))
    open("/proc/self/comm", "w").write("name%d" % i)
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
os.nice(5)
sum(range(100000))'
	report_is_sound
	report '.trust.verdict == "whole" and .run.exit_status == 0 and .tasks[0].comm == "name49"'
	"$SCHEDLAB" dump x.trace >dump
	assert_equal "$(grep -cE ' rename +task=[0-9]+ +comm=name[0-9]+' dump)" 50
}
