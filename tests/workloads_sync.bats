#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # jq's $
# The bodies in which units meet, or end badly: counter, lock, pipeline, deadlock, crash, untraced.

bats_require_minimum_version 1.5.0
load helpers
load workload

# ---- counter ------------------------------------------------------------------------------------

@test "atomic, mutex and per-task counters lose no update in any model" {
	local model form
	for model in $MODELS; do
		for form in atomic mutex per-task; do
			workload counter --as "$model" -n 4 --set "form=$form" --work 30011
			truth '.result == {updates: 120044, counted: 120044, lost: 0}
				and all(.units[]; .iterations == 30011)'
		done
	done
}

@test "nothing is lost in any form where units follow each other or give way between updates" {
	local model form
	for model in serial coroutines; do
		for form in racy single; do
			[[ $form == racy || $(uname -m) == x86_64 ]] || continue
			workload counter --as "$model" -n 3 --set "form=$form" --work 300000
			truth '.result.lost == 0'
		done
	done
}

@test "coroutines that give way between load and store lose updates, and a mutex saves them" {
	workload counter --as coroutines --set yields=within --work 5000 -n 3
	# At each of the 5 turns of 1000 the last to store overwrites what the other two had added.
	truth '.result.lost > 0 and .result.counted >= 5000'
	workload counter --as coroutines --set yields=within --set form=mutex --work 5000 -n 3
	truth '.result.lost == 0'
}

# loses WORK ARGS...: of six runs, each of twice the work of the one before, one that loses updates.
# Where others use the CPUs, or the host stops one, two units may never meet.
loses() {
	local work=$1 _
	shift
	for _ in 1 2 3 4 5 6; do
		workload counter --work "$work" "$@"
		! jq -e '.result.lost > 0' truth.json >/dev/null || return 0
		work=$((work * 2))
	done
	! others_are_busy || skip 'other tasks keep the CPUs busy'
	truth '.result.lost > 0'
}

@test "load, add, store loses updates on one CPU and on two, one instruction only on two" {
	requires smp
	local model form
	for model in threads processes; do
		loses 40000000 --as "$model" --cpus 0
		loses 5000000 --as "$model"
		for form in atomic per-task; do
			workload counter --as "$model" --set "form=$form" --work "$(jq .work truth.json)"
			truth '.result.lost == 0'
		done
		[[ $(uname -m) == x86_64 ]] || continue
		workload counter --as "$model" --set form=single --cpus 0 --work 50000000
		truth '.result.lost == 0'
		loses 50000000 --as "$model" --set form=single
	done
}

# ---- lock ---------------------------------------------------------------------------------------

@test "whatever the kind of lock and the model, only one unit is inside" {
	local model kind first=
	for model in $MODELS; do
		for kind in mutex spin ticket; do
			workload lock --as "$model" -n 3 --set "kind=$kind" --set c=5 --set o=3 --work 200
			truth --arg first "$first" '.result.sections == 600
				and (.result.checksum == $first or $first == "")
				and all(.units[]; .iterations == 200)'
			first=$(jq -r .result.checksum truth.json)
		done
	done
	workload lock --as coroutines -n 1000 --set c=1 --set o=0 --work 3
	truth '.result.sections == 3000'
}

@test "who waits for a mutex sleeps, who waits for a spin or ticket lock does not" {
	local model kind
	for model in threads processes; do
		for kind in spin ticket; do
			workload lock --as "$model" -n 2 --set "kind=$kind" --set c=100 --set o=0 --work 200
			# A page fault may sleep, too.
			truth 'all(.units[]; .last.nvcsw - .first.nvcsw < 10)'
		done
		tries 5 sleeps_for_mutex "$model"
	done
}

# On one CPU, or where the host gives one less, nobody may ever find it taken.
sleeps_for_mutex() {
	workload lock --as "$1" -n 3 --set c=100 --set o=0 --work 500 &&
		truth '[.units[] | .last.nvcsw - .first.nvcsw] | add >= 20'
}

# ---- pipeline -----------------------------------------------------------------------------------

@test "a pipeline's items come out in order and the same in every model" {
	local model units first=
	for model in $MODELS; do
		for units in '' '-n 12'; do
			# shellcheck disable=SC2086
			workload pipeline --as "$model" $units --set us=2 --set stages=6 --work 101
			truth --arg first "$first" '.result.items == 101
				and (.result.checksum == $first or $first == "")'
			first=$(jq -r .result.checksum truth.json)
		done
		truth '.n == 12'
	done
	workload pipeline --as coroutines -n 3000 --set us=0 --set stages=1000 --work 7
	truth '.result.items == 7 and all(.units[]; .iterations == 7)'
	refused 'the units of pipeline are stages, 4 to a pipeline' pipeline -n 6
}

# ---- deadlock -----------------------------------------------------------------------------------

@test "a deadlock is real, says who waits for whom, and is ended" {
	local model ring
	for model in threads processes coroutines; do
		for ring in 2 5; do
			workload deadlock --as "$model" --set "ring=$ring" --set hold=60
			truth --argjson ring $ring '.n == $ring and .result.deadlocked
				and all(.units[]; .finish_ns == null and .last == null and .iterations == 2)
				and ([.result.waits[].unit] == [range($ring)])
				and all(.result.waits[]; .held_by == (.unit + 1) % $ring)'
			[[ $model == coroutines ]] || (($(wall_ns) >= 60000000))
		done
	done
	workload deadlock -n 9 --set ring=3 --set hold=20
	truth '[.result.waits[].held_by] == [1, 2, 0, 4, 5, 3, 7, 8, 6]'
}

@test "with ordered locks nobody waits for ever" {
	local model
	for model in threads processes coroutines; do
		workload deadlock --as "$model" --set ring=5 --set ordered=yes --set hold=60000
		truth '.result | .deadlocked == false and .waits == []'
		truth 'all(.units[]; .finish_ns > 0 and .iterations == 3)'
		(($(wall_ns) < 30000000000))
	done
	refused 'stand in rings of 3' deadlock -n 4 --set ring=3
	refused 'does not exist in this model' deadlock --as serial
}

# ---- crash --------------------------------------------------------------------------------------

@test "a crash ends all threads, of processes only one, and leaves no core file" {
	ulimit -c unlimited
	workload crash --as threads -n 4 --work 10
	truth '.result == {crashed: 0, died: [0, 1, 2, 3], finished: []}
		and all(.units[]; .finish_ns == null and .signal == 11 and .died_ns > .start_ns
			and .iterations >= 5)'
	# However late they start, all are half way then; some go on before the victim's turn comes.
	workload crash --as threads -n 20 --work 2 --cpus 0
	truth 'all(.units[]; .iterations >= 1 and .finish_ns == null) and .units[0].iterations == 1'
	workload crash --as processes -n 4 --work 10
	truth '.result == {crashed: 0, died: [0], finished: [1, 2, 3]} and .units[0].iterations == 5
		and .units[0].signal == 11 and all(.units[1:][]; .iterations == 10 and .signal == null)'
	run find . -name 'core*'
	assert_output ''
}
