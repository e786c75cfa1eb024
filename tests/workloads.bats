#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2094,SC2317 # jq's $; file names; what bats calls
# The untraced workloads: what schedlab-workload does and what it says of itself.

bats_require_minimum_version 1.5.0
load helpers
load workload

# ---- what a run is ------------------------------------------------------------------------------

@test "every body runs in every model and its ground truth is whole" {
	local body model
	for model in $MODELS; do
		for body in 'spin --work 3' 'sleep --set ms=2 --set times=3' 'pingpong --work 101' \
			'pingpong --work 101 --set medium=direct'; do
			# shellcheck disable=SC2086
			workload $body --as "$model" -n 4
			truth --arg model "$model" '.schema == "schedlab.truth/1" and .model == $model
				and .n == 4 and (.units | length) == 4 and .helpers == []
				and ([.units[].unit] == [0, 1, 2, 3])'
			truth '. as $t | .finish_ns == ([.units[].finish_ns] | max) and all(.units[];
				.start_ns > $t.gate_ns and .finish_ns > .start_ns
				and .first.ns >= .start_ns and .last.ns == .finish_ns
				and .last.nvcsw >= .first.nvcsw and .last.nivcsw >= .first.nivcsw
				and .iterations > 0 and .tid > 0 and .pid > 0)'
		done
	done
}

@test "processes have a pid each, threads a tid each, coroutines and serial units one carrier" {
	workload spin --work 1 -n 3 --as processes
	truth '([.units[].pid] | unique | length) == 3 and all(.units[]; .pid == .tid)
		and .carriers == [] and (.launcher.pid as $l | all(.units[]; .pid != $l))'
	workload spin --work 1 -n 3 --as threads
	truth '([.units[].tid] | unique | length) == 3 and .carriers == []
		and (.launcher as $l | all(.units[]; .pid == $l.pid and .tid != $l.tid))'
	local model
	for model in coroutines serial; do
		workload spin --work 1 -n 3 --as $model
		truth '(.carriers | length) == 1 and .carriers[0].tid != .launcher.tid
			and (.carriers[0] as $c | all(.units[]; {pid, tid} == $c))'
	done
}

@test "work is fixed: every model does the same iterations and computes the same" {
	local model first
	workload spin --work 7 -n 2 --as serial
	first=$(jq -r .result.checksum truth.json)
	for model in $MODELS; do
		workload spin --work 7 -n 2 --as "$model"
		truth --arg first "$first" 'all(.units[]; .iterations == 7000000) and .result.checksum == $first'
	done
}

@test "a pingpong of n round trips has 2 n hand-offs in every model and medium" {
	local model medium
	for model in $MODELS; do
		for medium in pipe direct; do
			workload pingpong --as "$model" --set "medium=$medium" -n 6 --work 1009
			truth '.result.hand_offs == 2018 and all(.units[]; .iterations == 1009) and .switch_ns > 0'
		done
	done
}

@test "serial units follow each other, all others are in flight together" {
	workload spin --work 30 -n 3 --as serial
	truth '.units[0].finish_ns <= .units[1].start_ns and .units[1].finish_ns <= .units[2].start_ns'
	local model
	for model in processes threads coroutines; do
		# Unless the host stops a CPU until the others have finished.
		tries 5 all_in_flight spin --work 100 -n 3 --as "$model"
	done
}

all_in_flight() {
	workload "$@" && truth '([.units[].start_ns] | max) < ([.units[].finish_ns] | min)'
}

@test "sleeps overlap in every model but serial" {
	local model serial
	workload sleep -n 10 --set ms=20 --set times=2 --as serial
	serial=$(wall_ns)
	((serial >= 400000000))
	each_wait_is_one
	for model in processes threads coroutines; do
		tries 5 sleeps_overlap "$serial" "$model"
		(($(wall_ns) >= 40000000))
		[[ $model == coroutines ]] || each_wait_is_one
	done
}

# Two waits, and not one of twice the length.
each_wait_is_one() {
	truth 'all(.units[]; .last.nvcsw - .first.nvcsw >= 2)'
}

sleeps_overlap() {
	workload sleep -n 10 --set ms=20 --set times=2 --as "$2" && (($(wall_ns) < $1 * 3 / 4))
}

@test "a pingpong on one CPU switches each unit once a round trip" {
	local model
	for model in threads processes; do
		tries 5 switches_at_most 10107 --as "$model"
		# 10007 - 1: the first taker may find the token there.
		truth 'all(.units[]; (.last.nvcsw + .last.nivcsw - .first.nvcsw - .first.nivcsw) >= 10006)'
	done
	tries 5 switches_at_most 100 --as coroutines
}

# Other tasks of the machine add a few.
switches_at_most() {
	workload pingpong --set medium=direct --cpus 0 "${@:2}" && truth --argjson most "$1" 'all(.units[];
		(.last.nvcsw + .last.nivcsw - .first.nvcsw - .first.nivcsw) <= $most)'
}

@test "a direct hand-off costs a coroutine under a twentieth of a thread's on one CPU" {
	tries 5 hand_off_is_cheap
}

hand_off_is_cheap() {
	local threads coroutines
	workload pingpong --set medium=direct --cpus 0 --as threads --work 50021 || return
	threads=$(jq .switch_ns truth.json)
	workload pingpong --set medium=direct --cpus 0 --as coroutines --work 50021 || return
	coroutines=$(jq .switch_ns truth.json)
	echo "threads $threads ns, coroutines $coroutines ns"
	jq -en "$coroutines * 20 < $threads"
}

@test "two spins as threads are well faster than one after the other" {
	requires smp
	pays_off 6 threads_are_faster
}

threads_are_faster() {
	local serial threads
	workload spin -n 2 --work 200 --as serial || return
	serial=$(wall_ns)
	workload spin -n 2 --work 200 --as threads || return
	threads=$(wall_ns)
	echo "serial $serial ns, threads $threads ns"
	((serial * 10 > threads * 16))
}

@test "100,000 coroutines sleep at once" {
	workload sleep --as coroutines -n 100000 --set ms=500 --set times=1
	truth '(.units | length) == 100000 and .guarded_stacks > 0
		and ([.units[].start_ns] | max) < ([.units[].finish_ns] | min)'
	(($(wall_ns) < 50000000000))
}

@test "--cpus keeps all units on the CPUs named" {
	"$WORKLOAD" sleep --as processes -n 2 --set ms=60000 --set times=1 --cpus 0 >/dev/null &
	local launcher=$!
	wait_until 30 has_units "$launcher" 2
	wait_until 30 are_on_first_cpu "$launcher"
	kill "$launcher"
}

are_on_first_cpu() {
	local pid
	for pid in $(units_of "$1"); do
		grep -qx $'Cpus_allowed_list:\t0' "/proc/$pid/status" || return
	done
}

@test "--nice gives each unit its own value" {
	local model launcher
	for model in processes threads; do
		"$WORKLOAD" sleep --as $model -n 3 --set ms=60000 --set times=1 --nice 0,5,19 >/dev/null &
		launcher=$!
		wait_until 30 has_nice "$launcher" "0 0 5 19" # the launcher first
		kill "$launcher"
	done
}

has_nice() {
	[[ $(for task in "/proc/$1/task"/* $(units_of "$1" | sed 's|[0-9][0-9]*|/proc/&|g'); do
		cut -d' ' -f19 "$task/stat"
	done | xargs) == "$2" ]]
}

# ---- ground truth and catalogue -----------------------------------------------------------------

@test "a workload under a tracer that stops it at every system call still ends" {
	requires tool:strace
	# The leak sanitizer does not work under another tracer.
	ASAN_OPTIONS=detect_leaks=0 timeout 60 strace -f -o strace.out "$WORKLOAD" sleep -n 2 --set ms=1 --set times=2 >truth.json
	truth '(.units | length) == 2'
}

@test "the ground truth names the compiler, the flags and the libraries that it was made of" {
	requires tool:pkg-config tool:readelf
	local compiler library name
	workload spin --work 1 -n 1
	compiler=$(readelf -p .comment "$WORKLOAD" | sed -n 's/.*GCC: (.*) \([0-9.]*\)$/gcc \1/p' | head -n 1)
	truth --arg compiler "$compiler" '.build.compiler == $compiler
		and (.build | .optimised == (.flags | test("(^| )-O[1-3s]")))'
	for library in jansson libmicrohttpd sqlite=sqlite3 zstd=libzstd; do
		name=${library%=*}
		truth --arg name "$name" --arg version "$(pkg-config --modversion "${library#*=}")" \
			'.build.libraries[$name] | . == $version or . + ".0" == $version'
	done
	truth --arg glibc "$(getconf GNU_LIBC_VERSION)" '"glibc \(.build.libraries.glibc)" == $glibc'
}

@test "--truth-fd takes the ground truth and leaves stdout empty" {
	run --separate-stderr "$WORKLOAD" spin --work 1 --truth-fd 3 3>truth.json
	assert_success
	assert_output ''
	truth '.body == "spin"'
}

@test "ground truth that cannot be written is a failure in words" {
	run "$WORKLOAD" spin --work 1 --truth-fd 3 3>/dev/full
	assert_failure 1
	assert_line --partial 'No space left on device'
	assert_line --partial 'hint: '
}

@test "--list names every body with its parameters and ranges" {
	run --separate-stderr "$WORKLOAD" --list
	assert_success
	echo "$output" >list.json
	json '([.[].name] | index("spin") and index("sleep") and index("codec")) and all(.[]; (.why | length) > 0
		and .work_default > 0 and (.work_unit | length) > 0
		and (.models | length) > 0)' list.json <list.json
	json '.[] | select(.name == "pingpong").parameters[0]
		| .name == "medium" and .default == "pipe" and .values == ["pipe", "direct"]' \
		list.json <list.json
	json '.[] | select(.name == "sleep").parameters[0]
		| .name == "ms" and .default == 100 and .min == 1 and .max == 60000' list.json <list.json
}

# ---- what is refused ----------------------------------------------------------------------------

@test "a usage error is one clear line with a hint and status 2" {
	refused 'no body is named'
	refused "'bogus': no such body" bogus
	refused "--as 'fibers': no such model" spin --as fibers
	refused "-n '0': not a whole number from 1 to 10000 (threads)" spin -n 0
	refused "-n '-1': not a whole number" spin -n -1
	refused "-n '2x': not a whole number" spin -n 2x
	refused 'from 1 to 100000 (coroutines)' spin -n 100001 --as coroutines
	refused 'come in pairs' pingpong -n 3
	refused "--work '0': not a whole number from 1" spin --work 0
	refused "'--bogus': unknown option" spin --bogus
	refused '--as: its value is missing' spin --as
	refused "ms '0': not a whole number from 1 to 60000" sleep --set ms=0
	refused "'x=1': no such parameter" sleep --set x=1
	refused "medium 'udp': not one of pipe, direct" pingpong --set medium=udp
	refused "--cpus '1-0': not a list" spin --cpus 1-0
	refused 'CPU 8000 does not exist' spin --cpus 0,8000
	refused "--nice '20': not a list" spin --nice 20
	refused 'share one thread' spin --nice 1 --as coroutines
	refused '--truth-fd 77' spin --truth-fd 77
	refused 'given twice' spin -n 1 -n 2
}

@test "what was typed cannot put a control byte on the terminal" {
	refused '\x1b[31m' spin --as $'\e[31m'
	refused '\x1b[31m' $'--\e[31m'
}

@test "a nice value that needs a privilege is refused in words" {
	requires root tool:setpriv
	run setpriv --reuid 65534 --clear-groups "$WORKLOAD" spin --work 1 --nice -5
	assert_failure 1
	assert_line --partial 'nice -5 for unit 0 was refused'
	assert_line --partial 'hint: '
}

@test "pipes beyond the descriptor limit are refused in words" {
	run bash -c "ulimit -n 64; exec '$WORKLOAD' pingpong -n 64"
	assert_failure 1
	assert_line --partial 'Too many open files'
	assert_line --partial 'hint: '
}

@test "coroutine stacks beyond the address space are refused in words" {
	ldd "$WORKLOAD" | grep -q libasan && skip 'the address sanitizer needs all of the address space'
	run bash -c "ulimit -v 1000000; exec '$WORKLOAD' sleep --as coroutines -n 100000"
	assert_failure 1
	assert_line --partial 'Cannot allocate memory'
	assert_line --partial 'hint: '
}

# ---- what happens when something ends -----------------------------------------------------------

@test "a unit that is killed fails the whole and the others end" {
	local medium launcher unit
	for medium in pipe direct; do
		"$WORKLOAD" pingpong --as processes -n 4 --work 1000000000 --set "medium=$medium" \
			>truth.json 2>words &
		launcher=$!
		wait_until 30 has_units "$launcher" 4
		read -r _ _ unit _ <<<"$(units_of "$launcher")"
		kill -KILL "$unit"
		status=0
		wait "$launcher" || status=$?
		assert_equal "$status" 1
		run cat words
		assert_line "schedlab-workload: unit 2 (process $unit) was ended by signal 9 (Killed)"
		assert_line --partial 'hint: '
		[[ ! -s truth.json ]]
	done
}

@test "a launcher that is killed leaves nothing behind" {
	local model launcher children
	for model in $MODELS; do
		"$WORKLOAD" sleep --as "$model" -n 4 --set ms=60000 >/dev/null &
		launcher=$!
		[[ $model != processes ]] || wait_until 30 has_units "$launcher" 4
		children=$(units_of "$launcher")
		kill -KILL "$launcher"
		wait "$launcher" || true
		wait_until 30 all_gone "$children"
	done
}
