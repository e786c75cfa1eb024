#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # jq's $; a test's own TMPDIR; bats sets stderr
# What must hold of every body in every model, whichever there are: asked of --list.

bats_require_minimum_version 1.5.0
[[ ${FAULTS:-} != all ]] || export BATS_TEST_TIMEOUT=3600
load helpers
load workload

# What a body does and computed, and its version: the same in every model and on every machine.
identified() {
	jq -cS '[.body, .version, {n, work, parameters}, (.result
		| {checksum, commits, crashed, created, hand_offs, items, reads, requests, sections, updates, waits}
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

# bodies_of FILE: a line BODY MODELS for each body in what each_run wrote.
bodies_of() {
	awk '{ models[$1] = models[$1] " " $2 } END { for (body in models) print body models[body] }' "$1"
}

@test "a workload that is killed at work leaves no process, port, file or shared memory" {
	local body models shared
	shared=$(ls -A /dev/shm)
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir -p "$TMPDIR"
	each_run >runs
	# A port is there as long as a process holds it: where none is left, none is.
	while read -r body models; do
		killed_after "0.$((RANDOM % 30 + 10))" "$body" "$models"
		wait_until 30 no_workload_left || fail "$body left: $("$HELPERS/leftovers")"
	done < <(bodies_of runs)
	wait_until 30 nothing_in "$TMPDIR"
	wait_until 30 shared_memory_is "$shared" # others on this machine may have some for a moment
}

# killed_at NAME:NUMBER BODY MODEL ARGS...: at this call of that name by the launcher's first thread, which does
# all but the units' work; beyond the last it just runs.
killed_at() {
	ASAN_OPTIONS=detect_leaks=0 strace -qqq -o "calls.$3" -e "inject=${1%:*}:signal=SIGKILL:when=${1#*:}" \
		"$WORKLOAD" "$2" --as "$3" "${@:4}" </dev/null >/dev/null 2>&1 3>&-
}

# calls_to_try BODY MODEL ARGS...: those that its own work consists of, each with FAULTS=all, which takes
# minutes; else two. What precedes main's first is the loader's.
calls_to_try() {
	local choose=(shuf -n 2)
	[[ ${FAULTS:-} != all ]] || choose=(cat)
	killed_at read:65535 "$@" || return
	# strace counts each name by itself.
	awk -F'(' '/^[a-z]/ { count[$1]++; own += /SIGXFSZ/; if (own && $1 != "exit_group") print $1 ":" count[$1] }' \
		"calls.$2" >calls
	(($(wc -l <calls) > 20)) || return
	"${choose[@]}" calls
}

@test "a workload that is killed at any of its launcher's system calls leaves nothing either" {
	requires tool:strace
	local body models model args number numbers launchers launcher status shared tried=0 killed=0
	shared=$(ls -A /dev/shm)
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
	mkdir -p "$TMPDIR"
	each_run >runs
	while read -r body models; do
		read -r _ model args < <(grep "^$body " runs)
		# shellcheck disable=SC2086
		numbers=$(calls_to_try "$body" "$model" $args) || fail "$body as $model fails under strace"
		for number in $numbers; do
			launchers=()
			for model in $models; do
				# shellcheck disable=SC2086
				killed_at "$number" "$body" "$model" $args &
				launchers+=($!)
			done
			for launcher in "${launchers[@]}"; do
				status=0
				wait "$launcher" || status=$?
				tried=$((tried + 1)) killed=$((killed + (status == 137)))
			done
			wait_until 30 no_workload_left ||
				fail "$body killed at $number left: $("$HELPERS/leftovers")"
			wait_until 30 nothing_in "$TMPDIR" || fail "$body killed at $number left files"
		done
	done < <(bodies_of runs)
	wait_until 30 shared_memory_is "$shared"
	# The models make other calls, too.
	echo "killed $killed of $tried" >&2
	((killed * 2 > tried))
}
