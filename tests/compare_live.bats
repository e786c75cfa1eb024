#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2153,SC2154 # FAVOUR and NOISE are traced's; bats sets stderr_lines
# compare on reports of real runs: what made the one slower.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
}

teardown() {
	live_teardown
}

compare() {
	"$SCHEDLAB" compare --format json two.json one.json >compare.json
}

@test "two spins on one CPU instead of two are slower by parallelism, by a factor of two" {
	requires root bpf smp
	local attempt noise holds='.pairs | length == 1 and (.[0].split | (.parallelism / 2 - 1 | fabs) < 0.1
		and (.core_speed - 1 | fabs) < 0.1 and (.idle - 1 | fabs) < 0.1)'
	for attempt in 1 2 3; do
		((attempt == 1)) || local FAVOUR='chrt --rr 1'
		traced spin --as threads -n 2
		noise=$NOISE
		mv report.json two.json
		traced spin --as threads -n 2 --cpus 0
		mv report.json one.json
		compare
		# The product is the walls' ratio whatever else ran.
		json '.pairs[0] | (.split.core_speed * .split.parallelism * .split.idle / .ratio - 1 | fabs) < 1e-9' \
			compare.json
		jq -es '(.[1].program.wall_s / .[0].program.wall_s / .[2].pairs[0].ratio - 1 | fabs) < 1e-9' \
			two.json one.json compare.json
		jq -e "$holds" compare.json >/dev/null && break
		is_noisy "$noise" "$NOISE" || break
	done
	jq -c '.pairs[0] | [.ratio, .split]' compare.json >&2
	if ! jq -e "$holds" compare.json >/dev/null && is_noisy "$noise" "$NOISE"; then
		skip "the machine is not quiet: others took $noise % and $NOISE % of the CPUs"
	fi
	json "$holds" compare.json
	json '.pairs[0] | .same_work and .interval == null and .p_value == null and .n == [1, 1]' compare.json
	run "$SCHEDLAB" compare two.json one.json
	assert_success
	assert_output --partial 'parallel'
	run "$SCHEDLAB" compare --fail-on 1.5 two.json one.json
	assert_equal "$status" 5
}

@test "reports of different work are refused" {
	requires root bpf
	traced spin --as threads -n 2 --work 20
	mv report.json two.json
	local other
	for other in 'spin --as threads -n 2 --work 21' 'spin --as threads -n 3 --work 20' \
		'spin --as processes -n 2 --work 20' 'pingpong --as threads -n 2 --work 20' '-- true'; do
		# shellcheck disable=SC2086
		traced $other
		run --separate-stderr "$SCHEDLAB" compare two.json report.json
		((status == 1 || status == 2)) || fail "status $status for $other"
		[[ ${stderr_lines[0]} == 'schedlab: '* && ${stderr_lines[1]} == 'hint: '* ]]
	done
}
