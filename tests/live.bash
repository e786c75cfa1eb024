# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2119,SC2120,SC2154 # bats sets stderr; arguments with defaults
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
traced() {
	echo "${FAVOUR:-} schedlab run $*" >&2
	# shellcheck disable=SC2086
	${FAVOUR:-} "$SCHEDLAB" run --format json -o report.json "$@" </dev/null
}

# report [JQ-OPTION...] EXPR: it holds of report.json.
report() {
	json "$@" report.json
}

# report_is_sound: every key and every invariant of the contract, by a checker of its own.
report_is_sound() {
	/usr/bin/python3 "$ROOT/tests/check_report.py" "${1:-report.json}"
}

# Percent of the allowed CPUs' time that other tasks took in report.json.
noise() {
	jq '.program.wall_s as $t | [.cpus[] | select(.allowed)]
		| 100 * ([.[].other_s] | add) / ($t * length)' "${1:-report.json}"
}

is_noisy() {
	jq -en --argjson percent "$(noise "$@")" '$percent > 2' >/dev/null
}

# quietly EXPR ARGS...: traces ARGS until EXPR holds. Where it does not, other tasks must have taken
# over 2 %: it is then tried twice more, before those others (a real-time class), and skipped if they
# always did.
quietly() {
	local expr=$1 attempt
	shift
	for attempt in 1 2 3; do
		((attempt == 1)) || local FAVOUR='chrt --rr 1'
		traced "$@"
		report_is_sound
		report '.trust.verdict == "whole"'
		if jq -e "$expr" report.json >/dev/null; then
			return 0
		fi
		is_noisy || break
		echo "attempt $attempt: other tasks took $(noise) %" >&2
	done
	if is_noisy; then
		skip "the machine is not quiet: other tasks took $(noise) % of the CPUs"
	fi
	report "$expr"
}

# Ticks (1/100 s) that the host has taken from this machine since it started.
steal_ticks() {
	awk '/^cpu / { print $9 }' /proc/stat
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
