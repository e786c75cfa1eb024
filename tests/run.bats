#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2153,SC2154 # jq's and sh's $; FAVOUR and NOISE are traced's; bats sets stderr
# What `schedlab run` says of bundled workloads and of commands, and how it behaves as their parent.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
}

teardown() {
	live_teardown
}

# ---- bundled workloads --------------------------------------------------------------------------

@test "two spinning threads are parallel" {
	requires root bpf smp
	# Up to the first one's end, as one CPU may be slower than the other.
	quietly '.program | .verdict == "parallel" and .tlp_all_in_flight > 1.9' spin --as threads -n 2
	report '.program.peak_in_flight == 2 and .run.units == 2 and .run.workload == "spin"'
	report '[.tasks[] | select(.role == "unit") | .pid] | length == 2 and .[0] == .[1]'
	report '.program.sentence | startswith("Parallel: ")'
}

@test "two spinning processes are parallel, and are two processes" {
	requires root bpf smp
	quietly '.program | .verdict == "parallel" and .tlp_all_in_flight > 1.9' spin --as processes -n 2
	report '[.tasks[] | select(.role == "unit")]
		| length == 2 and .[0].pid != .[1].pid and all(.[]; .pid == .tid)'
}

@test "four spinning threads on one CPU are concurrent and not parallel" {
	requires root bpf
	quietly '.program.time_sliced_share > 0.9' spin --as threads -n 4 --cpus 0
	report '.program.verdict == "concurrent, not parallel" and .program.tlp <= 1.005
		and .program.peak_in_flight == 4 and .program.peak_parallelism == 1'
	report '[.cpus[] | select(.allowed) | .cpu] == [0]'
}

@test "four coroutines are in flight at once on one carrier, and not parallel" {
	requires root bpf
	traced spin --as coroutines -n 4
	report_is_sound
	report '.program.verdict == "concurrent, not parallel" and .program.tlp <= 1.005'
	report '.program.peak_in_flight == 4 and .program.mean_in_flight > 2'
	report '[.tasks[] | select(.role == "carrier")] | length == 1'
	report '[.tasks[] | select(.measured)] | length == 1'
}

@test "two serial spins are sequential" {
	requires root bpf
	traced spin --as serial -n 2
	report_is_sound
	report '.program.verdict == "sequential" and .program.peak_in_flight == 1 and .program.tlp <= 1.005'
}

@test "sixty-four sleeping threads are concurrent and not parallel" {
	requires root bpf
	quietly '.program | .peak_in_flight == 64 and .average_cores < 0.5' sleep --as threads -n 64
	report '.program.verdict == "concurrent, not parallel"'
	report '[.tasks[] | select(.role == "unit")] | length == 64'
}

@test "a bundled workload prints nothing, and its ground truth is in the report" {
	requires root bpf
	run --separate-stderr "$SCHEDLAB" run -o report.json --format json spin -n 2 --work 20
	assert_success
	[[ -z $output && -z $stderr ]]
	report '.truth.schema == "schedlab.truth/1" and .truth.work == 20 and (.truth.units | length) == 2'
	report '([.tasks[] | select(.role == "unit") | .tid] | sort) == ([.truth.units[].tid] | sort)'
}

# How many wanted to run while any did: by the report, and by the clocks of units that never wait
# for anything, their processes' start and end left out. One CPU may be slower than the other: both
# have it.
DEMAND='.program | ([.demand_s | to_entries[] | .key * .value] | add) / (.wall_s - .demand_s[0])'
UNITS_DEMAND='([.units[] | .finish_ns - .start_ns] | add) / (([.units[].finish_ns] | max) - ([.units[].start_ns] | min))'

# as_the_units_say TRUTH ARGS...: a run is parallel, and as much as its units' ground truth in the
# file TRUTH says.
as_the_units_say() {
	local truth=$1
	shift
	traced "$@" && report_is_sound &&
		report '.program.verdict == "parallel" and .trust.verdict == "whole"' &&
		report --slurpfile truth "$truth" "($DEMAND) / ((.truth // \$truth[0]) | $UNITS_DEMAND) - 1 | fabs < 0.02"
}

@test "a bundled workload is as parallel as its units say, and so it is when it is run as a command" {
	requires root bpf smp
	# Long against the milliseconds in which a program starts.
	tries_quietly 3 as_the_units_say report.json spin --as threads -n 2 --work 4000
	tries_quietly 3 as_the_units_say truth.json -- sh -c '"$WORKLOAD" spin --as threads -n 2 --work 4000 >truth.json'
}

@test "a run whose units die at once waits for no time-out" {
	requires root bpf
	local start late=0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		start=${EPOCHREALTIME/[.,]/}
		"$SCHEDLAB" run -o report.txt spin -n 2 --work 1
		# The recorder gives up on a last switch after 2 s.
		late=$((late + (${EPOCHREALTIME/[.,]/} - start >= 2000000)))
		grep -q '^Trust: whole' report.txt
	done
	((late <= 2)) || fail "$late of 10 runs took 2 s and more"
}

# ---- commands -----------------------------------------------------------------------------------

@test "one command after the other is sequential" {
	requires root bpf tool:xz
	random_file a 4
	cp a b
	# The shell counts as a unit where it ran 1 % of what xz ran, and then only while it forks.
	quietly '.program.verdict == "sequential" and .program.mean_in_flight < 1.05' -- \
		sh -c 'xz -k0f a; xz -k0f b'
}

@test "timeout with one command under it is sequential" {
	requires root bpf tool:xz
	random_file a 4
	quietly '.program.verdict == "sequential"' -- timeout 60 xz -k0f a
}

@test "make -j1 is sequential" {
	requires root bpf tool:xz
	random_file a 3
	cp a b
	printf 'all: 1 2\n1:\n\txz -k0f a\n2:\n\txz -k0f b\n' >Makefile
	quietly '.program.verdict == "sequential"' -- make -s -j1
}

@test "make -j2 is parallel" {
	requires root bpf smp tool:xz
	random_file a 4
	cp a b
	printf 'all: 1 2\n1:\n\txz -k0f a\n2:\n\txz -k0f b\n' >Makefile
	quietly '.program.verdict == "parallel" and .program.tlp > 1.2' -- make -s -j2
	report '.program.peak_in_flight >= 2'
}

@test "xz with two threads is parallel" {
	requires root bpf smp tool:xz
	random_file a 6
	quietly '.program.verdict == "parallel" and .program.tlp > 1.2' -- \
		xz -k0f -T2 --block-size=1MiB a
	report '[.tasks[] | .pid] | unique | length == 1'
}

@test "a pipeline of two busy programs is parallel" {
	requires root bpf smp tool:xz
	random_file a 4
	quietly '.program.verdict == "parallel"' -- \
		sh -c 'xz -0 <a | gzip -9 | wc -c'
	report '[.tasks[].comm] | contains(["xz"]) and contains(["gzip"]) and contains(["wc"])'
}

@test "python is sequential, and with two processes it is parallel" {
	requires root bpf smp
	[[ -x /usr/bin/python3 ]] || skip 'needs the program /usr/bin/python3'
	quietly '.program.verdict == "sequential"' -- /usr/bin/python3 -c 'print(sum(range(3000000)))'
	report '.run.exit_status == 0'
	quietly '.program.verdict == "parallel"' -- /usr/bin/python3 -c '
import os
if not os.fork():
    sum(range(6000000))
    os._exit(0)
sum(range(6000000))
os.wait()'
	report '[.tasks[] | select(.comm == "python3")] | length == 2'
}

# ---- the command's own behaviour ----------------------------------------------------------------

@test "the command's exit status is schedlab's" {
	requires root bpf
	local expected
	for expected in 0 1 7 255; do
		run "$SCHEDLAB" run --format json -o report.json -- sh -c "exit $expected"
		assert_equal "$status" "$expected"
		report --argjson status "$expected" '.run.exit_status == $status and .run.signal == 0'
	done
}

@test "the command's status is known too where the caller ignores SIGCHLD" {
	requires root bpf
	run sh -c 'trap "" CHLD; exec "$SCHEDLAB" run -o report.txt -- false'
	assert_equal "$status" 1
	run sh -c 'trap "" CHLD; exec "$SCHEDLAB" run --format json -o report.json spin -n 2 --work 1'
	assert_equal "$status" 0
	report '.trust.verdict == "whole"'
}

@test "killed by a signal, schedlab ends by the same signal" {
	requires root bpf
	local name number
	for name in KILL SEGV TERM; do
		number=$(kill -l "$name")
		# waitpid's own word, not the shell's 128 + n.
		run /usr/bin/python3 -c '
import subprocess, sys
print(subprocess.run(sys.argv[1:]).returncode)' \
			"$SCHEDLAB" run --format json -o report.json -- sh -c "kill -$name \$\$"
		assert_output "-$number"
		report --argjson number "$number" '.run.signal == $number and .trust.verdict == "whole"'
	done
}

@test "stdin, stdout and stderr are the command's, and the report comes after its output" {
	requires root bpf
	echo 'from stdin' >input
	"$SCHEDLAB" run -- sh -c 'cat; echo on stderr >&2' <input >stdout 2>stderr
	assert_equal "$(cat stderr)" 'on stderr'
	assert_equal "$(head -n 1 stdout)" 'from stdin'
	grep -q '^Trust: whole' stdout
	grep -qE '^(Sequential|Idle|Concurrent|Parallel)' <(sed -n 2p stdout)
}

@test "-o puts the report into a file, and stdout is the command's alone" {
	requires root bpf
	run --separate-stderr "$SCHEDLAB" run -o report.txt -- echo only this
	assert_success
	assert_output 'only this'
	[[ -z $stderr ]]
	grep -q '^Trust: whole' report.txt
}

@test "the command keeps its folder, its environment, its arguments and its limits" {
	requires root bpf
	# shellcheck disable=SC2016
	local script='pwd; echo "$WORD"; ulimit -n; umask; printf "<%s>" "$@"; ls -l /proc/self/fd | wc -l'
	# The command gets the standard three descriptors and no other: bats has some of its own.
	local no_more='import os, sys; os.closerange(3, 1000); os.execvp(sys.argv[1], sys.argv[1:])'
	(
		ulimit -n 77
		umask 27
		export WORD='a b'
		/usr/bin/python3 -c "$no_more" sh -c "$script" sh '' '--' '-n' 'x  y' >plain
		"$SCHEDLAB" run -o report.txt -- sh -c "$script" sh '' '--' '-n' 'x  y' >traced
	)
	diff plain traced
}

@test "the command's signals are as they were: SIGPIPE kills, SIGINT and SIGTERM are not blocked" {
	requires root bpf
	env --default-signal=INT,TERM,PIPE "$SCHEDLAB" run -o report.txt -- \
		grep -E '^Sig(Blk|Ign)' /proc/self/status >traced
	env --default-signal=INT,TERM,PIPE grep -E '^Sig(Blk|Ign)' /proc/self/status >plain
	diff plain traced
}

@test "signals that the caller blocks or ignores are blocked and ignored in the command" {
	requires root bpf
	local caller=(env --default-signal --block-signal=USR1 --ignore-signal=PIPE)
	"${caller[@]}" "$SCHEDLAB" run -o report.txt -- grep -E '^Sig(Blk|Ign)' /proc/self/status >traced
	"${caller[@]}" grep -E '^Sig(Blk|Ign)' /proc/self/status >plain
	diff plain traced
	# SIGUSR1 is bit 9, SIGPIPE bit 12.
	grep -qE '^SigBlk:.*2..$' traced
	grep -qE '^SigIgn:.*1...$' traced
}

# ---- ended from outside -------------------------------------------------------------------------

@test "the first SIGINT or SIGTERM ends the command, and its report and status follow" {
	requires root bpf
	local name
	for name in INT TERM; do
		start_traced run -- sh -c "trap 'exit 5' $name; : >ready; while :; do sleep 0.05; done"
		kill "-$name" "$TRACER"
		ended_with 5
		grep -q '^Trust: whole' stdout
		start_traced run -- sh -c ': >ready; exec sleep 60'
		kill "-$name" "$TRACER"
		ended_with $((128 + $(kill -l "$name")))
		grep -q '^Trust: whole' stdout
		[[ ! -s stderr ]]
	done
}

@test "the second SIGINT kills a command that ignores the first, and the report follows" {
	requires root bpf
	start_traced run -- sh -c 'trap "" INT; : >ready; while :; do sleep 0.05; done'
	kill -INT "$TRACER"
	# The first has been taken once it is no longer pending.
	wait_until 30 taken_signal "$TRACER"
	kill -INT "$TRACER"
	ended_with 137
	grep -q '^Trust: ' stdout
}

# taken_signal PID: nothing is pending for PID.
taken_signal() {
	[[ $(grep -E '^S[hi][dg]Pnd' "/proc/$1/status" | grep -cv '0000000000000000') -eq 0 ]]
}

@test "an interrupted bundled workload leaves a report and fails" {
	requires root bpf
	start_traced run --trace ready spin -n 2 --work 100000
	# Its trace is there before its gate opens; two units are.
	wait_until 30 has_children "$TRACER"
	kill -INT "$TRACER"
	ended_with 1
	grep -q '^Trust: ' stdout
	assert_equal "$(head -n 1 stderr)" 'schedlab: the workload was interrupted'
}

has_children() {
	pgrep -P "$1" schedlab-worklo >/dev/null
}

@test "--duration ends a command by SIGTERM, and the status is 124" {
	requires root bpf
	run "$SCHEDLAB" run --duration 0.3 --format json -o report.json -- sh -c '
		trap "echo term; exit 0" TERM; while :; do sleep 0.05; done'
	assert_equal "$status" 124
	assert_output 'term'
	report '.program.wall_s >= 0.3 and .trust.verdict == "whole"'
	run "$SCHEDLAB" run --duration 0.3 -o report.txt sleep --set ms=20000
	assert_equal "$status" 124
}

@test "--duration kills a command that ignores SIGTERM" {
	requires root bpf
	run "$SCHEDLAB" run --duration 0.2 --format json -o report.json -- \
		sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	assert_equal "$status" 124
	report '.run.signal == 9'
}

# ---- the report ---------------------------------------------------------------------------------

@test "the JSON report has every promised key, and its sums hold by another program's arithmetic" {
	requires root bpf
	traced -- sh -c 'seq 200000 | sort -R | sha256sum; sleep 0.05 & wait; true'
	report_is_sound
	traced pingpong --as threads --work 2000
	report_is_sound
	traced pingpong --as processes --set medium=direct --work 2000 --cpus 0
	report_is_sound
	traced sleep --as coroutines -n 20
	report_is_sound
}

@test "the text report fits 100 columns, with its parts in their order and no colour in a file" {
	requires root bpf
	"$SCHEDLAB" run -o report.txt -- sh -c 'seq 100000 | sort -R | sha256sum' >/dev/null
	"$SCHEDLAB" run -o report2.txt spin --as threads -n 4 --work 30
	local file
	for file in report.txt report2.txt; do
		if LC_ALL=C.UTF-8 grep -nE '^.{101,}' "$file"; then
			fail "$file is wider than 100 columns"
		fi
		! LC_ALL=C grep -nP '[\x00-\x09\x0b-\x1f\x7f]' "$file" || fail 'control bytes'
		assert_equal "$(grep -oE '^(Profile|CPUs(:|$)|Tasks|Trust)' "$file" | tr -d : | tr '\n' ' ')" \
			'Profile CPUs Tasks Trust '
	done
}

@test "--trace keeps the trace, and its report is the one that was printed" {
	requires root bpf
	"$SCHEDLAB" run --trace kept.trace -o report.txt spin -n 2 --work 20
	"$SCHEDLAB" report kept.trace >again.txt
	diff report.txt again.txt
}
