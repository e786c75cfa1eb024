#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What schedlab says of itself.
bats_require_minimum_version 1.5.0
load helpers

VERBS='run record report dump compare lab check list'

# fits COLUMNS: $output, which is not empty.
fits() {
	[[ -n $output ]]
	if LC_ALL=C.UTF-8 grep -nE "^.{$(($1 + 1)),}" <<<"$output"; then
		fail "wider than $1 columns"
	fi
}

@test "--help names every verb and fits 100 columns" {
	local verb option
	for option in --help -h help; do
		run --separate-stderr "$SCHEDLAB" "$option"
		assert_success
		fits 100
		[[ -z $stderr ]]
		for verb in $VERBS; do
			assert_line --regexp "^  $verb +[a-z]"
		done
	done
}

@test "--help of each verb shows its options, ends with 0 and fits 100 columns" {
	local verb
	for verb in $VERBS; do
		echo "$verb" >&2
		run --separate-stderr "$SCHEDLAB" "$verb" --help
		assert_success
		fits 100
		[[ -z $stderr ]]
		assert_line --partial "Usage: schedlab $verb"
		run --separate-stderr "$SCHEDLAB" "$verb" --usage
		assert_success
		fits 100
	done
}

@test "--help describes each option that INTERFACE.md gives run and that is there" {
	run "$SCHEDLAB" run --help
	local option
	for option in as units work set nice cpus user duration buffer strict anonymous quiet verbose \
		format output color trace system-wide top all; do
		assert_line --regexp "^ .*--$option\b"
	done
}

# at WORDS FILE: the number of the first line with them.
at() {
	grep -nF -m1 -e "$1" "$2" | cut -d: -f1
}

@test "--help shows each option of run and record under its heading" {
	local verb before words
	cd "$BATS_TEST_TMPDIR" || exit
	for verb in run record; do
		"$SCHEDLAB" "$verb" --help >help
		before=0
		for words in 'A bundled workload:' --units= 'The command or the workload:' --cpus= \
			'Instead of one' --pid= 'The recording:' --strict; do
			(($(at "$words" help) > before)) || fail "$verb: $words"
			before=$(at "$words" help)
		done
	done
	"$SCHEDLAB" report --help >help
	for words in --from=T --to=T 'The report:' --all --format= --top=N; do
		[[ -n $(at "$words" help) ]] || fail "report: $words"
	done
}

@test "--version is one line" {
	local option
	for option in --version version; do
		run --separate-stderr "$SCHEDLAB" "$option"
		assert_success
		assert_output --regexp '^schedlab [0-9]+\.[0-9]+\.[0-9]+$'
	done
	run "$SCHEDLAB" run --version
	assert_failure
}

@test "help needs neither root nor a kernel" {
	requires root tool:setpriv
	local folder
	folder=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 755 "$folder"
	cp "$SCHEDLAB" "$folder/"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$folder/schedlab" run --help
	rm -rf "$folder"
	assert_success
}

@test "the README has no place left to be filled in" {
	run ! grep -nE '@[A-Z]+@' "$ROOT/README.md"
}
