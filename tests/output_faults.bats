#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # sh's $; bats sets stderr
# What a disk, a limit, a kill or a mistake can do to a trace: it is readable up to there, and what was
# in its place before is not lost for nothing.
#
# FAULTS=all tries each write; else each of the first few, and each third.
bats_require_minimum_version 1.5.0
load helpers
load live

# Many runs in one test: room for a machine on which others work too.
export BATS_TEST_TIMEOUT=400

setup() {
	live_setup
	SMALL=
	mkdir scratch
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	STEP=2
	[[ ${FAULTS:-} != all ]] || STEP=0
}

teardown() {
	if [[ -n $SMALL ]]; then
		rmdir "$SMALL"
	fi
	assert_equal "$(ls scratch)" ''
	live_teardown
}

# is_readable FILE [any-length]: `report` knows that it was cut short, and counts events; it has time
# to speak of, and its sums hold.
is_readable() {
	local status=0
	"$SCHEDLAB" report --format json -o report.json "$1" || status=$?
	((status == 3)) || fail "report ended with $status"
	report '.run.incomplete and .trust.verdict == "lossy" and .trust.events > 0'
	# A kill amid the first flush may have left nothing that has a length.
	if [[ ${2:-} != any-length ]] || jq -e '.program.wall_s > 0' report.json; then
		report '.program.wall_s > 0'
		report_is_sound
	fi
}

# ---- killed -------------------------------------------------------------------------------------

monotonic_s() {
	/usr/bin/python3 -c 'import time; print(time.clock_gettime(time.CLOCK_MONOTONIC))'
}

# killed_after MILLISECONDS: a recorder of a command that never ends is killed so long after its trace
# was made. When is then in KILLED_S.
killed_after() {
	rm -f x.trace
	"$SCHEDLAB" record -o x.trace -- sh -c 'echo $$ >command
		while :; do "$WORKLOAD" pingpong --work 300 >truth.json; done' </dev/null >out 2>err 3>&- &
	local tracer=$! end
	wait_until 30 is_there x.trace
	end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000))
	while ((${EPOCHREALTIME/[.,]/} < end)); do :; done
	KILLED_S=$(monotonic_s)
	kill -KILL "$tracer"
	wait "$tracer" || true
	if [[ -e command ]]; then
		kill "$(cat command)"
		rm command
	fi
}

# killed_rounds FOLDER: four of them there, one in each quarter of 2.5 s. How many left a trace with
# events goes to FOLDER/late.
killed_rounds() {
	local round last late=0
	mkdir "$1"
	cd "$1" || return
	for round in {0..3}; do
		killed_after $((RANDOM % 625 + 625 * round))
		[[ -s x.trace ]] || continue # not even begun
		run --separate-stderr "$SCHEDLAB" report x.trace
		assert_equal "$status" 3
		[[ $output$stderr == *'cut'* || $output$stderr == *'damaged'* || $stderr == *'hint: '* ]]
		last=$("$SCHEDLAB" dump x.trace 2>/dev/null | tail -1 | cut -d' ' -f1) || true
		echo "$1 $round: killed at $KILLED_S, the last event is of ${last:-before the run}" >&2
		[[ -n $last ]] || continue
		is_readable x.trace any-length
		# A flush each second, a drain each tenth; the rest is for a busy machine, or one
		# that stands still.
		awk -v killed="$KILLED_S" -v last="$last" 'BEGIN { exit !(killed - last < 5) }'
		late=$((late + 1))
	done
	echo "$late" >late
}

@test "killed at eight random moments, a recorder leaves a trace that is readable up to a second before" {
	requires root bpf
	# Side by side, each in a shell of its own.
	killed_rounds one 3>&- &
	local other=$!
	(killed_rounds two)
	wait "$other"
	# Half of the moments are after the first flush, unless the machine is very slow.
	(($(cat one/late) + $(cat two/late) >= 1))
}

# ---- full, limited, failing ---------------------------------------------------------------------

@test "a full disk, small or large, ends in words, leaves a readable trace, and the command runs on" {
	requires root bpf tool:unshare
	local size work
	small_folder
	while read -r size work; do
		rm -f truth.json kept.trace
		WORK=$work SMALL_SIZE=$size one_failure 125 'No space left on device' in_small_folder \
			record -o "$SMALL/x" -- sh -c '"$WORKLOAD" pingpong --work "$WORK" >truth.json'
		jq -e '.units | length == 2' truth.json
		is_readable kept.trace
	done <<-'END'
		64k 40000
		512k 200000
	END
}

@test "a limit on the size of files ends in words, leaves a readable trace, and is the command's too" {
	requires root bpf tool:prlimit
	one_failure 125 'File too large' prlimit --fsize=100000: "$SCHEDLAB" record -o x.trace -- \
		sh -c 'ulimit -f unlimited; "$WORKLOAD" pingpong --work 100000 >/dev/null'
	is_readable x.trace
	(($(stat -c %s x.trace) <= 100000))
	# The command dies of SIGXFSZ as it would untraced.
	run -153 prlimit --fsize=100000 "$SCHEDLAB" record -o y.trace -- \
		sh -c 'exec head -c 200000 /dev/zero >zeros'
}

# failing_write N ACTION: a recording whose N-th write to its trace does so. 1: it has fewer.
failing_write() {
	rm -rf x.trace ran calls
	STATUS=0
	timeout -k 5 60 strace --seccomp-bpf -f -qq -o calls -e trace=pwrite64 -e "inject=pwrite64:$2:when=$1" \
		"$SCHEDLAB" record -o x.trace -- touch ran >out 2>err </dev/null 3>&- || STATUS=$?
	grep -q INJECTED calls
}

# ended_in_words: one line and its hint, the status of a failure of schedlab's own.
ended_in_words() {
	[[ $STATUS == 125 && ! -s out ]] || return
	[[ $(head -1 err) == 'schedlab: writing the trace x.trace failed after '* ]] || return
	[[ $(tail -n +2 err) == 'hint: '?* && $(wc -l <err) == 2 ]]
}

@test "each write to a trace failing ends in words, harms no command, and leaves what was written" {
	requires root bpf tool:strace
	local number error read=0 ran=0
	for ((number = 1; ; number += 1 + STEP * (number > 6))); do
		error=(EIO ENOSPC EDQUOT)
		failing_write "$number" "error=${error[number % 3]}" || break
		ended_in_words || fail "write $number: status $STATUS, $(cat err)"
		if [[ ! -e ran ]]; then
			# Nothing has run, nothing is left; and no run but the first ones ends so.
			assert_file_not_exist x.trace
			((ran == 0))
			continue
		fi
		ran=$((ran + 1))
		run --separate-stderr "$SCHEDLAB" report --format json x.trace
		assert_equal "$status" 3
		if [[ -n $output ]] && jq -e '.trust.verdict == "lossy" and .trust.events > 0' <<<"$output"; then
			read=$((read + 1))
		fi
	done
	assert_equal "$STATUS" 0
	# How many writes there are is the drain's business, and only some are tried.
	((number > 8 && ran > 1 && read > 0))
	"$SCHEDLAB" report x.trace >/dev/null
}

@test "a write that is said to be done and is not ends in words" {
	requires root bpf tool:strace
	local number
	for ((number = 1; ; number += 1 + STEP * (number > 6))); do
		failing_write "$number" retval=1 || break
		[[ $(head -1 err) == 'schedlab: '* ]] || fail "write $number: no word"
		if [[ $STATUS == 0 ]]; then
			[[ $(head -1 err) == *'the record is not whole'* ]] || fail "write $number: $(cat err)"
		else
			[[ $STATUS == 125 && $(wc -l <err) == 2 && $(tail -1 err) == 'hint: '?* ]] ||
				fail "write $number: status $STATUS, $(cat err)"
		fi
		run "$SCHEDLAB" report x.trace
		[[ $status == 3 || ($status == 1 && $number == 1) ]] || fail "write $number: status $status"
	done
	assert_equal "$STATUS" 0
	((number > 8))
}

@test "a trace whose closing fails is not said to be there" {
	requires root bpf tool:strace
	local STATUS=0
	strace --seccomp-bpf -f -qq -o calls -P "$PWD/x.trace" -e trace=close -e inject=close:error=EIO:when=1 \
		"$SCHEDLAB" record -o x.trace -- touch ran >out 2>err 3>&- || STATUS=$?
	grep -q INJECTED calls
	ended_in_words
	assert_file_exist ran
}

# ---- what was there before ----------------------------------------------------------------------

# untouched FILE: it is as `remember` saw it.
remember() {
	stat -c '%i %s %y' "$1" >"$1.before"
	cksum <"$1" >>"$1.before"
}

untouched() {
	diff "$1.before" <(
		stat -c '%i %s %y' "$1"
		cksum <"$1"
	)
}

@test "a mistyped command, workload, user or CPU destroys no trace and no report that was there" {
	requires root bpf
	"$SCHEDLAB" record -o x.trace pingpong --work 300
	"$SCHEDLAB" run -o report.txt -- true
	remember x.trace
	remember report.txt
	: >plain
	one_failure 127 'not found' "$SCHEDLAB" record -o x.trace -- nosuchcommand
	one_failure 126 "can't be executed" "$SCHEDLAB" record -o x.trace -- ./plain
	one_failure 125 'nosuchuser' "$SCHEDLAB" record -u nosuchuser -o x.trace -- true
	one_failure 2 'no such body' "$SCHEDLAB" record -o x.trace spinn
	one_failure 2 'no such parameter' "$SCHEDLAB" record -o x.trace spin --set nothing=1
	one_failure 127 'not found' "$SCHEDLAB" run --trace x.trace -o report.txt -- nosuchcommand
	one_failure 2 'no such body' "$SCHEDLAB" run --trace x.trace -o report.txt spinn
	one_failure 125 'unrecognized option' "$SCHEDLAB" run --trace x.trace -o report.txt --frobnicate -- true
	untouched x.trace
	untouched report.txt
}

@test "a trace and a report that are there are replaced by shorter ones, in the same file" {
	requires root bpf
	"$SCHEDLAB" record -o x.trace pingpong --work 20000
	head -c 300000 /dev/zero >report.txt
	local size inode
	size=$(stat -c %s x.trace) inode=$(stat -c %i x.trace report.txt)
	"$SCHEDLAB" run --trace x.trace -o report.txt -- true
	assert_equal "$(stat -c %i x.trace report.txt)" "$inode"
	(($(stat -c %s x.trace) < size && $(stat -c %s report.txt) < 100000))
	"$SCHEDLAB" report x.trace | diff - report.txt
	"$SCHEDLAB" record -o x.trace spin --work 1
	"$SCHEDLAB" report --format json -o report.json x.trace
	report '.run.workload == "spin" and .trust.verdict == "whole"'
}

@test "another user's file is refused, as root and under sudo, and the invoking user's is replaced" {
	requires root bpf
	local name
	chmod 755 .
	for name in theirs mine; do
		echo precious >$name
	done
	chown 12345 theirs
	chown 65534 mine
	for name in theirs mine; do
		one_failure 125 "$name is there and is not a plain file of yours" "$SCHEDLAB" record -o $name -- touch ran
		one_failure 125 "$name is there and is not a plain file of yours" "$SCHEDLAB" run --trace $name -- touch ran
		one_failure 125 "$name is there and is not a plain file of yours" "$SCHEDLAB" run -o $name -- touch ran
	done
	export SUDO_UID=65534 SUDO_GID=65534
	one_failure 125 "theirs is there and is not a plain file of yours" "$SCHEDLAB" record -o theirs -- touch ran
	one_failure 125 "theirs is there and is not a plain file of yours" "$SCHEDLAB" run -o theirs -- touch ran
	ln -s theirs link
	ln mine second
	one_failure 125 'link' "$SCHEDLAB" record -o link -- touch ran
	one_failure 125 'second is there' "$SCHEDLAB" record -o second -- touch ran
	rm second
	assert_equal "$(cat theirs)" precious
	assert_file_not_exist ran
	"$SCHEDLAB" record -o mine -- true
	"$SCHEDLAB" report mine >/dev/null
	assert_equal "$(stat -c %u mine)" 65534
}
