#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317 # jq's $; what bats calls
# What a workload says of itself against what was traced of it: units, tids, ends, switches.

bats_require_minimum_version 1.5.0
load helpers
load live
load workload

setup() {
	live_setup
}

teardown() {
	live_teardown
}

# agree BODY ARGS...: traced, and the trace knows the same units, the same ends and the same switches.
agree() {
	local unit tid
	traced_unlost --trace x.trace "$@"
	report_is_sound
	report '.trust.verdict == "whole" and (.run.work_identity | startswith("work:"))'
	report '.truth as $t | def tids(role): [.tasks[] | select(.role == role).tid] | sort;
		tids("unit") == (if $t.carriers == [] then [$t.units[].tid] | sort else [] end)
		and tids("carrier") == ([$t.carriers[].tid] | sort)
		and tids("helper") == ([$t.helpers[].tid] | sort) and tids("launcher") == [$t.launcher.tid]'
	# A death is traced before its parent learns of it; who is given up lasts to the end of the run.
	report '. as $r | .truth as $t | $t.carriers != [] or all($t.units[]; . as $u
		| ($r.tasks[] | select(.tid == $u.tid).end_s * 1e9 + $t.gate_ns) as $ended
		| if $u.finish_ns then $ended > $u.finish_ns - 1000
		  elif $u.died_ns then $ended < $u.died_ns + 1000 and $ended > $u.start_ns
		  else ($ended - $t.finish_ns | fabs) < 1000 end)'
	# What carries several units has their switches too: between a unit's two readings they are the same.
	while read -r unit tid; do
		"$SCHEDLAB" dump --task "$tid" x.trace >task
		/usr/bin/python3 "$ROOT/tests/unit_switches.py" report.json "$unit" task 0
	done < <(jq -r '.truth.units[:3][] | select(.finish_ns and .tid) | "\(.unit) \(.tid)"' report.json)
}

# is_itself BODY MODEL: by the trace alone it did what the body is there for, in that model.
is_itself() {
	local call=''
	case "$1 $2" in
	sleep\ * | mixed\ *) call=clock_nanosleep ;;
	web\ *) call=recvfrom ;;
	pingpong\ threads | pingpong\ processes) call="read" ;;
	spawn\ *) made "$2" ;;
	database\ coroutines) report "$POOL"' | .pool > .carriers' ;;
	esac
	if [[ $1 != database && $2 == coroutines && -n $call || $1 == tree ]]; then
		call=epoll_wait
	fi
	# The first of several units may find that what it would wait for is there.
	[[ -z $call ]] || report --arg call "$call" 'any(.tasks[] | select(.role == "unit" or .role == "carrier")
		| .blocked_on[]; .what == $call or .what == ($call | sub("_wait$"; "_pwait")))'
	# A server is there before the gate opens, and before there are units.
	report '([.tasks[] | select(.role != "helper" and .role != "launcher").start_ns] | min) as $first
		| all(.tasks[] | select(.role == "helper"); .start_ns < $first or .comm != "web-server")'
}

# Seconds that the threads of a pool ran, and the carriers.
POOL='.truth as $t | ([.tasks[] | select(.role == "helper" and .pid == $t.launcher.pid).run_s] | add) as $pool
	| ([.tasks[] | select(.role == "carrier").run_s] | add) as $carriers | {pool: $pool, carriers: $carriers}'

# The carriers share the work: none had next to nothing of it.
SHARED='([.tasks[] | select(.role == "carrier").run_s] | min * 20 > max)'

# The five that spawn creates are processes, or threads of its unit, or nothing that the kernel knows.
made() {
	report --arg model "$1" '.truth.units[0] as $u | [.tasks[] | select(.role == "task")] as $made
		| if $model == "coroutines" then $made == []
		  else ($made | length) == 5 and all($made[]; .ppid == $u.pid and .pid == .tid) == ($model == "processes")
			and all($made[]; .pid == $u.pid) == ($model == "threads") end'
}

@test "ground truth and trace agree on units, tids, ends and switches, for every body in every model" {
	requires root bpf
	local body model args
	each_run >runs
	while read -r body model args; do
		# shellcheck disable=SC2086
		agree "$body" --as "$model" $args
		is_itself "$body" "$model"
	done <runs
	# Without its pool the database stalls the carrier itself.
	agree database --as coroutines --work 1 --set pool=no
	report "$POOL"' | .pool == 0 and .carriers > 0'
	agree pingpong --as processes --work 11 --set medium=direct
	report 'all(.tasks[] | select(.role == "unit") | .blocked_on[]; .what != "read")'
	agree web --as coroutines --threads 2 -n 8 --work 3 --set delay=1
	report '[.truth.units[].tid] == [range(8) | null] and (.truth.carriers | length) == 2'
	for _ in 1 2 3; do
		agree image --as coroutines --threads 2 --processes 2 -n 2 --work 100
		# A host that stops a CPU may let some finish before others start.
		! jq -e '.program.peak_in_flight == 8 and '"$SHARED" report.json || break
	done
	report '(.truth.carriers | length) == 4 and .program.peak_in_flight == 8 and '"$SHARED"
}

@test "what crashes, never ends or is large agrees with its trace too" {
	requires root bpf
	agree counter --as threads -n 3 --set form=mutex --work 200000
	agree lock --as processes -n 3 --set c=20 --set o=20 --work 300
	agree pipeline --as coroutines --set us=10 --work 100
	for _ in 1 2 3; do
		agree deadlock --as threads --set ring=3 --set hold=150
		report '.truth.result.deadlocked and .program.peak_in_flight == 3
			and all(.tasks[] | select(.role == "unit"); .blocked_on[0].what == "futex")'
		# A host that stops a CPU makes a long turn of a short one.
		! jq -e '.program.cpu_s < 0.1 * .program.wall_s' report.json || break
	done
	report '.program.cpu_s < 0.1 * .program.wall_s'
	agree crash --as processes --work 20
	report '[.truth.units[].signal] == [11, null, null, null]'
	agree crash --as threads --work 20
	report '[.truth.units[].signal] == [11, 11, 11, 11]'
}
