#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154 # sh's and jq's $; a subshell a test; TIDS; stderr
# Whom a recording is of, where it is what runs already (tree.bats: a command's tree).
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

# ---- what runs already --------------------------------------------------------------------------

# start_family ARGS...: in the background; PID is its process.
start_family() {
	mkfifo "fifo.$#.$1"
	"$HELPERS/family" "$@" >"fifo.$#.$1" 3>&- &
	RUNNING+=($!)
	PID=$!
	local word
	read -r word TIDS <"fifo.$#.$1"
	[[ $word == ready ]]
	TIDS=${TIDS#* }
	rm "fifo.$#.$1"
}

@test "threads that run when -p comes are seen running from its first instant" {
	requires root bpf smp
	local start took
	start_family spin 2
	start=${EPOCHREALTIME/[.,]/}
	"$SCHEDLAB" run --format json -o report.json -p "$PID" --duration 0.5
	took=$((${EPOCHREALTIME/[.,]/} - start))
	report_is_sound
	report --argjson pid "$PID" '.run.target == { kind: "pids", pids: [$pid] }'
	report '.run.command == [] and .run.exit_status == null and .run.work_identity == null'
	report '.run.alive_at_end == 3 and (.tasks | length == 3)'
	report '.trust.crosscheck.rusage_cpu_s == null'
	diff <(jq '.tasks[].tid' report.json | sort) <(printf '%s\n' "$PID" $TIDS | sort)
	# Each of the two runs or waits at every instant, so nothing of them is unknown.
	report '.program.wall_s as $T | .program | .demand_s[2] > 0.999 * $T'
	report '.trust.crosscheck | .switches == .kernel_switches'
	report --argjson took "$took" '.program | .wall_s > 0.49 and .wall_s < $took / 1e6'
	kill -0 "$PID"
}

@test "two threads that spin are parallel from the first instant, but for what others take" {
	requires root bpf smp
	start_family spin 2
	for _ in 1 2 3 4 5; do
		"$SCHEDLAB" run --format json -o report.json -p "$PID" --duration 0.3 || (($? == 3))
		report_is_sound
		report '.program | .demand_s[2] > 0.999 * .wall_s'
		if jq -e '.program | .tlp > 1.85 and .verdict == "parallel"' report.json >/dev/null; then
			return 0
		fi
	done
	if jq -e '([.cpus[].other_s] | add) > 0.05 * .program.wall_s' report.json >/dev/null; then
		skip 'the machine is not quiet'
	fi
	report '.program | .tlp > 1.85 and .verdict == "parallel"'
}

@test "a process that sleeps all the while is idle and blocked" {
	requires root bpf
	start_family sleep
	"$SCHEDLAB" run --format json -o report.json -p "$PID,$PID" -p "$PID" --duration 0.3
	report_is_sound
	report '.program | .verdict == "idle" and .cpu_s == 0 and .tlp == null'
	report '.tasks | length == 1 and (.[0] | .blocked_s == .lifetime_s and .run_s == 0
		and .blocked_on[0].what == "clock_nanosleep")'
	report '.program.wall_s == .tasks[0].blocked_s and .trust.verdict == "whole"'
}

@test "-p ends with the last of its processes, and takes their later children" {
	requires root bpf
	mkfifo gate
	sh -c 'read go <gate; "$1" fork >truth; exit 3' sh "$HELPERS/family" &
	RUNNING+=($!)
	start_behind run --format json -o report.json -p "$!"
	echo go >gate
	ended_with 0
	report_is_sound
	report '.run.alive_at_end == 0 and (.tasks | length == 3)'
	report '.trust.crosscheck | .switches == .kernel_switches'
}

# start_behind VERB ARGS...: a recording of what runs already; it has begun once this returns.
start_behind() {
	env --default-signal=INT,TERM "$SCHEDLAB" "$@" </dev/null >stdout 2>stderr 3>&- &
	TRACER=$!
	RUNNING+=($!)
	wait_until 30 has_attached
}

# It takes its signals by descriptor before it attaches, and has BPF links while it is attached.
has_attached() {
	grep -qs '^sigmask:' /proc/"$TRACER"/fdinfo/* && grep -qs '^link_type:' /proc/"$TRACER"/fdinfo/*
}

@test "SIGINT and SIGTERM end -p with its report" {
	requires root bpf
	local signal
	start_family sleep
	for signal in INT TERM; do
		start_behind run --format json -o report.json -p "$PID"
		kill -"$signal" "$TRACER"
		ended_with 0
		report_is_sound
		report '.run.alive_at_end == 1'
	done
}

@test "record -p and report tell what run -p tells" {
	requires root bpf
	start_family sleep
	"$SCHEDLAB" record -o x.trace -p "$PID" --duration 0.2
	"$SCHEDLAB" report --format json -o report.json x.trace
	report_is_sound
	report '.tasks | length == 1 and (.[0] | .blocked_s > 0 and .blocked_s == .lifetime_s)'
	"$SCHEDLAB" record -o x.trace -a --anonymous --duration 0.2
	"$SCHEDLAB" report --format json -o report.json x.trace
	report '[.tasks[].comm] | unique == [""]'
}

@test "a target that can't be recorded is refused with words" {
	requires root bpf
	start_family spin 1
	one_failure 1 'there is no process' "$SCHEDLAB" run -p 4194304
	one_failure 1 "is a thread of process $PID" "$SCHEDLAB" run -p "$TIDS"
	one_failure 2 "'x' is not a number" "$SCHEDLAB" run -p x
	one_failure 2 'no number after' "$SCHEDLAB" run -p "$PID,"
	one_failure 2 'not a number' "$SCHEDLAB" run -p ''
	one_failure 2 "don't go together" "$SCHEDLAB" run -p 1 -a
	one_failure 125 'without a command' "$SCHEDLAB" run -a -- true
	one_failure 2 'go with a command' "$SCHEDLAB" run -a -u root
	one_failure 1 'there is no cgroup /nowhere' "$SCHEDLAB" run -G /nowhere
	one_failure 2 'name one' "$SCHEDLAB" run -G ''
	one_failure 1 'does not measure itself' sh -c 'exec "$1" run -p $$' sh "$SCHEDLAB"
	sh -c 'sleep 0 & exec sleep 60' &
	RUNNING+=($!)
	wait_until 30 has_zombie $!
	one_failure 1 'zombie' "$SCHEDLAB" run -p "$(pgrep -P $!)"
}

has_zombie() {
	[[ $(ps -o stat= --ppid "$1") == Z* ]]
}

@test "-a is every task but the recorder, which is told apart" {
	requires root bpf
	start_family sleep
	start_behind run -a --duration 60
	local other=$TRACER
	# Among so many tasks the kernel may leave a switch untraced of which not all is known.
	"$SCHEDLAB" run --format json -o report.json -a --duration 0.5 || (($? == 3))
	report_is_sound
	report '.trust | .crosscheck.checked_tasks > 20 and
		(.crosscheck | .switches - .kernel_switches | fabs) <= .untraced'
	report --argjson pid "$PID" --argjson other "$other" '
		[.tasks[].pid] | index($pid) and index($other)'
	report '.run.recorder_pid as $own | [.tasks[] | select(.pid == $own)] == []'
	report '.trust.observer | .cpu_s > 0 and .switches > 0'
	report '.trust.conflicts == 0 and ([.tasks[] | select(.tid == 0)] == [])'
	kill -INT "$other"
	# Here too.
	status=0
	wait "$other" || status=$?
	((status == 0 || status == 3))
	grep -q '^schedlab itself: .* of the CPUs' stdout
}

@test "a parent shell is measured without the recorder that it started" {
	requires root bpf
	bash -c '"$1" run --format json -o report.json -p $$ --duration 0.3; :' bash "$SCHEDLAB"
	report_is_sound
	report '.run.recorder_pid as $own | .tasks | length == 1 and .[0].comm == "bash" and .[0].pid != $own'
}

# ---- cgroups ------------------------------------------------------------------------------------

@test "-G takes who is in a cgroup and below it, by version 2 or 1" {
	requires root bpf
	local top folder name
	for top in "$(cgroup_mount cgroup2)" "$(cgroup_mount cgroup)"; do
		[[ -n $top ]] || continue
		name=test-family-$$
		folder=$top/$name
		mkdir -p "$folder/below"
		start_family sleep
		echo "$PID" >"$folder/below/cgroup.procs" || {
			rmdir "$folder/below" "$folder"
			skip "a task can't be moved into $folder"
		}
		# The recorder is in it too, and not measured.
		sh -c 'echo $$ >"$1/cgroup.procs"; exec "$2" run --format json -o report.json -G "$1" --duration 0.2' \
			sh "$folder" "$SCHEDLAB" || {
			: >failed
		}
		one_failure_in_empty "$folder" || : >failed
		kill -KILL "$PID"
		wait_until 30 rmdir "$folder/below"
		wait_until 30 rmdir "$folder"
		assert_file_not_exist failed
		report_is_sound
		report --argjson pid "$PID" '[.tasks[].pid] == [$pid]'
		report --arg folder "$folder" '.run.target | .kind == "cgroup" and .cgroup == $folder'
	done
}

one_failure_in_empty() {
	mkdir "$1/empty"
	one_failure 1 'there is no task in the cgroup' "$SCHEDLAB" run -G "$1/empty"
	rmdir "$1/empty"
}

# cgroup_mount TYPE: where one of it is mounted that takes tasks.
cgroup_mount() {
	awk -v type="$1" '$3 == type && (type == "cgroup2" || $4 ~ /cpuacct|pids|freezer/) { print $2; exit }' \
		/proc/self/mounts
}

@test "a cgroup is found by its path below the mount of version 2" {
	requires root bpf
	[[ -n $(cgroup_mount cgroup2) ]] || skip 'needs cgroup version 2'
	"$SCHEDLAB" run --format json -o report.json -G / --duration 0.2
	report_is_sound
	report --arg top "$(cgroup_mount cgroup2)/" '.run.target.cgroup == $top and (.tasks | length > 3)'
}

# ---- which CPUs are shown -----------------------------------------------------------------------

@test "-C shows the CPUs that it lists, and changes no other number" {
	requires root bpf smp
	"$SCHEDLAB" record -o x.trace -- sh -c 'nproc & nproc; wait' >/dev/null
	"$SCHEDLAB" report --format json -o all.json x.trace
	"$SCHEDLAB" report --format json -o report.json -C 1 x.trace
	report '[.cpus[].cpu] == [1]'
	report '[.strip.rows[].cpu] == [1]'
	diff <(jq 'del(.cpus, .strip.rows, .trust.lost_by_cpu)' all.json) \
		<(jq 'del(.cpus, .strip.rows, .trust.lost_by_cpu)' report.json)
	"$SCHEDLAB" run --format json -o report.json -C 0-1 -- true
	report '[.cpus[].cpu] == [0, 1]'
	one_failure 2 'is not a list of CPUs' "$SCHEDLAB" report -C x x.trace
	run --separate-stderr "$SCHEDLAB" report -C 1000 x.trace
	assert_success
	[[ $stderr == *'there is no CPU 1000'* ]]
}
