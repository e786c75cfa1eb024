# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2094,SC2154 # MODELS is the tests'; file names; bats sets stderr
# What the tests of untraced workloads share: `load workload` after `load helpers`.

MODELS='serial processes threads coroutines'

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# Nothing is traced here, so only processes can be left behind; whatever runs beside is not ours.
teardown() {
	wait_until 30 no_workload_left
}

no_workload_left() {
	[[ $("$HELPERS/leftovers") != *schedlab-workload* ]]
}

# workload ARGS...: runs it, its ground truth to truth.json
workload() {
	echo "$WORKLOAD $*" >&2
	timeout 200 "$WORKLOAD" "$@" >truth.json
}

truth() {
	json "$@" truth.json <truth.json
}

# Wall time from gate to finish in nanoseconds.
wall_ns() {
	jq '.finish_ns - .gate_ns' truth.json
}

# refused WORDS ARGS...: a usage error whose one line has these words, and a hint
refused() {
	local words=$1
	shift
	run --separate-stderr "$WORKLOAD" "$@"
	[[ $status -eq 2 ]] || fail "status $status of $*"
	[[ -z $output ]] || fail "something on stdout: $output"
	[[ ${stderr_lines[0]} == "schedlab-workload: "*"$words"* ]] || fail "words: ${stderr_lines[0]}"
	[[ ${stderr_lines[1]} == "hint: "* && ${#stderr_lines[@]} -eq 2 ]] || fail "hint: $stderr"
}

units_of() {
	cat "/proc/$1/task/$1/children"
}

has_units() {
	[[ $(units_of "$1" | wc -w) -eq $2 ]]
}

all_gone() {
	local pid
	for pid in $1; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

# pays_off TRIES FUNCTION: it shows on its own, of work that CPUs do at once, that this is faster.
# Where it never does, but two programs of nobody's here were not either each time, or others keep
# the CPUs busy, the test is skipped: a host may give one CPU less for seconds, or be the siblings
# of one core.
pays_off() {
	local attempt held_back=''
	for ((attempt = 0; attempt < $1; attempt++)); do
		! "$2" || return 0
		! two_are_held_back || held_back=yes
	done
	[[ -z $held_back ]] || skip "two CPUs do not do twice as much as one here ($1 tries)"
	! others_are_busy || skip "other tasks keep the CPUs busy ($1 tries)"
	return 1
}

# Two loops of awk's on two CPUs take well longer than one of them, or the one as long again as the
# other.
two_are_held_back() {
	local one both
	one=$(awk_wall_us 0)
	both=$(awk_wall_us 0 1)
	((both * 10 > one * 12 || $(awk_wall_us 1) * 10 > one * 12))
}

# awk_wall_us CPU...: how long it takes with one on each of these.
awk_wall_us() {
	local cpu start=${EPOCHREALTIME/[.,]/} pids=()
	for cpu; do
		taskset -c "$cpu" awk 'BEGIN { for (i = 0; i < 2000000; i++) n += i }' &
		pids+=($!)
	done
	wait "${pids[@]}"
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

# With nothing of ours running, the CPUs are idle for less than nine tenths of a second.
others_are_busy() {
	local before after
	before=$(idle_ticks)
	sleep 1
	after=$(idle_ticks)
	((after - before < $(getconf CLK_TCK) * $(nproc) * 9 / 10))
}

idle_ticks() {
	awk '$1 == "cpu" { print $5 + $6 }' /proc/stat
}

# each_run: a line BODY MODEL ARGS... for each body in each of its models, small. Under the thread
# sanitizer threads are what counts, coroutines on two of them too; it would call the order of
# deadlock's locks a defect.
each_run() {
	local models=${MODELS:?} carriers=1
	if ldd "$WORKLOAD" | grep -q libtsan; then
		export TSAN_OPTIONS=detect_deadlocks=0
		models='threads coroutines' carriers=2
	fi
	"$WORKLOAD" --list | jq -r --arg models "$models" --arg carriers "$carriers" '
		{spin: "--work 2", image: "--work 8 --set size=16", codec: "--work 1 --set size=1",
		 sleep: "--work 2 --set ms=1", mixed: "--work 2 --set ms=1", pingpong: "--work 11",
		 web: "--work 2 --set delay=1", database: "--work 1", counter: "--work 3000 --set form=mutex",
		 lock: "--work 20 --set c=1 --set o=1", pipeline: "--work 9 --set us=1",
		 deadlock: "--set hold=50", crash: "--work 4", tree: "--work 2 --set ms=1 --set steps=100",
		 spawn: "--work 5"} as $small
		| .[] | .name as $name | (.models - (.models - ($models | split(" "))))[] | "\($name) \(.) \($small[$name] // "--work 2")"
			+ if . == "coroutines" and $carriers != "1" then " --threads \($carriers)" else "" end'
}
