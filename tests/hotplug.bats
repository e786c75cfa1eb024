#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # jq's and bash's $
# A CPU that goes offline or comes online while the recording goes on, seen by both ways in.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	SWITCH=
}

teardown() {
	[[ -z $SWITCH ]] || echo 1 >"$SWITCH"
	live_teardown
}

# SWITCH: the file that takes the last CPU, CPU, offline.
needs_hotplug() {
	local last
	last=$(sed 's/.*[,-]//' /sys/devices/system/cpu/online)
	[[ -w /sys/devices/system/cpu/cpu$last/online ]] || skip 'needs a CPU that can be taken offline'
	SWITCH=/sys/devices/system/cpu/cpu$last/online CPU=$last
	export SWITCH CPU
}

# recorded_both BASH-SCRIPT: one run, recorded by both: ftrace.json and bpf.json.
recorded_both() {
	local way
	"$SCHEDLAB" record --backend ftrace -q -o ftrace.trace -- \
		"$SCHEDLAB" record --backend bpf -q -o bpf.trace -- bash -c "$1"
	for way in ftrace bpf; do
		# 3: a switch that this kernel left untraced may leave a task's time unknown.
		"$SCHEDLAB" report --format json -o "$way.json" "$way.trace" || (($? == 3))
		report_is_sound "$way.json"
		jq -c --argjson cpu "$CPU" '[.run.backend, .trust.verdict, .trust.untraced,
			.trust.crosscheck.warnings, .cpus[$cpu]]' "$way.json" >&2
		nothing_is_lost "$way.json"
	done
}

# Where the kernel left a switch untraced, ftrace can't say when it was: that is no loss of ours.
nothing_is_lost() {
	json --argjson cpu "$CPU" '.trust.lost == 0 and .trust.conflicts == 0 and .run.hotplug
		and (.cpus[$cpu].unknown_s == 0 or (.run.backend == "ftrace" and .trust.untraced > 0))
		and (.trust.verdict == "whole" or (.trust.crosscheck.warnings
			| all(test("untraced|switches counted|not known for part"))))' "$1"
}

# Offline for as long as the shell's clock says: no less than it was off, no more than it took.
is_offline_for() {
	json --argjson cpu "$CPU" --argjson off "$(cat off)" --argjson all "$(cat all)" \
		'.cpus[$cpu].offline_s >= $off and .cpus[$cpu].offline_s <= $all' "$1"
}

CLOCK='us() { echo "${EPOCHREALTIME/[.,]/}"; }
seconds() { awk -v us="$1" "BEGIN { print us / 1e6 }"; }
spin() { local i; for ((i = 0; i < 60000; i++)); do :; done; }
'

@test "a CPU that goes offline and comes back is offline for just as long, and no record is lost" {
	requires root bpf ftrace smp
	needs_hotplug
	recorded_both "$CLOCK"'
		spin & spin &
		begun=$(us); echo 0 >"$SWITCH"; off=$(us)
		sleep 0.2
		on=$(us); echo 1 >"$SWITCH"; all=$(us)
		seconds $((on - off)) >off
		seconds $((all - begun)) >all
		wait; spin & spin & wait'
	is_offline_for bpf.json
	is_offline_for ftrace.json
	json --argjson cpu "$CPU" '.run.online_cpus | index($cpu) != null' bpf.json
	# Both tell of the same two moments.
	"$SCHEDLAB" dump bpf.trace | grep ' hotplug ' >bpf.moments
	"$SCHEDLAB" dump ftrace.trace | grep ' hotplug ' >ftrace.moments
	cat bpf.moments ftrace.moments >&2
	assert_equal "$(cut -d']' -f2 bpf.moments)" "$(cut -d']' -f2 ftrace.moments)"
	assert_equal "$(grep -c . bpf.moments)" 2
	"$SCHEDLAB" report bpf.trace >text || (($? == 3))
	grep -q 'offl %' text
	grep -q ' offline .* a CPU was offline' text
}

@test "a CPU that is offline is none that may be used, and the command may use it once it comes online" {
	requires root bpf ftrace smp
	needs_hotplug
	local mask _
	mask=$(grep Cpus_allowed: /proc/self/status)
	echo 0 >"$SWITCH"
	traced -- true
	report --argjson cpu "$CPU" '[.cpus[] | select(.allowed) | .cpu] | index($cpu) == null'
	report '.trust.lost == 0 and .trust.conflicts == 0 and .trust.unknown_s == 0'
	for _ in 1 2 3; do
		echo 0 >"$SWITCH"
		recorded_both "$CLOCK"'
			sleep 0.3
			echo 1 >"$SWITCH"
			grep Cpus_allowed: /proc/self/status >mask
			spin & spin & wait'
		! is_used_at_no_cost || break
	done
	is_used_at_no_cost
	# Neither the pinning of the recorder nor its calibration has taken the CPU from the command.
	assert_equal "$(cat mask)" "$mask"
	for way in bpf ftrace; do
		json --argjson cpu "$CPU" '(.run.online_cpus | index($cpu) == null)
			and .cpus[$cpu].offline_s >= 0.3 and .cpus[$cpu].allowed' "$way.json"
	done
}

# The CPU is used once it is there, if nobody else has it; and waiting for a ring that is not there
# yet costs nothing, if the host does not stop it.
is_used_at_no_cost() {
	jq -es --argjson cpu "$CPU" 'all(.[]; .cpus[$cpu].workload_s > 0
		and .trust.observer.cpu_s < 0.5 * .cpus[$cpu].offline_s)' bpf.json ftrace.json
}
