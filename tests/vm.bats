#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # jq's $
# Other machines, on this one: a guest of eight CPUs under QEMU's emulation.
bats_require_minimum_version 1.5.0
export BATS_TEST_TIMEOUT=240
load helpers
load live

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# guest COMMAND...: its stdout to stdout.txt
guest() {
	"$ROOT/scripts/vm" --timeout 200 -- "$@" >stdout.txt 2>stderr.txt || {
		local status=$?
		cat stderr.txt >&2
		return "$status"
	}
}

@test "seven idle CPUs of eight are idle, and none of their time is unknown" {
	requires qemu
	guest schedlab run --format json spin --as threads -n 1 --work 300
	mv stdout.txt report.json
	report_is_sound
	report '(.cpus | length) == 8 and all(.cpus[]; .unknown_s == 0 and .offline_s == 0)'
	report '.trust.verdict == "whole" and .trust.unknown_s == 0'
	report '.program.wall_s as $t | [.cpus[] | select(.idle_s > 0.5 * $t)] | length >= 6'
	report '.program.verdict == "sequential" and .program.tlp <= 1.005'
}
