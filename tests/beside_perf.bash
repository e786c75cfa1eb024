# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2094 # file names
# A series of runs held against one recording of perf's beside them: `load beside_perf` after `load live`.

# start_perf: perf records every switch and waking on all CPUs, by the clock that the probes read.
start_perf() {
	local _
	rm -f control answers
	mkfifo control answers
	perf record -q -k CLOCK_MONOTONIC -m 8M --realtime 1 -a -e sched:sched_switch -e sched:sched_waking \
		-D -1 --control fifo:control,answers -o perf.data >/dev/null 2>perf.err 3>&- &
	PERF=$!
	exec {CONTROL}<>control {ANSWERS}<>answers
	echo enable >&"$CONTROL"
	read -rt 30 _ <&"$ANSWERS" || {
		cat perf.err >&2
		return 1
	}
}

# stop_perf: what it has is in the file script. False: it has lost something, by its own word.
stop_perf() {
	kill -INT "$PERF"
	wait "$PERF" || true
	PERF=
	exec {CONTROL}>&- {ANSWERS}>&-
	perf script -i perf.data --ns -F cpu,time,event,trace >script 2>>perf.err
	! grep -i lost perf.err >&2
}

# For teardown().
kill_perf() {
	[[ -z ${PERF:-} ]] || kill -KILL "$PERF"
}

# same_as_perf SERIES: this function, which calls `beside NAME` for each run, with perf beside it; once
# more where perf has lost something. Then series_is_sound, which leaves each run's events in NAME.dump:
# every switch and waking of perf's is in them, in order; what perf lacks is what this kernel gives it
# not, and its number is printed. Where there is no perf the series runs all the same, and the test is
# then skipped.
same_as_perf() {
	local attempt name series=() pairs=()
	if [[ -n $(lacks_perf) ]]; then
		RUNS=()
		"$1"
		series_is_sound
		skip "without perf's word: $(lacks_perf)"
	fi
	for attempt in 1 2; do
		RUNS=()
		start_perf
		"$1"
		stop_perf && break
		((attempt == 1)) || return
	done
	series_is_sound
	for name in "${RUNS[@]}"; do
		series+=("$name.dump") pairs+=("$name.dump" "$name.json")
	done
	/usr/bin/python3 "$ROOT/tests/same_switches.py" script "${series[@]}" >same ||
		(($? == 2)) # much is lacking, all of it out of idle: the number says so
	/usr/bin/python3 "$ROOT/tests/same_wakings.py" script "${pairs[@]}" >>same
	sed -n 's/^all: /# perf: /p' same >&3
}

# lacking_one_is_seen DUMP: with one switch less, which perf cannot lack, it is not the same.
lacking_one_is_seen() {
	awk -v half=$(($(wc -l <"$1") / 2)) \
		'NR > half && / switch +prev=[1-9]/ && !dropped { dropped = 1; next } { print }' "$1" >mangled
	run -1 /usr/bin/python3 "$ROOT/tests/same_switches.py" script mangled
}
