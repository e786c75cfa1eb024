# SPDX-License-Identifier: MIT
# `schedlab compare`: from JSON reports alone, without root and without a kernel.

setup() {
	load helpers
	FIXTURES=$ROOT/tests/fixtures/compare
	TWO=$FIXTURES/two_cpus.json
	ONE=$FIXTURES/one_cpu.json
	cd "$BATS_TEST_TMPDIR" || exit
}

# changed EXPR: a.json, the report of the run on two CPUs changed by a jq expression.
changed() {
	jq "$1" "$TWO" >a.json
}

@test "one CPU against two blames parallelism with a factor of 2" {
	run "$SCHEDLAB" compare "$TWO" "$ONE"
	assert_success
	assert_output --partial 'took 2.00 times as long as'
	assert_output --partial 'parallelism explains a factor of 1.98'
	assert_output --partial 'one run, no claim'
	assert_output --partial 'The machines are alike.'
	assert_output --regexp 'cpus +0-1 +0'
}

@test "the factors' product is the ratio" {
	"$SCHEDLAB" compare --format json "$TWO" "$ONE" >c.json
	json '.schema == "schedlab.compare/1" and (.pairs | length) == 1' c.json
	json '.pairs[0] | .ratio == 2 and .same_work and (.different | not) and .interval == null
		and .p_value == null and .n == [1, 1] and .metric == "wall_s" and .experiment == null
		and ((.split.core_speed * .split.parallelism * .split.idle) / .ratio - 1 | fabs) < 1e-9' \
		c.json
}

@test "the machine rows that differ are listed, the hostname is not" {
	changed '.machine.hostname = "b" | .machine.kernel = "6.12.0" | .machine.cores = 4'
	"$SCHEDLAB" compare --format json "$TWO" a.json >c.json
	json '.fingerprint_differs == [{"row": "kernel", "values": ["6.1.0", "6.12.0"]},
		{"row": "cores", "values": [null, 4]}]' c.json
}

@test "different work is refused and the row is named" {
	local change row
	for change in '.run.workload="sleep"' '.run.model="processes"' '.run.units=4' '.run.work=1' \
		'.run.set=["a=1"]'; do
		changed "$change"
		row=${change#.run.}
		run "$SCHEDLAB" compare "$TWO" a.json
		assert_failure 1
		assert_output --partial "did different work: ${row%%=*} differs"
		assert_line --index 1 --partial 'hint: '
	done
}

@test "commands are the same work when their words are" {
	jq '.run.workload = null | .run.model = null | .run.units = null | .run.work = null |
		.run.command = ["xz", "a"]' "$TWO" >a.json
	jq '.run.command = ["gzip", "a"]' a.json >b.json
	run "$SCHEDLAB" compare a.json a.json
	assert_success
	assert_output --partial 'took as long as'
	run "$SCHEDLAB" compare a.json b.json
	assert_failure 1
	assert_output --partial 'command differs'
}

@test "work that was built otherwise is compared without a split" {
	jq '.run.work_identity = "zlib 1.2"' "$TWO" >a.json
	jq '.run.work_identity = "zlib 1.3"' "$ONE" >b.json
	"$SCHEDLAB" compare --format json a.json b.json >c.json
	json '.pairs[0] | (.same_work | not) and .split == null and .ratio == 2
		and .build_differs == "identity of the work"' c.json
}

@test "idle runs have a ratio and no split" {
	changed '.program.cpu_s = 0 | .program.tlp = null | .program.idle_s = .program.wall_s'
	"$SCHEDLAB" compare --format json a.json "$ONE" >c.json
	json '.pairs[0] | .split == null and .ratio == 2' c.json
}

@test "damaged, foreign and missing reports fail with one line and a hint" {
	head -c 300 "$TWO" >cut.json
	echo '{"schema": "schedlab.report/1", "schema": "schedlab.report/1"}' >twice.json
	echo '{"schema": "schedlab.report/9"}' >future.json
	echo '{"schema": "schedlab.report/1", "program": {"wall_s": 1e999}}' >huge.json
	head -c 1000000 /dev/zero | tr '\0' '[' >deep.json
	printf '\033]0;x\a' >escape.json
	: >empty.json
	local file
	for file in cut twice future huge deep escape empty missing; do
		run "$SCHEDLAB" compare "$TWO" "$file.json"
		assert_failure 1
		assert_equal "${#lines[@]}" 2
		assert_line --index 0 --regexp "^schedlab: .*$file.json"
		assert_line --index 1 --regexp '^hint: '
		refute_output --partial $'\033'
	done
	run "$SCHEDLAB" compare "$TWO" "$BATS_TEST_TMPDIR"
	assert_failure 1
}

@test "numbers that contradict each other are refused" {
	changed '.program.tlp = 1'
	run "$SCHEDLAB" compare "$TWO" a.json
	assert_failure 1
	assert_output --partial 'contradict'
}

@test "--fail-on exits 5 above its ratio and not at it" {
	run "$SCHEDLAB" compare --fail-on 1.99 "$TWO" "$ONE"
	assert_failure 5
	run "$SCHEDLAB" compare --fail-on 2 "$TWO" "$ONE"
	assert_success
	run "$SCHEDLAB" compare --fail-on 1.5 "$ONE" "$TWO"
	assert_success
}

@test "wrong usage exits 2" {
	local ratio
	for ratio in x '' 0 -1 1x ' 1' 0x2 nan inf 1..2 . 1e9; do
		run "$SCHEDLAB" compare --fail-on "$ratio" "$TWO" "$ONE"
		assert_failure 2
		assert_output --partial -- '--fail-on'
	done
	run "$SCHEDLAB" compare --format xml "$TWO" "$ONE"
	assert_failure 2
	run "$SCHEDLAB" compare "$TWO"
	assert_failure 2
	run "$SCHEDLAB" compare --nonsense "$TWO" "$ONE"
	assert_failure 2
}

@test "a report that is not whole makes the comparison not whole, and marks it" {
	changed '.trust = {"lost": 3, "verdict": "lossy"}'
	run "$SCHEDLAB" compare a.json "$ONE"
	assert_failure 3
	assert_output --partial 'the baseline had records lost'
}

@test "what waits and idle CPUs differ in is told, and only that" {
	jq '.latency.wakeup_s.p99 = 0.001 | .latency.preempt_s.p99 = 0.5 | .accounting += [
		{"cause": "violation", "core_s": 0}, {"cause": "being_woken", "core_s": 0.1}]' \
		"$TWO" >a.json
	jq '.latency.wakeup_s.p99 = 0.003 | .latency.preempt_s.p99 = 0.501
		| .accounting[-2].core_s = 0.25' a.json >b.json
	"$SCHEDLAB" compare --format json a.json b.json >c.json
	json '.pairs[0].rows_differ == [{"row": "latency.wakeup_s.p99", "values_s": [0.001, 0.003]},
		{"row": "accounting.violation.core_s", "values_s": [0, 0.25]}]' c.json
	run "$SCHEDLAB" compare a.json b.json
	assert_line --regexp '^wake-up wait, p99 +1.00 ms +3.00 ms +- '
	assert_line --regexp '^violation +0 ns +250 ms +- '
	refute_output --partial 'preempted, p99'
	refute_output --partial 'being woken'
}

@test "steal and throttling above 2 % mark a run" {
	jq '.run.steal_s = 1 | .accounting += [{"cause": "throttled", "core_s": 1}]' "$TWO" >a.json
	"$SCHEDLAB" compare --format json "$TWO" a.json >c.json
	json '.pairs[0].marks == ["other: steal above 2 %", "other: throttling above 2 %"]' c.json
}

@test "a report of a part of its run is no run to compare" {
	jq '.window = {"from_s": 0, "to_s": 1, "run_s": 1}' "$TWO" >a.json
	"$SCHEDLAB" compare "$TWO" a.json
	jq '.window.run_s = 2' a.json >b.json
	run "$SCHEDLAB" compare "$TWO" b.json
	assert_failure 1
	assert_output --partial 'it is of a part of its run'
	assert_line --index 1 --partial 'hint: '
}

@test "CSV quotes, and disarms what a spreadsheet would run" {
	cp "$ONE" "=1+1,\"x\".json"
	run "$SCHEDLAB" compare --format csv "$TWO" "=1+1,\"x\".json"
	assert_success
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 --regexp '^baseline,other,experiment,variant,metric,'
	assert_line --index 1 --partial ",\"'=1+1,\"\"x\"\".json\",\"\",\"\",wall_s,1,1,2,,,,"
}

@test "text of a report drives no terminal" {
	changed '.machine.cpu_model = "\u001b]0;x\u0007\u202e"'
	local format
	for format in text json csv; do
		run "$SCHEDLAB" compare --format "$format" "$TWO" a.json
		assert_success
		refute_output --partial $'\033'
		refute_output --partial $'\u202e'
		refute_output --partial '\u001b'
	done
}

@test "three results make two pairs with the first" {
	run "$SCHEDLAB" compare --format csv "$TWO" "$ONE" "$TWO"
	assert_success
	assert_equal "${#lines[@]}" 3
}

@test "folders of labs are paired by experiment and variant, by their median repeat" {
	mkdir other
	jq '(.experiments[0].variants[1].repeats[0].run.units) = 8' "$FIXTURES/lab/report.json" \
		>other/report.json
	"$SCHEDLAB" compare --format json "$FIXTURES/lab" other >c.json 2>warnings
	json '[.pairs[] | [.experiment, .variant, .n, .ratio]] == [["parallelism", "k=1", [3, 3], 1]]' \
		c.json
	grep -q 'parallelism k=n left out.*units differs' warnings
	run "$SCHEDLAB" compare "$FIXTURES/lab" "$TWO"
	assert_failure 1
	assert_output --partial 'no work in common'
}

@test "a comparison is written to a file, and a full disk is told" {
	run "$SCHEDLAB" compare -o out.txt "$TWO" "$ONE"
	assert_success
	assert_output ''
	grep -q 'took 2.00 times' out.txt
	run bash -c '"$1" compare "$2" "$3" >/dev/full' _ "$SCHEDLAB" "$TWO" "$ONE"
	assert_failure 1
	assert_output --partial "can't be written"
}
