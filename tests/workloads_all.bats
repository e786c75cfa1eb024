#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # jq's $; bats sets stderr
# What must hold of every body in every model, whichever there are: asked of --list.

bats_require_minimum_version 1.5.0
load helpers
load workload

# What a body does and computed, and its version: the same in every model and on every machine.
identified() {
	jq -cS '[.body, .version, {n, work, parameters}, (.result
		| {checksum, commits, crashed, created, hand_offs, items, reads, requests, sections, updates}
		| with_entries(select(.value != null)))]' truth.json
}

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
		grep -qxF "$(identified)" "$BATS_TEST_DIRNAME/fixtures/works.jsonl" ||
			fail "another work than fixtures/works.jsonl has of this version: raise $body's .version, and put
				there $(identified)"
	done <runs
}

nothing_in() {
	[[ -z $(find "$1" -mindepth 1 -print -quit) ]]
}

shared_memory_is() {
	[[ $(ls -A /dev/shm) == "$1" ]]
}

# killed_after SECONDS BODY MODELS ARGS...: in all models at once, so that the test is not the longer for them
killed_after() {
	local model launchers=()
	for model in $3; do
		"$WORKLOAD" "$2" --as "$model" "${@:4}" </dev/null >/dev/null 2>&1 3>&- &
		launchers+=($!)
	done
	sleep "$1"
	kill -KILL "${launchers[@]}" 2>/dev/null || true
	wait "${launchers[@]}" 2>/dev/null || true
}

@test "a workload that is killed at any moment leaves no process, port, file or shared memory" {
	local body models shared
	shared=$(ls -A /dev/shm)
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir -p "$TMPDIR"
	each_run >runs
	# A port is there as long as a process holds it: where none is left, none is.
	while read -r body models; do
		# While it starts, and then has so much to do that what is left of it stays; and at work, or at its end.
		killed_after "0.0$((RANDOM % 40 + 10))" "$body" "$models" --work 1000000
		killed_after "0.$((RANDOM % 30 + 10))" "$body" "$models"
		wait_until 30 no_workload_left || fail "$body left: $("$HELPERS/leftovers")"
	done < <(awk '{ models[$1] = models[$1] " " $2 } END { for (body in models) print body models[body] }' runs)
	wait_until 30 nothing_in "$TMPDIR"
	wait_until 30 shared_memory_is "$shared" # others on this machine may have some for a moment
}
