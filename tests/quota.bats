#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # jq's and sh's $
# A CPU quota: no event tells of it, the control group's own account does.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	GROUP=
}

teardown() {
	[[ -z $GROUP ]] || remove_group
	live_teardown
}

# make_group: GROUP is a new control group with half a CPU.
make_group() {
	local parent=/sys/fs/cgroup/cpu
	if [[ -e $parent/cpu.cfs_quota_us ]]; then
		GROUP=$parent/schedlab-test-$$
		mkdir "$GROUP"
		echo 100000 >"$GROUP/cpu.cfs_period_us"
		echo 50000 >"$GROUP/cpu.cfs_quota_us"
	elif grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then
		GROUP=/sys/fs/cgroup/schedlab-test-$$
		mkdir "$GROUP"
		echo '50000 100000' >"$GROUP/cpu.max"
	else
		skip 'needs the cpu controller'
	fi
}

remove_group() {
	local pid
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || true
	done <"$GROUP/cgroup.procs"
	wait_until 10 rmdir "$GROUP" 2>/dev/null
	GROUP=
}

# A fixed piece of work on one CPU; the group's account before and after it is in before and after.
SPIN='cat "$1/cpu.stat" >before
	taskset -c "$2" sh -c "i=0; while [ \$i -lt 2500000 ]; do i=\$((i + 1)); done"
	cat "$1/cpu.stat" >after'

# throttled_s FILE: of a cpu.stat of either version.
throttled_s() {
	awk '/^throttled_time / { print $2 / 1e9 } /^throttled_usec / { print $2 / 1e6 }' "$1"
}

# Prints what the account rose by.
own_reading() {
	awk -v from="$(throttled_s before)" -v to="$(throttled_s after)" 'BEGIN { print to - from }'
}

# throttled_where_quiet SHARE: of the throttled time that much was idle. Where other tasks took the
# CPU meanwhile it was not idle: then the test can't tell.
throttled_where_quiet() {
	local others
	others=$(jq '([.accounting[] | select(.cause == "other_waited") | .core_s] | add) / .run.throttled_s' \
		report.json)
	if awk -v o="$others" 'BEGIN { exit !(o > 0.5) }'; then
		skip "the machine is not quiet: others took $others of the throttled time"
	fi
	report --argjson share "$1" '([.accounting[] | select(.cause == "throttled") | .core_s] | add) >
		$share * .run.throttled_s'
}

last_cpu() {
	awk '/^Cpus_allowed_list/ { n = split($2, parts, /[-,]/); print parts[n] }' /proc/self/status
}

@test "throttled_s is the control group's account, and no idle spell up to it is a violation" {
	requires root bpf
	make_group
	local seconds
	(
		echo "$BASHPID" >"$GROUP/cgroup.procs"
		traced -- sh -c "$SPIN" sh "$GROUP" "$(last_cpu)"
	)
	report_is_sound
	seconds=$(own_reading)
	echo "cpu.stat: $seconds s" >&2
	report --argjson own "$seconds" '$own > 0.2 and
		(.run.throttled_s - $own | fabs) < 0.05 * $own + 0.005'
	report '([.accounting[] | {(.cause): .core_s}] | add) as $a |
		$a.throttled <= .run.throttled_s and $a.violation < 0.1 * .run.throttled_s + 0.02 and
		$a.throttled + $a.other_waited > 0.3 * .run.throttled_s'
	throttled_where_quiet 0.3
	remove_group
}

@test "a command that moves itself under a quota is followed there, and the text report says it infers" {
	requires root bpf
	make_group
	traced --trace x.trace -- sh -c 'echo $$ >"$1/cgroup.procs"'"; $SPIN" sh "$GROUP" "$(last_cpu)"
	report_is_sound
	# What is throttled before the recorder looks again is missed: a tenth of a second.
	report --argjson own "$(own_reading)" '$own > 0.2 and
		.run.throttled_s > $own - 0.25 and .run.throttled_s < 1.05 * $own + 0.005'
	throttled_where_quiet 0.3
	"$SCHEDLAB" report x.trace >text
	grep -q 'throttled .*(inferred)' text
	remove_group
}

@test "without a quota nothing is throttled" {
	requires root bpf
	traced -- true
	report '.run.throttled_s == 0 or .run.throttled_s == null or .machine.cpu_max != null'
	report '.machine.cpu_max != null or
		([.accounting[] | select(.cause == "throttled") | .core_s] == [0])'
}
