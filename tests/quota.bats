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

# make_group: GROUP is a new control group with half a CPU, which it gets however busy the machine is.
make_group() {
	local parent=/sys/fs/cgroup/cpu
	if [[ -e $parent/cpu.cfs_quota_us ]]; then
		GROUP=$parent/schedlab-test-$$
		mkdir "$GROUP"
		echo 100000 >"$GROUP/cpu.cfs_period_us"
		echo 50000 >"$GROUP/cpu.cfs_quota_us"
		echo 262144 >"$GROUP/cpu.shares"
	elif grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then
		GROUP=/sys/fs/cgroup/schedlab-test-$$
		mkdir "$GROUP"
		echo '50000 100000' >"$GROUP/cpu.max"
		echo 10000 >"$GROUP/cpu.weight"
	else
		skip 'needs the cpu controller'
	fi
}

remove_group() {
	local pid
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || true
	done <"$GROUP/cgroup.procs"
	wait_until 30 rmdir "$GROUP" 2>/dev/null
	GROUP=
}

# A second and more of work, from when the recorder has found the group; what the group's own account
# says before it, and after it once the command has left, is in before and after.
SPIN='sleep 0.5
	cat "$1/cpu.stat" >before
	timeout 1.2 sh -c "while :; do :; done"
	echo $$ >"${1%/*}/cgroup.procs"
	sleep 0.2
	cat "$1/cpu.stat" >after'

# throttled_s FILE: of a cpu.stat of either version.
throttled_s() {
	awk '/^throttled_time / { print $2 / 1e9 } /^throttled_usec / { print $2 / 1e6 }' "$1"
}

# What the group's account rose by.
own_s() {
	awk -v from="$(throttled_s before)" -v to="$(throttled_s after)" 'BEGIN { print to - from }'
}

# as_in_cpu_stat EXPR: it holds of report.json, where $own is what the group's account rose by and $a the
# causes of the command's one CPU. That idled, or was another task's, for as long as the quota kept the
# command from it: idle, it counts as throttled, and is no violation.
as_in_cpu_stat() {
	report --argjson own "$(own_s)" '([.accounting[] | {(.cause): .core_s}] | add) as $a | $own > 0.2 and
		$a.throttled <= .run.throttled_s and $a.throttled + $a.other_waited > 0.95 * $own and
		$a.violation < 0.05 * $own + 0.02 and ('"$1)"
}

# A host that stops the CPU just when the quota lets the command go on makes it idle for longer.
follows_quota() {
	traced --trace x.trace --cpus "$(last_cpu)" -- \
		sh -c 'echo $$ >"$1/cgroup.procs"'"; $SPIN" sh "$GROUP" && report_is_sound &&
		as_in_cpu_stat '.run.throttled_s - $own | fabs < 0.05 * $own + 0.005'
}

last_cpu() {
	awk '/^Cpus_allowed_list/ { n = split($2, parts, /[-,]/); print parts[n] }' /proc/self/status
}

# What the recorder in the same group is kept from counts too: the next test tells them apart.
starts_under_quota() {
	(
		echo "$BASHPID" >"$GROUP/cgroup.procs"
		traced --cpus "$(last_cpu)" -- sh -c "$SPIN" sh "$GROUP"
	) && report_is_sound && report --argjson own "$(own_s)" '$own > 0.2 and .run.throttled_s > 0.95 * $own and
		any(.accounting[]; .cause == "throttled" and .core_s > 0)'
}

@test "a quota that holds from the start is told from the start, for the recorder too" {
	requires root bpf
	make_group
	tries 3 starts_under_quota
	remove_group
}

@test "a command is followed under a quota: 5 % of what the group says, and the text says it infers" {
	requires root bpf
	make_group
	tries 3 follows_quota
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
