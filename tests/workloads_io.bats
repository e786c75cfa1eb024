#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154,SC2317 # jq's $; bats sets stderr; what bats calls
# Workloads that wait for others, web among them, with the processes that they have beside their units.

bats_require_minimum_version 1.5.0
load helpers
load workload

# ---- web ----------------------------------------------------------------------------------------

@test "web: the same requests get the same answers in every model, from one server" {
	local model first=
	for model in $MODELS; do
		workload web --as "$model" -n 5 --work 3 --set delay=2
		truth '.result.requests == 15 and all(.units[]; .iterations == 3)
			and (.helpers | length) == 1 and (.helpers[0].pid as $s | .helpers[0].tid == $s
			and $s != .launcher.pid and all(.units[]; .pid != $s))'
		: "${first:=$(jq -r .result.checksum truth.json)}"
		truth --arg first "$first" '.result.checksum == $first'
	done
	workload web -n 1 --work 1 --set delay=0
	truth '.result.requests == 1 and .result.requests_waiting_peak == 0'
}

@test "web: 64 units of 10 ms overlap; in serial they take 16 times as long, and more" {
	local serial model peak waited=0
	workload web -n 64 --work 2 --as serial
	truth '.result.requests_waiting_peak == 1'
	serial=$(wall_ns)
	for model in threads coroutines; do
		for _ in 1 2 3 4 5; do
			workload web -n 64 --work 2 --as "$model"
			waited=$(wall_ns) peak=$(jq .result.requests_waiting_peak truth.json)
			echo "$model: $waited ns, serial $serial ns; $peak waited at once"
			((waited * 16 > serial || peak < 60)) || break
		done
		((waited * 16 <= serial && peak >= 60))
	done
}

@test "web: one thread of a server lets 2000 requests wait at once" {
	local delay
	# All are to have asked before the first is answered.
	for delay in 1500 3000 6000; do
		workload web -n 2000 --work 1 --set delay=$delay --as coroutines
		! truth '.result.requests_waiting_peak == 2000' || break
	done
	truth '.result.requests_waiting_peak == 2000'
	(($(wall_ns) < 30000000000)) # one after the other they take 3000 s
}

@test "web: the server listens on 127.0.0.1 and nowhere else, and its port ends with it" {
	local launcher server inode listening
	"$WORKLOAD" web -n 1 --work 1 --set delay=60000 >/dev/null &
	launcher=$!
	wait_until 30 has_server "$launcher"
	server=$(pgrep -P "$launcher" -x web-server)
	for inode in $(readlink "/proc/$server/fd"/* | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
		# 0100007F: 127.0.0.1 on a little-endian machine; 0A: listening.
		listening+=$(awk -v "inode=$inode" '$4 == "0A" && $10 == inode { print $2 }' /proc/net/tcp)
	done
	[[ $listening =~ ^0100007F:[0-9A-F]{4}$ ]]
	kill -KILL "$launcher"
	wait "$launcher" || true
	wait_until 30 all_gone "$server"
	run awk '$4 == "0A" { print $2 }' /proc/net/tcp
	refute_line "$listening"
}

@test "web: a server that dies fails the run in words, in every model" {
	local model launcher server status
	for model in $MODELS; do
		"$WORKLOAD" web --as "$model" -n 3 --work 1 --set delay=60000 >truth.json 2>words &
		launcher=$!
		wait_until 30 has_server "$launcher"
		server=$(pgrep -P "$launcher" -x web-server)
		kill -KILL "$server"
		status=0
		wait "$launcher" || status=$?
		assert_equal "$status" 1
		run cat words
		assert_line --regexp '^schedlab-workload: unit [0-2]: (the web server is gone|connecting to the web server)'
		assert_line --partial 'hint: '
		[[ ! -s truth.json ]]
	done
}

has_server() {
	pgrep -P "$1" -x web-server
}

@test "web: a launcher that is killed leaves neither units nor server" {
	local model launcher children
	for model in $MODELS; do
		"$WORKLOAD" web --as "$model" -n 3 --work 1 --set delay=60000 >/dev/null &
		launcher=$!
		if [[ $model == processes ]]; then
			wait_until 30 has_units "$launcher" 4
		else
			wait_until 30 has_units "$launcher" 1
		fi
		children=$(units_of "$launcher")
		kill -KILL "$launcher"
		wait "$launcher" || true
		wait_until 30 all_gone "$children"
	done
}

@test "web: connections beyond the descriptor limit are refused in words" {
	run bash -c "ulimit -n 100; exec '$WORKLOAD' web -n 64 --as processes"
	assert_failure 1
	assert_line --partial 'the web server needs 128 descriptors, a connection a unit, and the limit is 100'
	assert_line --partial 'hint: '
	refused "delay '60001': not a whole number from 0 to 60000" web --set delay=60001
}

@test "web: a process takes more memory than a thread, and a thread more than a coroutine" {
	local model bytes=()
	for model in processes threads coroutines; do
		workload web -n 32 --work 1 --as "$model"
		bytes+=("$(jq .result.memory_per_unit_bytes truth.json)")
	done
	echo "bytes: ${bytes[*]}"
	((bytes[2] > 1000 && bytes[1] < 200000 && bytes[0] < 5000000))
	# Under a sanitizer all of them are large.
	ldd "$WORKLOAD" | grep -q libasan || ((bytes[0] > 2 * bytes[1] && bytes[1] > 2 * bytes[2]))
	workload web -n 3 --work 1 --as serial
	truth '.result | has("memory_per_unit_bytes") | not'
}

# ---- python -------------------------------------------------------------------------------------

@test "python: the same work has the same result in every model, and a wrong one is refused" {
	requires tool:python3
	local script=$ROOT/workloads/python/gil.py kind work first model
	for kind in cpu io; do
		first=
		work=2
		[[ $kind == io ]] || work=20
		for model in serial threading multiprocessing asyncio; do
			"$script" "$kind" --as "$model" --units 3 --work "$work" >truth.json
			truth --arg first "$first" '.checksum == $first or $first == ""'
			first=$(jq -r .checksum truth.json)
		done
	done
	run "$script" cpu --units 0
	assert_failure 2
	assert_line --partial "'0' is not a whole number from 1 to 1000000"
	sed 's/value = (value \* MULTIPLIER/value = (value * 3/' "$script" >wrong.py
	run python3 wrong.py cpu --as multiprocessing --units 2 --work 1
	assert_failure 1
	assert_line --partial 'hint: '
}

@test "python: killed, it leaves neither processes nor server" {
	requires tool:python3
	local model launcher children
	for model in multiprocessing threading; do
		"$ROOT/workloads/python/gil.py" io --as "$model" --units 3 --work 1000000 >/dev/null &
		launcher=$!
		if [[ $model == multiprocessing ]]; then
			wait_until 30 has_units "$launcher" 4
		else
			wait_until 30 has_units "$launcher" 1
		fi
		children=$(units_of "$launcher")
		kill -KILL "$launcher"
		wait "$launcher" || true
		wait_until 30 all_gone "$children"
	done
}

# ---- database -----------------------------------------------------------------------------------

# Its files are in the test's own folder, so that what is left of them is seen.
database() {
	mkdir -p files
	TMPDIR=$PWD/files workload database "$@"
	run find files -mindepth 1
	assert_output ''
}

@test "database: the same rounds leave the same database in every model, and no file" {
	local model first=
	for model in $MODELS 'coroutines --set pool=no' 'coroutines --threads 2'; do
		# shellcheck disable=SC2086
		database --as $model -n 3 --work 2 --set reads=20 --set writes=2
		truth '.result.reads == 120 and .result.commits == 12 and .result.commit_mean_s > 0
			and all(.units[]; .iterations == 2)'
		: "${first:=$(jq -r .result.checksum truth.json)}"
		truth --arg first "$first" '.result.checksum == $first'
	done
	database -n 1 --work 1 --set reads=0
	database -n 1 --work 1 --set writes=0
	truth '.result.commits == 0 and .result.commit_mean_s == null'
	database --as coroutines -n 500 --work 1 --set reads=5 --set writes=0
	truth '.result.reads == 2500'
}

@test "database: under coroutines the pool's threads and who removes the files are helpers" {
	database --as coroutines -n 2 --work 1
	truth '(.launcher.pid as $l | [.helpers[] | select(.pid == $l)] | length) > 1
		and (.launcher.pid as $l | [.helpers[] | select(.pid != $l)] | length) == 1'
	database --as threads -n 2 --work 1
	truth '.helpers | length == 1'
}

@test "database: a launcher that is killed leaves neither tasks nor files" {
	local model launcher children
	mkdir files
	for model in $MODELS; do
		TMPDIR=$PWD/files "$WORKLOAD" database --as "$model" -n 3 --work 1000000 >/dev/null &
		launcher=$!
		wait_until 30 has_files
		children=$(units_of "$launcher")
		kill -KILL "$launcher"
		wait "$launcher" || true
		wait_until 30 all_gone "$children"
		wait_until 30 has_no_files
	done
}

has_files() {
	[[ -n $(find files -name 'database-wal') ]]
}

has_no_files() {
	[[ -z $(find files -mindepth 1) ]]
}

@test "database: interrupted as a terminal does it, it leaves no files" {
	local launcher
	mkdir files
	TMPDIR=$PWD/files setsid env --default-signal=INT "$WORKLOAD" database --work 1000000 >/dev/null &
	launcher=$!
	wait_until 30 has_files
	kill -INT -- "-$launcher"
	wait "$launcher" || true
	wait_until 30 has_no_files
}

@test "database: a unit that fails takes the files with it, and what is wrong is said" {
	local launcher unit status=0
	mkdir files
	TMPDIR=$PWD/files "$WORKLOAD" database --as processes -n 3 --work 1000000 >truth.json 2>words &
	launcher=$!
	wait_until 30 has_units "$launcher" 4 # the units, and who removes the files
	read -r _ _ unit _ <<<"$(units_of "$launcher")"
	kill -KILL "$unit"
	wait "$launcher" || status=$?
	assert_equal "$status" 1
	grep -q 'was ended by signal 9' words
	wait_until 30 has_no_files
	run env TMPDIR="$PWD/nosuch" "$WORKLOAD" database
	assert_failure 1
	assert_line --regexp 'nosuch/schedlab-database-[0-9a-f]+: No such file or directory'
	assert_line --partial 'hint: set TMPDIR'
	run "$WORKLOAD" database --set reads=0 --set writes=0
	assert_failure 1
	assert_line --partial 'leave nothing to do'
	(
		ulimit -f 64
		TMPDIR=$PWD/files run "$WORKLOAD" database --work 1000
		assert_failure 1
		assert_line --partial 'the database: '
		assert_line --partial 'hint: is the disk full?'
	)
	wait_until 30 has_no_files
}
