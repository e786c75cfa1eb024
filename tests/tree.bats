#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # sh's and jq's $; a subshell a test; TIDS; stderr
# A command and its tree: all that it starts, however, is recorded and counted.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	RUNNING=()
}

teardown() {
	kill_running
	live_teardown
}

# family_of WAY...: a command that makes tasks in these ways is traced; truth holds "TID NS" of each.
family_of() {
	local _
	for _ in 1 2 3; do
		echo "family $*" >&2
		"$SCHEDLAB" run --format json -o report.json "${OPTIONS[@]}" -- "$HELPERS/family" "$@" >truth
		report_is_sound
		# The report's tasks are those that told of themselves, and each switch is counted.
		diff <(jq '.tasks[].tid' report.json | sort -u) <(cut -d' ' -f1 truth | sort -u)
		report '.trust.crosscheck | .switches == .kernel_switches and .switches > 0'
		report '.trust.conflicts == 0'
		! ran_as_told || return 0
	done
	return 1
}

# They ran for as long as they say that they worked, and a little for their births, execs and
# deaths, unless the host has stopped a CPU in one of these.
ran_as_told() {
	local ran
	ran=$(awk '{ cpu[$1] = $2 > cpu[$1] ? $2 : cpu[$1] } END { for (i in cpu) sum += cpu[i]
		print sum / 1e9 }' truth)
	report --argjson ran "$ran" '.run.alive_at_end as $alive | (.tasks | length * 0.015) as $more |
		.program.cpu_s | . > ($ran - 0.025 * $alive) * 0.95 and . < $ran * 1.2 + $more'
}

@test "every way to make a task is followed, and each switch of each is counted" {
	requires root bpf
	local way
	OPTIONS=()
	for way in fork vfork clone3 posix_spawn clone_parent threads; do
		family_of "$way"
	done
	family_of fork vfork clone3 posix_spawn clone_parent threads fork
	report '.tasks | length == 9'
}

@test "a thread that is not the leader may exec: it is the command, under the leader's tid" {
	requires root bpf
	OPTIONS=()
	family_of exec_thread
	report '.tasks | length == 2'
	report '.run.exit_status == 0 and .run.alive_at_end == 0'
}

@test "a tid that is used again is another task" {
	requires root bpf
	OPTIONS=()
	"$SCHEDLAB" run --format json -o report.json -- "$HELPERS/family" reuse >truth
	report_is_sound
	assert_equal "$(cut -d' ' -f1 truth | sort -u | wc -l)" 2
	report '.tasks | length == 3'
	# Each works for 20 ms.
	report '.tasks | group_by(.tid) | map(select(length == 2)) | length == 1
		and (.[0] | .[0].start_ns != .[1].start_ns and all(.run_s > 0.018))'
	report '.trust.crosscheck | .switches == .kernel_switches'
}

@test "tids that wrap around stay apart" {
	requires root bpf tool:unshare
	unshare -pf --mount-proc true || skip 'needs unshare --mount-proc'
	[[ -e /proc/sys/kernel/pid_max ]] || skip 'needs pid_max'
	unshare -pf --mount-proc sh -c 'echo 400 >/proc/sys/kernel/pid_max && [ "$(cat /proc/sys/kernel/pid_max)" = 400 ]' ||
		skip 'needs a pid_max of a PID namespace (Linux 6.14)'
	[[ $(cat /proc/sys/kernel/pid_max) != 400 ]]
	"$SCHEDLAB" run --format json -o report.json -- unshare -pf --mount-proc sh -c '
		echo 400 >/proc/sys/kernel/pid_max
		i=0
		while [ $i -lt 500 ]; do /bin/true; i=$((i + 1)); done'
	report_is_sound
	report '[.tasks[] | select(.comm == "true")] | length == 500'
	report '.trust.crosscheck | .switches == .kernel_switches'
}

@test "a daemon is clipped where its command ends, and counted as alive" {
	requires root bpf
	tries 3 daemon_outlives_its_command
	report_is_sound
	report '.run.wait == null and (.tasks | length == 3)'
	report '.trust.crosscheck | .switches == .kernel_switches'
	wait_until 30 no_family
}

# The command ends, as it should, while the daemon sleeps, which is before it works.
daemon_outlives_its_command() {
	wait_until 30 no_family &&
		"$SCHEDLAB" run --format json -o report.json -- "$HELPERS/family" daemon >truth &&
		report '.program.wall_s as $T | .run.alive_at_end == 1
			and ([.tasks[] | select(.end_s == $T and .run_s < 0.01)] | length == 1)'
}

no_family() {
	! pgrep -x family >/dev/null
}

@test "--wait all records a daemon to its end" {
	requires root bpf
	OPTIONS=(--wait all)
	family_of daemon
	report '.run.alive_at_end == 0 and .run.wait == "all" and .program.wall_s > 0.5'
	report '(.tasks | length == 3) and .trust.crosscheck.checked_tasks == 3'
	report '.run.wall_s < .program.wall_s'
}

@test "--wait all ends with SIGINT or --duration, and leaves the daemon alone" {
	requires root bpf
	start_traced run --format json -o report.json --wait all -- sh -c 'sleep 60 & echo $! >pid; : >ready'
	RUNNING=("$(cat pid)")
	kill -INT "$TRACER"
	ended_with 0
	report_is_sound
	report '.run.alive_at_end == 1 and .run.exit_status == 0'
	kill -0 "${RUNNING[0]}"
	tries 3 times_out_beside_a_daemon
	report '.run.alive_at_end == 1'
	kill -0 "${RUNNING[-1]}"
}

# The command has ended well before.
times_out_beside_a_daemon() {
	local status=0
	"$SCHEDLAB" run --format json -o report.json --wait all --duration 0.3 -- \
		sh -c 'sleep 60 >/dev/null 2>&1 & echo $! >pid' || status=$?
	RUNNING+=("$(cat pid)")
	((status == 124)) && report '.program.wall_s > 0.25'
}

@test "a command that ignores SIGINT is ended by the first one all the same" {
	requires root bpf
	start_traced run -o report.txt -- sh -c 'trap "" INT; : >ready; while :; do sleep 0.1; done'
	kill -INT "$TRACER"
	wait_until 30 has_ended "$TRACER"
	ended_with 143
	assert_file_not_empty report.txt
}

has_ended() {
	! kill -0 "$1" 2>/dev/null
}
