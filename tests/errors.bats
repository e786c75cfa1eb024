#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # sh's $; bats sets stderr
# What goes wrong: one line with what failed, one with the remedy, the right status, nothing left over.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	OPEN=
	SMALL=
	mkdir scratch
	export TMPDIR=$BATS_TEST_TMPDIR/scratch
}

# No scratch folder, no trace and nothing that a command would have made is left, whatever happened.
teardown() {
	[[ -z $OPEN ]] || rm -rf "$OPEN"
	if [[ -n $SMALL ]]; then
		# Mounted, it would not go.
		rmdir "$SMALL"
	fi
	assert_equal "$(ls scratch)" ''
	assert_file_not_exist ran
	assert_file_not_exist x.trace
	live_teardown
}

# refused STATUS WORDS ARGS...: schedlab ARGS fails so.
refused() {
	one_failure "$1" "$2" "$SCHEDLAB" "${@:3}"
}

# ---- usage --------------------------------------------------------------------------------------

@test "an unknown verb or no verb is a usage error" {
	refused 2 "there is no verb 'frobnicate'" frobnicate
	run --separate-stderr "$SCHEDLAB"
	assert_equal "$status" 2
	[[ -z $output && $stderr == Usage:* ]]
}

@test "an unknown option is a usage error of each verb, and 125 with a command" {
	local verb
	for verb in run record report dump compare lab check list; do
		refused 2 "unrecognized option '--frobnicate'" "$verb" --frobnicate
	done
	refused 125 "unrecognized option '--frobnicate'" run --frobnicate -- touch ran
	refused 125 "unrecognized option '--frobnicate'" record --frobnicate -o x.trace -- touch ran
}

@test "a number out of its range is refused, with the range" {
	refused 2 "'0' is not a number from 1 to " run spin -n 0
	refused 2 "'1000001' is not a number from 1 to 1000000" run spin -n 1000001
	refused 2 "'99999999999999999999' is not a number from 1 to " run spin -n 99999999999999999999
	local bad
	for bad in -1 1x 0x10 '' ' 1' 1.5 one; do
		refused 2 "'$bad' is not a number from 1 to " run spin "--units=$bad"
		refused 2 "'$bad' is not a number from 1 to " run spin "--work=$bad"
	done
	for bad in 0 -1 nan inf 1e9 x; do
		refused 125 "'$bad' is not a time from " run "--duration=$bad" -- touch ran
	done
	refused 125 "'1K' is not a size from " run --buffer 1K -- touch ran
	refused 125 "'99G' is not a size from " run --buffer 99G -- touch ran
	for bad in 9999 1-0 '0,' ',0' a 0-; do
		refused 125 "'$bad' is not a list of CPUs" run --cpus "$bad" -- touch ran
	done
	refused 2 "'-1' is not a number from 0 to " dump --cpu=-1 x
	refused 2 "'x' is not a time" dump --from x x
	for bad in -1 2h 1e3 . 1. 0.0000000001 .5 99999999999; do
		refused 2 "'$bad' is not a time" report "--from=$bad" x
	done
	refused 2 '--from is to be before --to' report --from 2 --to 2000ms x
	for bad in 0 -1 all 4294967296; do
		refused 2 "'$bad' is not a number from 1 to " report "--top=$bad" x
	done
}

@test "a wrong word for an option is refused, with the right ones" {
	refused 2 "'fibres' is not serial, processes, threads or coroutines" run spin --as fibres
	refused 2 "'xml' is not text or json" run --format xml spin
	refused 2 "'xml' is not text or json" report --format xml x
	refused 2 "'x' is not KEY=VALUE" run spin --set x
	refused 2 "'dtrace' is not bpf or ftrace" run --backend dtrace spin
	refused 2 "'puce' is not auto, always or never" run spin --color puce
}

@test "too much and too little on the command line are refused" {
	refused 2 'name a workload' run
	refused 125 'no command' run --
	refused 2 "'b' is one name too many" run spin b
	refused 125 "'spin' is one name too many" run spin -- touch ran
	refused 125 'go with a bundled workload' run -n 2 -- touch ran
	refused 2 'name the trace' record spin
	refused 125 'name the trace' record -- touch ran
	refused 2 'name a trace' report
	refused 2 'one trace too many' report a b
	refused 2 'name a trace' dump
}

@test "an unknown workload, or a parameter that it does not have, is a usage error" {
	requires root bpf
	refused 2 "'spinn': no such body" run spinn
	refused 2 'no such parameter' run spin --set nothing=1
	refused 2 "'spinn': no such body" record -o x.trace spinn
}

# ---- the command --------------------------------------------------------------------------------

@test "a command that is not there ends with 127, one that can't be executed with 126" {
	requires root bpf
	: >plain
	mkdir folder
	local verb
	for verb in 'run' 'run --trace x.trace' 'record -o x.trace' 'run --strict -o x.trace'; do
		# shellcheck disable=SC2086
		refused 127 'nosuchcommand: command not found' $verb -- nosuchcommand
		# shellcheck disable=SC2086
		refused 127 './missing: command not found' $verb -- ./missing
		# shellcheck disable=SC2086
		refused 126 "./plain can't be executed: Permission denied" $verb -- ./plain
		# shellcheck disable=SC2086
		refused 126 "./folder can't be executed" $verb -- ./folder
	done
	printf 'no program\n' >garbage
	chmod +x garbage
	printf '#!/nonexistent/interpreter\n' >script
	chmod +x script
	# As env and timeout: the shell runs what has no format, and a missing interpreter is "not found".
	refused 127 './script: command not found' run -- ./script
}

@test "CPUs that are not there and a user that is not there are refused" {
	requires root bpf
	[[ ! -e /sys/devices/system/cpu/cpu1023 ]] || skip 'this machine has 1024 CPUs'
	refused 125 "can't be bound to CPUs 1023" run --cpus 1023 -- touch ran
	refused 2 "can't be bound to CPUs 1023" run --cpus 1023 spin
	refused 125 "can't run as nosuchuser" run -u nosuchuser -- touch ran
	refused 125 "can't run as nosuchuser" record -o x.trace -u nosuchuser -- touch ran
}

# ---- the machine --------------------------------------------------------------------------------

@test "without privilege schedlab says so: 125 with a command, else 4" {
	requires root bpf tool:setpriv
	OPEN=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 777 "$OPEN"
	cp "$SCHEDLAB" "$WORKLOAD" "$OPEN/"
	cd "$OPEN"
	local nobody=(env TMPDIR=/tmp setpriv --reuid 65534 --regid 65534 --clear-groups ./schedlab)
	one_failure 125 'privilege' "${nobody[@]}" run -- touch ran
	one_failure 125 'privilege' "${nobody[@]}" record -o x.trace -- touch ran
	one_failure 4 'privilege' "${nobody[@]}" run spin
	one_failure 4 'privilege' "${nobody[@]}" record -o x.trace spin
	[[ $stderr == *sudo* ]]
	assert_equal "$(ls)" "$(printf '%s\n' schedlab schedlab-workload)"
	assert_equal "$(find /tmp -maxdepth 1 -name 'schedlab-*' -user 65534)" ''
	cd "$BATS_TEST_TMPDIR"
}

@test "with the kernel's type information hidden BPF is refused where it is asked for" {
	requires root bpf tool:unshare
	local hidden=(in_own_mounts /sys/kernel/btf sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' sh
		"$SCHEDLAB")
	one_failure 125 'BTF' "${hidden[@]}" run --backend bpf -- touch ran
	one_failure 4 'BTF' "${hidden[@]}" run --backend bpf spin
	one_failure 4 'BTF' "${hidden[@]}" record --backend bpf -o x.trace spin
}

# ---- the output ---------------------------------------------------------------------------------

@test "a disk that fills up while recording ends in words, and the command runs to its end" {
	requires root bpf tool:unshare
	small_folder
	one_failure 125 'No space left on device' in_small_folder record -o "$SMALL/x" -- \
		sh -c '"$WORKLOAD" pingpong --work 30000 >truth.json'
	jq -e '.units | length == 2' truth.json
	one_failure 1 'No space left on device' in_small_folder run --trace "$SMALL/x" pingpong --work 30000
	# The scratch trace of `run` is taken away also then.
	TMPDIR=$SMALL one_failure 1 'No space left on device' in_small_folder run pingpong --work 30000
	assert_equal "$(cat listing)" ''
}

@test "where there is no room at all nothing runs and nothing is left" {
	requires root bpf tool:unshare
	small_folder
	FULL=1 one_failure 125 'No space left on device' in_small_folder record -o "$SMALL/x" -- touch ran
	assert_equal "$(cut -d' ' -f1 listing)" fill
}

@test "a report that can't be written fails, and the command has run" {
	requires root bpf
	one_failure 125 "the report can't be written: No space left on device" \
		sh -c '"$SCHEDLAB" run -- true >/dev/full'
	one_failure 1 "the report can't be written: No space left on device" \
		sh -c '"$SCHEDLAB" run spin --work 1 >/dev/full'
	one_failure 125 "the report can't be written" sh -c '"$SCHEDLAB" run -- true >&-'
	one_failure 1 "the report can't be written" sh -c '"$SCHEDLAB" run spin --work 1 >&-'
}

@test "verbs without a kernel say when their output can't be written" {
	requires root bpf
	"$SCHEDLAB" record -o whole.trace -- true
	local verb
	for verb in report dump; do
		one_failure 1 "can't be written" sh -c '"$SCHEDLAB" "$1" whole.trace >/dev/full' sh "$verb"
		one_failure 1 "can't be written" sh -c '"$SCHEDLAB" "$1" whole.trace >&-' sh "$verb"
	done
}
