# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2119,SC2120,SC2154 # sh's $; bats sets stderr; arguments with defaults
# What the tests of real runs share: `load live` after `load helpers`.

# A folder of the test's own, and the check that nothing is left behind.
live_setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# The tests say themselves who the invoking user is.
	unset SUDO_UID SUDO_GID SUDO_USER
	if ((EUID == 0)); then
		save_kernel_state
	fi
}

live_teardown() {
	assert_kernel_state_unchanged
}

# traced ARGS...: `schedlab run` with its JSON report in report.json. FAVOUR: what it runs under.
# NOISE is then the percent of the CPUs' time that others took meanwhile: by the kernel's and the
# shell's count and not by the program under test, which must not excuse its own failures.
traced() {
	local status=0 busy own start others CPUS BUSY_US OWN_US
	echo "${FAVOUR:-} schedlab run $*" >&2
	count_busy
	start=${EPOCHREALTIME/[.,]/} busy=$BUSY_US own=$OWN_US
	# shellcheck disable=SC2086
	${FAVOUR:-} "$SCHEDLAB" run --format json -o report.json "$@" </dev/null || status=$?
	count_busy
	others=$((BUSY_US - busy - OWN_US + own))
	others=$((others < 0 ? 0 : 1000 * others / ((${EPOCHREALTIME/[.,]/} - start) * CPUS)))
	NOISE=$((others / 10)).$((others % 10))
	return "$status"
}

# traced_unlost ARGS...: as traced, three times at most until no record is lost. Kept from its CPU while
# others switch without end a recorder loses some, and says so.
traced_unlost() {
	local _
	for _ in 1 2 3; do
		traced "$@" || return
		! jq -e '.trust.lost == 0' report.json >/dev/null || return 0
	done
}

# Without a fork, in microseconds: BUSY_US, that all CPUs have been busy, or taken by the host, since the
# machine started, and OWN_US, that this shell's children took. CPUS: how many are online.
count_busy() {
	local lines busy own
	mapfile -t lines </proc/stat
	# cpu, then hundredths of a second: user nice system idle iowait irq softirq steal
	read -ra busy <<<"${lines[0]}"
	BUSY_US=$(((busy[1] + busy[2] + busy[3] + busy[6] + busy[7] + busy[8]) * 10000))
	CPUS=0
	while [[ ${lines[CPUS + 1]} == cpu* ]]; do
		CPUS=$((CPUS + 1))
	done
	# The second line is the children's: 0m0.123s 0m4.567s, user and system.
	times >times.now
	mapfile -t lines <times.now
	IFS='ms., ' read -ra own <<<"${lines[1]}"
	OWN_US=$((((own[0] + own[3]) * 60 + own[1] + own[4]) * 1000000 + (10#${own[2]} + 10#${own[5]}) * 1000))
}

# report [JQ-OPTION...] EXPR: it holds of report.json.
report() {
	json "$@" report.json
}

# report_is_sound: every key and every invariant of the contract, by a checker of its own.
report_is_sound() {
	/usr/bin/python3 "$ROOT/tests/check_report.py" "${1:-report.json}"
}

# is_noisy [PERCENT...]: one of these, default that of the last traced run, is over 2.
is_noisy() {
	printf '%s\n' "${@:-$NOISE}" | awk '$1 > 2 { noisy = 1 } END { exit !noisy }'
}

# quietly EXPR ARGS...: traces ARGS until EXPR holds, three times at most, after the first before
# all other tasks (a real-time class; AGAIN is another way, or none): a host may stand still, or
# give a CPU less, and no counter of this machine shows it. Where EXPR never holds and others took
# over 2 % of the last run, the test is skipped. That a run is sound, and whole or says that it lost
# records, is no matter of luck.
quietly() {
	local expr=$1 attempt
	shift
	for attempt in 1 2 3; do
		((attempt == 1)) || local FAVOUR=${AGAIN-chrt --rr 1}
		traced "$@"
		report_is_sound
		report '.trust.verdict == "whole" or .trust.lost > 0'
		if jq -e '.trust.verdict == "whole" and ('"$expr)" report.json >/dev/null; then
			return 0
		fi
		echo "attempt $attempt: others took $NOISE %" >&2
	done
	if is_noisy; then
		skip "the machine is not quiet: others took $NOISE % of the CPUs"
	fi
	report '.trust.verdict == "whole" and ('"$expr)"
}

# tries_quietly N COMMAND...: as tries; where it never succeeded and others took over 2 % of the last
# traced run, the test is skipped.
tries_quietly() {
	if ! tries "$@"; then
		! is_noisy || skip "the machine is not quiet: others took $NOISE % of the CPUs"
		return 1
	fi
}

# Ticks (1/100 s) that the host has taken from this machine since it started.
steal_ticks() {
	awk '/^cpu / { print $9 }' /proc/stat
}

# in_own_mounts TARGET COMMAND...: COMMAND where what it mounts on TARGET is seen by nobody else.
in_own_mounts() {
	local target=$1
	shift
	if can_unshare_root; then
		unshare -m -- "$@"
		return
	fi
	# In a chroot whose root is no mount point the mount that TARGET is in is made private.
	unshare -m --propagation unchanged -- sh -c 'top=$1
		shift
		until mount --make-rprivate "$top" 2>/dev/null; do
			[ -n "$top" ] || { echo "nothing above the target can be made private" >&2; exit 99; }
			top=${top%/*}
		done
		exec "$@"' sh "$target" "$@"
}

can_unshare_root() {
	unshare -m -- true 2>/dev/null
}

# mountable_folder: prints a new folder for in_own_mounts to mount something on. The test removes it.
mountable_folder() {
	if can_unshare_root; then
		mktemp -d "$BATS_TEST_TMPDIR/mount-XXXXXX"
	else
		mktemp -d /dev/shm/schedlab-test-XXXXXX
	fi
}

# small_folder: SMALL is a folder that in_small_folder mounts something small on.
small_folder() {
	SMALL=$(mountable_folder)
	export SMALL
}

# in_small_folder ARGS...: schedlab ARGS where SMALL has room for SMALL_SIZE, default 64 KiB, or none
# with FULL=1; then a list of what is in SMALL goes to listing, and its file x to kept.trace.
in_small_folder() {
	in_own_mounts "$SMALL" sh -c 'mount -t tmpfs -o "size=${SMALL_SIZE:-64k}" tmpfs "$SMALL" || exit 99
		[ -z "$FULL" ] || dd if=/dev/zero of="$SMALL/fill" bs=4k 2>/dev/null
		"$@"
		status=$?
		find "$SMALL" -type f -printf "%P %s\n" >listing
		[ ! -e "$SMALL/x" ] || cp "$SMALL/x" kept.trace
		exit $status' sh "$SCHEDLAB" "$@"
}

# random_file NAME MEGABYTES: input that takes xz a while.
random_file() {
	head -c "${2}M" /dev/urandom >"$1"
}

is_there() {
	[[ -e $1 ]]
}

# start_traced VERB ARGS...: in the background, with SIGINT and SIGTERM as a terminal's shell leaves them
# (bash ignores SIGINT for what it starts behind). Its pid is in TRACER. The command makes the file ready.
start_traced() {
	rm -f ready
	env --default-signal=INT,TERM "$SCHEDLAB" "$@" </dev/null >stdout 2>stderr 3>&- &
	TRACER=$!
	wait_until 30 is_there ready
}

# ended_with STATUS: the tracer of start_traced ends so.
ended_with() {
	local status=0
	wait "$TRACER" || status=$?
	if ((status != $1)); then
		echo "schedlab ended with $status, not $1; it said:" >&2
		cat stdout stderr >&2
		return 1
	fi
}

# one_failure STATUS WORDS COMMAND...: it ends so, says one line with these words and a hint, and
# nothing else; nothing goes to stdout. argp's usage errors have a pointer to --help for a hint.
one_failure() {
	local expected=$1 words=$2
	shift 2
	echo "$*" >&2
	run "-$expected" --separate-stderr "$@"
	printf '%s\n' "stdout: $output" "stderr: $stderr" >&2
	[[ -z $output && ${stderr_lines[0]} == schedlab*": "*"$words"* ]] || return
	local hint=${stderr#*$'\n'}
	[[ $hint == "hint: "?* && $hint != *$'\n'* ]] ||
		[[ ${hint//$'\n'/ } == 'Try `schedlab'*' --help'*' for more information.' ]]
}

# kill_running: of RUNNING, what a test has started and its end is to find ended.
kill_running() {
	local pid
	for pid in "${RUNNING[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}
