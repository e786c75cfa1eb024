#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # jq's $; bats sets stderr
# What must hold of every body in every model, whichever there are: asked of --list.

bats_require_minimum_version 1.5.0
load helpers
load workload

@test "every body runs in every model, exits 0, and its ground truth has its shape" {
	local body model args
	each_run >runs
	(($(wc -l <runs) >= 14))
	while read -r body model args; do
		# shellcheck disable=SC2086
		workload "$body" --as "$model" $args </dev/null || fail "$body as $model: status $?"
		truth --arg body "$body" --arg model "$model" '.schema == "schedlab.truth/1"
			and .body == $body and .model == $model and (.version | type) == "number"
			and (.units | length) == .n and [.units[].unit] == [range(.n)]
			and (.result | type) == "object" and (.build.flags | length) > 0
			and (.build.libraries | keys | length) == 6 and .gate_ns > 0 and .finish_ns > .gate_ns
			and .launcher.pid > 0 and all(.carriers[], .helpers[]; .pid > 0 and .tid > 0)'
		# A unit finishes, or dies, or is given up with the run.
		truth '. as $t | all(.units[]; .pid > 0 and .start_ns > $t.gate_ns and .iterations >= 0
			and .first.ns >= .start_ns
			and if .finish_ns then .finish_ns <= $t.finish_ns and .last.ns == .finish_ns
				and .signal == null
			else .last == null and ((.died_ns == null) == (.signal == null)) end)'
		truth '. as $t | .finish_ns == ([.units[] | .finish_ns // .died_ns // $t.finish_ns] | max)'
	done <runs
}


all_gone() {
	local pid
	for pid; do
		[[ ! -e /proc/$pid ]] || [[ $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) == [ZX] ]] || return 1
	done
}

nothing_in() {
	[[ -z $(find "$1" -mindepth 1 -print -quit) ]]
}

# descendants PID: all below it, now.
descendants() {
	local child
	while read -r child; do
		printf '%s\n' "$child"
		descendants "$child"
	done < <(cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n' | grep .)
}

@test "a workload that is killed at any moment leaves no process, port, file or shared memory" {
	local body model args launcher below moment
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir -p "$TMPDIR"
	each_run >runs
	# A port is there as long as a process holds it: where none is left, none is.
	while read -r body model args; do
		[[ $model != serial && $model != coroutines || $body == tree ]] || continue
		for moment in 0.00$((RANDOM % 8 + 2)) 0.0$((RANDOM % 40 + 10)); do
			"$WORKLOAD" "$body" --as "$model" </dev/null >/dev/null 2>&1 3>&- &
			launcher=$!
			sleep "$moment"
			below=$(descendants "$launcher")
			kill -KILL "$launcher" 2>/dev/null || true
			wait "$launcher" 2>/dev/null || true
			# shellcheck disable=SC2086
			wait_until 10 all_gone $below || fail "$body as $model, killed after $moment s"
		done
	done <runs
	wait_until 10 no_workload_left
	wait_until 5 nothing_in "$TMPDIR"
	run find /dev/shm -name '*schedlab-workload*'
	assert_output ''
}
