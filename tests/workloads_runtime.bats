#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154,SC2317 # jq's $; bats sets stderr; what bats calls
# Untraced: what carries the units, where, and what one more of them costs.

bats_require_minimum_version 1.5.0
load helpers
load workload

@test "every body runs on several carriers, few units and many, and its truth is whole" {
	local body
	for body in 'spin --work 1 -n 1' 'spin --work 1 -n 200' 'sleep --set ms=1 --work 2 -n 500' \
		'pingpong -n 2 --work 100' 'pingpong -n 40 --work 20' \
		'pingpong -n 40 --work 50 --set medium=direct' 'tree --work 2 --processes 1 -n 20'; do
		# shellcheck disable=SC2086
		workload $body --as coroutines --threads 3
		truth '.threads == 3 and .processes == 1 and (.carriers | length) == 3
			and ([.carriers[].tid] | unique | length) == 3 and (.units | length) == .n'
		truth '. as $t | all(.units[]; .tid == null and .first.nvcsw == null
			and .pid == $t.carriers[0].pid and .start_ns > $t.gate_ns
			and .finish_ns > .start_ns and .iterations > 0)'
	done
}

@test "a tree's units wait as long as was asked, one after each of their rounds" {
	workload tree -n 1 --set ms=20 --set steps=0 --work 3
	(($(wall_ns) >= 60000000))
}

@test "in a tree every process holds its carriers and every unit is of one process" {
	workload tree --work 2
	truth '.n == 400 and .threads == 2 and .processes == 2 and (.carriers | length) == 4
		and ([.carriers[].pid] | unique | length) == 2 and (.launcher.pid as $l
		| all(.carriers[]; .pid != $l))'
	truth '([.units[].pid] | group_by(.) | map(length)) == [200, 200] and .guarded_stacks == 400'
	workload spin --as coroutines --processes 3 -n 4 --work 1
	truth '.n == 12 and .threads == 1 and (.carriers | length) == 3
		and ([.units[] | {pid, tid}] | unique) == (.carriers | unique)'
}

@test "a process that is lost before the gate is named at once" {
	ldd "$WORKLOAD" | grep -q libasan && skip 'the address sanitizer maps far more'
	(
		ulimit -v 200000
		run timeout 9 "$WORKLOAD" spin --as coroutines --processes 2 -n 20000
		assert_failure 1
		assert_line --regexp '^schedlab-workload: process [01]: 20000 coroutines with .* Cannot allocate memory$'
		assert_line --partial 'hint: '
	)
}

@test "a unit that is killed fails a tree in words and ends it" {
	local launcher child
	"$WORKLOAD" tree --set ms=1000 --work 1000 >/dev/null 2>words &
	launcher=$!
	wait_until 30 has_units "$launcher" 2
	read -r child _ <<<"$(units_of "$launcher")"
	kill -KILL "$child"
	status=0
	wait "$launcher" || status=$?
	assert_equal "$status" 1
	run cat words
	assert_line --partial "(process $child) was ended by signal 9 (Killed)"
	assert_line --partial 'hint: '
}

@test "--pin keeps each unit or carrier on its CPU in every model" {
	requires smp
	local model
	for model in serial processes threads coroutines 'coroutines --threads 2'; do
		# shellcheck disable=SC2086
		"$WORKLOAD" sleep --as $model -n 3 --set ms=20000 --work 1 --pin 0,1,0 >/dev/null &
		wait_until 30 is_pinned $! "$model"
		kill -KILL $!
		wait $! || true
	done
	refused "--pin 'far': not none" spin --pin far
	refused 'CPU 8000 does not exist' spin --pin 0,8000
}

# is_pinned LAUNCHER MODEL: the tasks beside the launcher's own, in their order
is_pinned() {
	local expected=010 all='' task
	[[ $2 == processes || $2 == threads ]] || expected=0
	[[ $2 != *'--threads 2' ]] || expected=01
	for task in "/proc/$1/task"/* $(sed 's|[0-9]*|/proc/&/task/&|g' "/proc/$1/task/$1/children"); do
		[[ $task == "/proc/$1/task/$1" ]] || all+=$(awk '/^Cpus_allowed_list/ { print $2 }' "$task/status")
	done
	[[ $all == "$expected" ]]
}

@test "spawn says what one more costs, and how many were alive" {
	local model bytes=()
	for model in processes threads coroutines; do
		workload spawn --as $model --work 50
		# No system call that makes a task takes less than a microsecond.
		truth '.model as $model | .result | .created == 50
			and .create_to_first_run_ns > (if $model == "coroutines" then 10 else 1000 end)
			and .create_and_join_ns > .create_to_first_run_ns and .limit == null'
		workload spawn --as $model --set hold=yes --set cap=40
		truth '.result | .alive == 40 and .create_to_first_run_ns > 0
			and .memory_per_unit_bytes > 1000 and .limit == {"name": "cap", "value": 40}'
		bytes+=("$(jq .result.memory_per_unit_bytes truth.json)")
	done
	echo "bytes: ${bytes[*]}"
	ldd "$WORKLOAD" | grep -q libasan || ((bytes[0] > 2 * bytes[1] && bytes[1] > 2 * bytes[2]))
}

@test "100,000 coroutines are alive at once in bounded memory" {
	ldd "$WORKLOAD" | grep -q libasan && skip 'the address sanitizer needs more for each'
	workload spawn --as coroutines --set hold=yes --set cap=100000
	truth '.result | .alive == 100000 and .limit.name == "cap" and .memory_per_unit_bytes < 20000'
}

@test "the limit that said no is named: mappings, memory, address space, tasks" {
	ldd "$WORKLOAD" | grep -q libasan && skip 'the address sanitizer maps far more'
	local maps
	maps=$(cat /proc/sys/vm/max_map_count)
	if ((maps < 100000)); then
		workload spawn --as coroutines --set hold=yes --set cap=100000 --set stacks=apart
		truth --argjson maps "$maps" '.result | .limit == {"name": "vm.max_map_count", "value": $maps}
			and .alive < $maps / 2 and .alive > $maps / 2 - 1000'
	fi
	workload spawn --as coroutines --set hold=yes --set cap=100000 --set memory=8
	truth '.result | .limit == {"name": "memory", "value": 8388608} and .alive < 10000'
	(
		ulimit -v 200000
		workload spawn --as coroutines --set hold=yes --set cap=100000
	)
	truth '.result.limit.name == "RLIMIT_AS"'
	# One that was not reached is none.
	(
		ulimit -v 20000000
		workload spawn --as coroutines --set hold=yes --set cap=100000 --set stacks=apart
	)
	((maps >= 100000)) || truth '.result.limit.name == "vm.max_map_count"'
}

@test "tasks are limited by the user's number or the group's, and that is named" {
	requires root tool:setpriv
	# Of a user that has no other task; the launcher and the unit count too.
	setpriv --reuid 64321 --clear-groups --inh-caps=-all bash -c \
		"ulimit -u 20; exec '$WORKLOAD' spawn --as threads --set hold=yes --set cap=1000" >truth.json
	truth '.result | .limit == {"name": "RLIMIT_NPROC", "value": 20} and .alive == 18'
	local group
	group=$(pids_group) || skip 'no cgroup that limits tasks'
	mkdir "$group/schedlab-test-$$"
	echo 30 >"$group/schedlab-test-$$/pids.max"
	status=0
	(
		echo "$BASHPID" >"$group/schedlab-test-$$/cgroup.procs"
		exec "$WORKLOAD" spawn --as processes --set hold=yes --set cap=1000
	) >truth.json || status=$?
	wait_until 30 rmdir "$group/schedlab-test-$$"
	assert_equal "$status" 0
	truth '.result | .limit == {"name": "pids.max", "value": 30} and .alive == 28'
}

@test "a group's memory bounds what is held, and nothing is killed for it" {
	requires root
	local group model status
	group=$(memory_group) || skip 'no cgroup that limits memory'
	mkdir "$group/schedlab-test-$$"
	echo 100M >"$group/schedlab-test-$$/memory.max" 2>/dev/null ||
		echo 100M >"$group/schedlab-test-$$/memory.limit_in_bytes"
	for model in threads coroutines; do
		status=0
		(
			echo "$BASHPID" >"$group/schedlab-test-$$/cgroup.procs"
			exec "$WORKLOAD" spawn --as $model --set hold=yes --set cap=100000
		) >truth.json || status=$?
		((status == 0)) || break
		truth '.result | .limit.name == "memory" and .limit.value < 25 * 1048576 and .alive > 20'
	done
	wait_until 30 rmdir "$group/schedlab-test-$$"
	assert_equal "$status" 0
}

memory_group() {
	local mount
	for mount in /sys/fs/cgroup/memory /sys/fs/cgroup; do
		if grep -qs memory "$mount/cgroup.subtree_control" || [[ -e $mount/memory.limit_in_bytes ]]; then
			echo "$mount"
			return
		fi
	done
	return 1
}

pids_group() {
	local mount
	for mount in /sys/fs/cgroup/pids /sys/fs/cgroup; do
		if grep -qs pids "$mount/cgroup.subtree_control" || [[ -e $mount/cgroup.clone_children ]]; then
			echo "$mount"
			return
		fi
	done
	return 1
}

@test "a launcher that is killed at any moment leaves nothing behind" {
	local how moment
	for how in 'tree --work 1000' 'spawn --as processes --work 100000' \
		'spawn --as processes --set hold=yes --set cap=20000' \
		'spawn --as threads --set hold=yes --set cap=5000' \
		'sleep --as coroutines --processes 4 --threads 3 -n 50 --set ms=60000'; do
		for moment in 0.002 0.01 0.03 0.08; do
			# shellcheck disable=SC2086
			timeout -s KILL "$moment" "$WORKLOAD" $how >/dev/null 2>&1 || true
		done
	done
	wait_until 30 no_workload_left
}
