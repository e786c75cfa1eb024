#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # FAVOUR is traced's; bats sets stderr_lines
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

# two_and_one: the same work on two CPUs and on one; true where the one is slower, and by
# parallelism most of all. A host that gives one of the CPUs less makes both take as long, or the
# speed of a core the larger factor.
two_and_one() {
	traced spin --as threads -n 2 && mv report.json two.json &&
		traced spin --as threads -n 2 --cpus 0 && mv report.json one.json && compare &&
		jq -e '.pairs[0] | .ratio > 1.4 and (.split | .parallelism > 1.4 and .core_speed < .parallelism
			and .idle < .parallelism)' compare.json
}

@test "two spins on one CPU instead of two are slower by parallelism, each factor what the two reports say" {
	requires root bpf smp
	local slower='' ratio FAVOUR='chrt --rr 1' # before whoever else is there
	if tries 5 two_and_one; then
		slower=yes
	fi
	jq -c '.pairs[0] | [.ratio, .split]' compare.json >&2
	# The factors are those of the formula T = C / tlp + I, and their product is the walls'
	# ratio, whatever else ran.
	jq -es '(.[0].program) as $two | (.[1].program) as $one | .[2].pairs[0] | .split as $split
		| ([$split.core_speed * $split.parallelism * $split.idle / .ratio,
			$one.wall_s / $two.wall_s / .ratio,
			$one.cpu_s / $two.cpu_s / $split.core_speed,
			$two.tlp / $one.tlp / $split.parallelism] | all(. - 1 | fabs < 1e-9))' \
		two.json one.json compare.json
	json '.pairs | length == 1 and (.[0] | .same_work and .interval == null and .p_value == null
		and .n == [1, 1])' compare.json
	ratio=$(jq '.pairs[0].ratio' compare.json)
	run "$SCHEDLAB" compare --fail-on "$(jq -n "$ratio * 900 | floor / 1000")" two.json one.json
	assert_equal "$status" 5
	run "$SCHEDLAB" compare --fail-on "$(jq -n "$ratio * 1100 | floor / 1000")" two.json one.json
	assert_success
	[[ -n $slower ]] || skip 'the host gives the two CPUs no more than one, five times'
	assert_output --partial 'parallel'
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
