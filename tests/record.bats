#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # sh's $
# Traces: made once as root, read by anybody, damaged, cut short, and whose they are.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	# Another user can read a test's folder only where all above it lets them.
	OPEN=
}

teardown() {
	[[ -z $OPEN ]] || rm -rf "$OPEN"
	live_teardown
}

# A trace with enough in it: some thousand switches, several sections.
record_trace() {
	"$SCHEDLAB" record -o "${1:-x.trace}" pingpong --as threads --work "${2:-3000}"
}

# open_folder: a folder that every user reaches; schedlab is in it too.
open_folder() {
	OPEN=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 755 "$OPEN"
	cp "$SCHEDLAB" "$OPEN/schedlab"
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# flip FILE OFFSET: inverts 16 bytes there.
flip() {
	/usr/bin/python3 -c '
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    old = file.read(16)
    file.seek(int(sys.argv[2]))
    file.write(bytes(byte ^ 0xff for byte in old))' "$1" "$2"
}

@test "a recorded trace gives a report, its JSON and its events in order" {
	requires root bpf
	record_trace
	run --separate-stderr "$SCHEDLAB" report x.trace
	assert_success
	[[ -z $stderr ]]
	assert_line --partial 'Trust: whole'
	"$SCHEDLAB" report --format json -o report.json x.trace
	report_is_sound
	report '.trust.verdict == "whole" and .run.workload == "pingpong"'
	report '.window | .from_s == 0 and .to_s == .run_s'
	"$SCHEDLAB" report --format json --from 1ms --to 0.002 -o report.json x.trace
	report_is_sound
	report '.window.from_s == 0.001 and .window.to_s == 0.002 and .program.wall_s == 0.001'
	report '.strip.from_s == 0.001 and .trust.verdict == "whole"'
	one_failure 2 "--to: 1000 s is after the run's end" "$SCHEDLAB" report --to 1000 x.trace
	run --separate-stderr "$SCHEDLAB" dump x.trace
	assert_success
	[[ -z $stderr ]]
	sort -sc -k1,1n <<<"$output"
	(($(grep -c ' switch ' <<<"$output") > 6000))
}

@test "the recorded command's status passes through, and its report is repeatable" {
	requires root bpf
	run "$SCHEDLAB" record -o x.trace -- sh -c 'echo out; exit 9'
	assert_equal "$status" 9
	assert_output 'out'
	"$SCHEDLAB" report x.trace >first
	"$SCHEDLAB" report x.trace >second
	diff first second
}

@test "a pinned ping-pong takes at most 6 bytes a switch, its wakings included" {
	requires root bpf
	tries 3 is_packed
	report '([.cpus[].switches] | add) as $switches
		| .trust.verdict == "whole" and $switches >= 200000 and .trust.events > 1.4 * $switches'
}

# What others do meanwhile is recorded too, and what is uneven takes more.
is_packed() {
	"$SCHEDLAB" record -o x.trace --cpus 0 pingpong --as threads --work 100000 &&
		"$SCHEDLAB" report --format json -o report.json x.trace &&
		report --argjson bytes "$(stat -c %s x.trace)" '.trust.verdict == "whole"
			and $bytes <= 6 * ([.cpus[].switches] | add)'
}

@test "report, dump and compare need no root" {
	requires root bpf tool:setpriv
	open_folder
	record_trace "$OPEN/x.trace"
	as_nobody "$OPEN/schedlab" report "$OPEN/x.trace" >text
	grep -q '^Trust: whole' text
	as_nobody "$OPEN/schedlab" report --format json "$OPEN/x.trace" >"$OPEN/x.json"
	report_is_sound "$OPEN/x.json"
	as_nobody "$OPEN/schedlab" dump "$OPEN/x.trace" | grep -q ' switch '
	as_nobody "$OPEN/schedlab" compare "$OPEN/x.json" "$OPEN/x.json" >/dev/null
}

@test "dump picks a task, a CPU and a span of time" {
	requires root bpf
	"$SCHEDLAB" record -o x.trace --cpus 0 pingpong --as threads --work 3000
	"$SCHEDLAB" report --format json x.trace >report.json
	local tid first last
	tid=$(jq '.truth.units[0].tid' report.json)
	"$SCHEDLAB" dump --task "$tid" x.trace >task
	run ! grep -vE "(prev|next|task|waker|parent|old)=$tid( |\$)" task
	grep -q " waker=$tid" task
	"$SCHEDLAB" dump --cpu 0 x.trace >cpu
	run ! grep -v '\[000\]' cpu
	first=$(sed -n 100p cpu | cut -d' ' -f1)
	last=$(sed -n 200p cpu | cut -d' ' -f1)
	"$SCHEDLAB" dump --cpu 0 --from "$first" --to "$last" x.trace >span
	diff <(sed -n 100,200p cpu) span
}

# ---- damage -------------------------------------------------------------------------------------

@test "a trace with bytes flipped in its middle is reported with words, and status 3" {
	requires root bpf
	record_trace whole.trace 20000
	local size share
	size=$(stat -c %s whole.trace)
	for share in 50 60 75; do
		cp whole.trace damaged.trace
		flip damaged.trace $((size * share / 100))
		run --separate-stderr "$SCHEDLAB" report damaged.trace
		assert_equal "$status" 3
		[[ $output$stderr == *damaged* ]] || fail "no word of damage: $output $stderr"
		run --separate-stderr "$SCHEDLAB" report --format json damaged.trace
		assert_equal "$status" 3
		if [[ -n $output ]]; then
			printf '%s\n' "$output" >report.json
			report '.trust.verdict == "lossy"'
			report_is_sound
		fi
		run --separate-stderr "$SCHEDLAB" dump damaged.trace
		assert_equal "$status" 3
		[[ -n $stderr ]]
	done
}

@test "a trace cut anywhere is reported with words, and status 3" {
	requires root bpf
	record_trace whole.trace 20000
	local size left
	size=$(stat -c %s whole.trace)
	for left in $((size - 1)) $((size * 9 / 10)) $((size / 2)) $((size / 4)) 2000 100; do
		head -c "$left" whole.trace >cut.trace
		run --separate-stderr "$SCHEDLAB" report cut.trace
		assert_equal "$status" 3
		[[ $output$stderr == *damaged* || $output$stderr == *'cut short'* ]] ||
			fail "no word of it at $left bytes: $output $stderr"
	done
}

@test "a file that is no trace fails with status 1, and so does one that is not there" {
	requires root bpf
	record_trace
	local file
	printf 'hello\n' >foreign
	: >empty
	head -c 5 x.trace >beginning
	head -c 3000 /dev/urandom >random
	mkdir folder
	mkfifo fifo
	for file in foreign empty beginning random folder fifo /dev/null /dev/zero; do
		one_failure 1 "$file is not a schedlab trace" "$SCHEDLAB" report "$file"
		one_failure 1 "$file is not a schedlab trace" "$SCHEDLAB" dump "$file"
	done
	one_failure 1 'missing' "$SCHEDLAB" report missing
}

@test "a trace that may not be read fails with words" {
	requires root bpf tool:setpriv
	open_folder
	record_trace "$OPEN/x.trace"
	chmod 600 "$OPEN/x.trace"
	one_failure 1 'Permission denied' as_nobody "$OPEN/schedlab" report "$OPEN/x.trace"
	one_failure 1 'Permission denied' as_nobody "$OPEN/schedlab" dump "$OPEN/x.trace"
}

# ---- the recorder dies --------------------------------------------------------------------------

@test "a killed recorder leaves a readable trace and nothing in the kernel, and the command lives" {
	requires root bpf
	start_traced record -o x.trace -- sh -c 'echo $$ >ready.new; mv ready.new ready
		while :; do sleep 0.01; done'
	# Something has been flushed to the file after the run began.
	local begun
	begun=$(stat -c %s x.trace)
	wait_until 30 has_grown x.trace "$begun"
	kill -KILL "$TRACER"
	ended_with 137
	kill "$(cat ready)"
	run --separate-stderr "$SCHEDLAB" report x.trace
	assert_equal "$status" 3
	# The sentence is wrapped wherever its numbers make it.
	[[ ${output//$'\n'/ } == *'recording was cut short'* ]]
	assert_output --partial 'its recorder was killed'
	run --separate-stderr "$SCHEDLAB" report --format json x.trace
	assert_equal "$status" 3
	printf '%s\n' "$output" >report.json
	report '.run.incomplete and .trust.verdict == "lossy" and .program.wall_s > 0 and .trust.events > 20'
	report_is_sound
	run --separate-stderr "$SCHEDLAB" dump x.trace
	assert_equal "$status" 3
	[[ -n $output && $stderr == *'not whole'* ]] || fail "no word of it: $stderr"
	# teardown: the kernel lists no program, map or link that was not there before
}

@test "-q prints no warnings" {
	requires root bpf
	local option
	for option in '' -q; do
		rm -f go finished
		# shellcheck disable=SC2086,SC2016 # none or one; sh's $
		start_traced record $option --buffer 64K -o x.trace -- sh -c ': >ready
			until [ -e go ]; do sleep 0.01; done
			"$WORKLOAD" pingpong --work 20000 >truth.json
			: >finished'
		# Stopped, the recorder cannot keep up.
		kill -STOP "$TRACER"
		: >go
		wait_until 30 is_there finished
		kill -CONT "$TRACER"
		ended_with 0
		if [[ -z $option ]]; then
			grep -q '^schedlab: warning: the record is not whole' stderr
		else
			assert_equal "$(cat stderr)" ''
		fi
	done
}

has_grown() {
	(($(stat -c %s "$1") > $2))
}

# ---- whose it is, and where it may go -----------------------------------------------------------

@test "under sudo the trace and the report belong to the invoking user" {
	requires root bpf tool:setpriv
	open_folder
	cp "$WORKLOAD" "$OPEN/"
	chmod 777 "$OPEN"
	cd "$OPEN"
	export SUDO_UID=65534 SUDO_GID=65534
	./schedlab record -o x.trace -- id -u >uid
	./schedlab run -o report.txt --trace y.trace -- true
	./schedlab report -o again.txt x.trace
	assert_equal "$(cat uid)" 65534
	assert_equal "$(stat -c '%u:%g' x.trace report.txt y.trace again.txt | sort -u)" 65534:65534
	assert_equal "$(./schedlab run -u root -o report.txt -- id -u)" 0
	unset SUDO_UID SUDO_GID
	./schedlab record -o root.trace -- true
	assert_equal "$(stat -c %u root.trace)" 0
}

@test "a forged SUDO_UID changes nobody's identity to something else" {
	requires root bpf
	local forged
	for forged in '0;x' -1 4294967295 4294967296 ' 1' 1x ''; do
		assert_equal "$(SUDO_UID=$forged SUDO_GID=0 "$SCHEDLAB" run -o report.txt -- id -u)" 0
		assert_equal "$(stat -c %u report.txt)" 0
	done
}

@test "a link, a pipe, a device, a folder or a second name is refused as output, before anything runs" {
	requires root bpf
	echo precious >target
	ln -s target link
	ln -s nowhere dangling
	ln target second
	mkfifo fifo
	mkdir folder
	local name
	for name in link dangling second fifo folder /dev/null /dev/full nowhere/x; do
		one_failure 125 "$name" "$SCHEDLAB" record -o "$name" -- touch ran
		one_failure 125 "$name" "$SCHEDLAB" run --trace "$name" -- touch ran
		one_failure 125 "$name" "$SCHEDLAB" run -o "$name" -- touch ran
		one_failure 1 "$name" "$SCHEDLAB" record -o "$name" spin --work 1
		assert_file_not_exist ran
	done
	assert_equal "$(cat target)" precious
	assert_file_not_exist nowhere
}

@test "a trace that is there is replaced" {
	requires root bpf
	record_trace x.trace 20000
	"$SCHEDLAB" record -o x.trace -- true
	"$SCHEDLAB" report --format json x.trace >report.json
	report '.run.command == ["true"] and .trust.verdict == "whole"'
}
