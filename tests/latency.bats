#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034 # jq's $; AGAIN is quietly's
# Known overlap, known waiting: what is measured is what happened.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	mapfile -t CPUS < <(allowed_cpus)
}

teardown() {
	live_teardown
}

# allowed_cpus: prints the first two of these tests' own, a line each.
allowed_cpus() {
	awk '/^Cpus_allowed_list/ {
		count = split($2, parts, ",")
		for (i = 1; i <= count; i++) {
			split(parts[i], ends, "-")
			for (cpu = ends[1]; cpu <= (ends[2] == "" ? ends[1] : ends[2]) && shown < 2; cpu++) {
				print cpu
				shown++
			}
		}
	}' /proc/self/status
}

# The program's own notes of when it computed against the report: parallel time, relative to the
# time in which any thread computed, and tlp; 2 % apart at most, its start and its end included, of
# which it has no notes. And its notes against the kernel's clock of its threads: what they tell of
# is what ran, not what was planned.
OVERLAP='$own[0] as $own | ((.program.parallelism_s[2:] | add) // 0) as $parallel |
	([($parallel - $own.parallel_s) / $own.busy_s, .program.tlp / $own.tlp - 1]
		| map(fabs) | max) < 0.02 and ($own.cpu_s / $own.computed_s - 1 | fabs) < 0.05'

# overlap_is_met CPU:PHASE...: others that run meanwhile are no excuse, unless they took over 5 % of
# three runs: a host may stop a CPU without a word to its guest.
overlap_is_met() {
	local noise=()
	for _ in 1 2 3; do
		traced -- "$HELPERS/duty" duty.json 6 "$@"
		report_is_sound
		report '.trust.verdict == "whole"'
		jq -e --slurpfile own duty.json "$OVERLAP" report.json >/dev/null && return
		noise+=("$NOISE")
		cat duty.json >&2
	done
	if printf '%s\n' "${noise[@]}" | awk '$1 <= 5 { exit 1 }'; then
		skip "the machine is not quiet: others took ${noise[*]} % of the CPUs"
	fi
	report --slurpfile own duty.json "$OVERLAP"
}

@test "threads that compute together for all, half and none of their time have just that tlp" {
	requires root bpf smp
	local phase
	for phase in 0 20 50; do
		overlap_is_met "${CPUS[0]}:0" "${CPUS[1]}:$phase"
	done
}

@test "a CPU that their masks forbid idles beside tasks that wait, and that is no violation" {
	requires root bpf smp
	# Two threads want the first CPU at once; the third one's turn on the second CPU is after that.
	# They have four times 40 ms; of a thread's start, not bound yet, some may be a violation.
	quietly '.program.peak_demand >= 2 and
		([.violations[] | select(.cause != "waking_up") | .s] | add // 0) < 0.02' -- \
		"$HELPERS/duty" duty.json 4 "${CPUS[0]}:0" "${CPUS[0]}:0" "${CPUS[1]}:50"
}

@test "a token between two CPUs finds them waking up, and that is no violation" {
	requires root bpf smp
	# A third of all core time is on the way, where nobody else runs; where others always do, none is.
	# A host that stops a CPU, or the start of a thread that is not bound yet, may violate a little.
	quietly 'def share($name): [.accounting[] | select(.cause == $name) | .share] | add;
		.latency.wakeup_s.count >= 10000 and share("violation") < 0.05 and
		(share("being_woken") > 0 or
			([.cpus[] | .idle_s] | add) < 0.1 * .program.wall_s)' -- \
		"$HELPERS/duty" token 20000 "${CPUS[0]}" "${CPUS[1]}"
}

# The command may use all CPUs until taskset binds it: these count in n, and idle beside tasks that wait
# nearly all the time. Until then one may idle for some us beside one that could have used it.
bound_by_taskset() {
	quietly '.violation_sums.s < 0.02 * .program.wall_s' --trace bound.trace -- \
		taskset -c "${CPUS[0]}" "$WORKLOAD" spin --as threads -n 2 --work 60
	"$SCHEDLAB" report --format json -o bound.json bound.trace \
		--from "$(jq '.program.wall_s * 400 | floor' report.json)ms" \
		--to "$(jq '.program.wall_s * 900 | floor' report.json)ms"
	json '.violation_sums.count == 0' bound.json
	report --argjson cpu "${CPUS[0]}" '.program.wall_s as $t | .violation_sums.masked_s as $masked |
		.program.peak_parallelism == 1 and any(.cpus[] | select(.allowed and .cpu != $cpu);
			.idle_s + .other_s > 0.7 * $t and ($masked > 0 or .idle_s < 0.1 * $t))'
}

@test "two tasks share a CPU by their weights, and the CPUs that they may not use count for nothing" {
	requires root bpf smp
	local wall AGAIN='' # they are to share by weights every time
	# The index of Jain of 1 : r is (1 + r)^2 / (2 (1 + r^2)): of the weights 1024 and 110 it is
	# 0.606; r from 5 to 18 makes 0.69 to 0.55. What else runs there takes from both.
	quietly '.program.fairness > 0.55 and .program.fairness < 0.69' \
		--as processes -n 2 --cpus "${CPUS[0]}" --nice 0,10 spin --work 200
	quietly '.program.fairness > 0.97' --as threads -n 2 --cpus "${CPUS[0]}" spin --work 100
	wall=$(jq .program.wall_s report.json)
	report --argjson cpu "${CPUS[0]}" --argjson wall "$wall" '
		[.cpus[] | select(.allowed) | .cpu] == [$cpu] and
		all(.cpus[] | select(.cpu != $cpu); .workload_s == 0) and
		any(.cpus[] | select(.cpu != $cpu); .idle_s + .other_s > 0.9 * $wall) and
		.program.peak_parallelism == 1 and .violation_sums.count == 0 and .violations == []'
	bound_by_taskset
}
