#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # bats sets stderr
# Losses: counted, placed, and never silent.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
}

teardown() {
	live_teardown
}

# Every number that was given out is in the file or in a loss, CPU by CPU, by the probes' counters.
adds_up() {
	"$SCHEDLAB" report --format json "$1" >report.json || (($? == 3))
	report_is_sound
	report '.trust.dropped == .trust.lost
		and .trust.lost == ([.trust.losses[].count] | add // 0) and .trust.losses_more == 0
		and ([.trust.lost_by_cpu[] | . // 0] | add) == .trust.lost'
	report '[.trust.crosscheck.warnings[] | select(test("sequence numbers|are missing"))] == []'
}

@test "a ring of 4 KiB loses records, all of them counted and placed, and nobody is silent of it" {
	requires root bpf perf
	run --separate-stderr "$SCHEDLAB" record --buffer 4K -o x.trace -- \
		perf bench sched messaging -g 4 -l 400
	assert_equal "$status" 0
	[[ $stderr == *'warning: the record is not whole'* ]] || fail "no warning: $stderr"
	adds_up x.trace
	report '.trust.lost > 0 and .trust.verdict == "lossy"'
	report '(.trust.losses | length) > 0 and .trust.unknown_s > 0 and .trust.unknown_task_s > 0'
	report '.run.ring_bytes == 4096'
	run "$SCHEDLAB" report x.trace
	assert_equal "$status" 3
	assert_output --partial 'Trust: lossy'
	assert_output --regexp 'lost on CPU [0-9]+ from [0-9.-]+ s to [0-9.-]+ s: [0-9]+'
	assert_output --partial 'lower bound'
}

@test "with --strict a run that lost records exits 3, and says so in its report and on stderr" {
	requires root bpf perf
	run --separate-stderr "$SCHEDLAB" run --strict --buffer 4K -o report.txt -- \
		perf bench sched messaging -g 4 -l 400
	assert_equal "$status" 3
	[[ $stderr == *'records were lost'* ]] || fail "no warning: $stderr"
	grep -q '^Trust: lossy' report.txt
}

@test "the default ring, whose size the trace names, loses nothing of the same" {
	requires root bpf perf
	# A host that stops the recorder's CPU and not the others may make it lose some: they add up
	# all the same.
	for _ in 1 2 3; do
		"$SCHEDLAB" record -o x.trace -- perf bench sched messaging -g 4 -l 400
		adds_up x.trace
		! jq -e '.trust.lost == 0' report.json || break
	done
	report '.trust.lost == 0 and .trust.losses == [] and .run.ring_bytes >= 65536'
	"$SCHEDLAB" run --help | tr -s ' \n' ' ' | grep -q 'default: 4M'
}

# The recorder sleeps for two seconds in which the traced command switches all the time.
stopped_recorder() {
	rm -f go finished
	# shellcheck disable=SC2086,SC2016 # none or two words; sh's $
	start_traced record $1 -o x.trace -- sh -c ': >ready
		until [ -e go ]; do sleep 0.01; done
		timeout 2 "$WORKLOAD" pingpong --work 100000000 >truth.json
		: >finished'
	kill -STOP "$TRACER"
	: >go
	wait_until 30 is_there finished
	kill -CONT "$TRACER"
	ended_with 0
	adds_up x.trace
}

@test "a recorder held for 2 s reports its gap: a loss that covers it" {
	requires root bpf
	stopped_recorder '--buffer 4K'
	# But for what it takes until the switches fill the ring.
	report '[.trust.losses[] | .to_s - .from_s] | max > 1'
	report '.trust.lost > 0 and .trust.verdict == "lossy" and .trust.unknown_s > 1'
	# A larger ring may hold it all; if not, what it lost is placed as well.
	stopped_recorder ''
	report '(.trust.lost == 0) == (.trust.losses == []) and (.trust.lost == 0 or .trust.verdict == "lossy")'
}
