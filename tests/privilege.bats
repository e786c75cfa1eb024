#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154 # sh's $; bats sets stderr
# With what privilege and within what limits schedlab records, and what `schedlab check` says of it.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	OPEN=
}

teardown() {
	cd "$BATS_TEST_TMPDIR" || return
	[[ -z $OPEN ]] || rm -rf "$OPEN"
	live_teardown
}

# in_open_folder: the test goes on in a folder that every user may write to, with schedlab in it.
in_open_folder() {
	OPEN=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 777 "$OPEN"
	cp "$SCHEDLAB" "$WORKLOAD" "$OPEN/"
	cd "$OPEN" || return
	export TMPDIR=$OPEN
}

# as_user_with CAPABILITIES COMMAND...: nobody, with none but these (+bpf,+perfmon; - for none).
as_user_with() {
	local caps=-all
	[[ $1 == - ]] || caps=-all,$1
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="$caps" --ambient-caps="$caps" \
		--bounding-set="$caps" "${@:2}"
}

# check_says NAME OK: the row of that name in check.json has .ok so (true, false, null).
check_says() {
	json --arg name "$1" --argjson ok "$2" \
		'[.checks[] | select(.name == $name) | .ok] == [$ok]' check.json
}

# check_ends STATUS COMMAND...: `check` as text and as JSON ends so, each sound by itself.
check_ends() {
	local expected=$1
	shift
	run "-$expected" "$@" check
	printf '%s\n' "$output" >check.txt
	# Names begin in one column, what was found in another; nothing is wider than 100.
	run ! grep -nvE '^((ok|missing|unknown) {1,7}[A-Za-z][A-Za-z ]{0,14} +[^ ]| {24,}[^ ]|$|This machine can)' check.txt
	run ! grep -nE '^.{101,}' check.txt
	run "-$expected" "$@" check --json
	printf '%s\n' "$output" >check.json
	json --argjson good "$((expected == 0))" '.schema == "schedlab.check/1"
		and .can_record == ($good == 1) and (.machine.kernel | type) == "string"
		and ([.checks[] | select((.name | type) == "string" and (.required | type) == "boolean"
			and (.detail | length) > 0 and (.ok == true) == (.remedy == null))]
			| length) == (.checks | length)' check.json
}

# ---- capabilities -------------------------------------------------------------------------------

@test "CAP_BPF and CAP_PERFMON are enough to record and to run" {
	requires root bpf tool:setpriv
	in_open_folder
	as_user_with +bpf,+perfmon ./schedlab record -o x.trace -- sh -c 'seq 1000 | wc -l' >count
	assert_equal "$(cat count)" 1000
	assert_equal "$(stat -c '%u:%g' x.trace)" 65534:65534
	./schedlab report --format json -o "$BATS_TEST_TMPDIR/report.json" x.trace
	as_user_with +bpf,+perfmon ./schedlab run --format json -o spin.json spin -n 2 --work 20
	cd "$BATS_TEST_TMPDIR" || return
	report '.trust.verdict == "whole" and .run.backend == "bpf" and ([.tasks[].comm] | contains(["wc"]))'
	# What needs more is not there, and is not 0.
	report '.trust.observer.probe_s == null and .trust.observer.switches > 0'
	report_is_sound
	report_is_sound "$OPEN/spin.json"
}

@test "check names what CAP_BPF and CAP_PERFMON are not enough for" {
	requires root bpf tool:setpriv
	in_open_folder
	check_ends 0 as_user_with +bpf,+perfmon ./schedlab
	check_says privilege true
	check_says probes true
	check_says 'own cost' false
	grep -q 'hint: as root (CAP_SYS_ADMIN)' check.txt
}

@test "without a capability one line says which is missing, with two remedies" {
	requires root bpf tool:setpriv
	in_open_folder
	local caps missing
	for caps in +bpf +perfmon -; do
		case $caps in
		+bpf) missing='without CAP_PERFMON' ;;
		+perfmon) missing='without CAP_BPF' ;;
		-) missing='without CAP_BPF and CAP_PERFMON' ;;
		esac
		one_failure 125 "$missing" as_user_with "$caps" ./schedlab record -o x.trace -- touch ran
		[[ $stderr == *'sudo schedlab'*'; or '*'setpriv'* ]] || fail "one remedy: $stderr"
		one_failure 125 "$missing" as_user_with "$caps" ./schedlab run -- touch ran
		one_failure 4 "$missing" as_user_with "$caps" ./schedlab run spin
		assert_equal "$(find . -type f -printf '%f\n' | sort | tr '\n' ' ')" 'schedlab schedlab-workload '
		check_ends 4 as_user_with "$caps" ./schedlab
		check_says privilege false
		grep -q "${missing#without }" check.txt
		rm check.txt check.json
	done
}

# ---- containers ---------------------------------------------------------------------------------

@test "in a user namespace schedlab says that its root is nobody to BPF" {
	requires root bpf tool:unshare
	unshare -Ur true || skip 'needs user namespaces'
	one_failure 125 'a user namespace' unshare -Ur "$SCHEDLAB" record --backend bpf -o x.trace -- touch ran
	one_failure 4 'a user namespace' unshare -Ur "$SCHEDLAB" run --backend bpf spin
	# To the file system it still is root, and so it may use ftrace.
	check_ends 0 unshare -Ur "$SCHEDLAB"
	json '.backend == "ftrace"' check.json
	check_says privilege false
	check_says probes null
	assert_file_not_exist ran
	assert_file_not_exist x.trace
}

@test "where task numbers or the clock are not the kernel's nothing is recorded" {
	requires root bpf tool:unshare
	one_failure 125 'a PID namespace' unshare -pf --mount-proc "$SCHEDLAB" record -o x.trace -- touch ran
	check_ends 4 unshare -pf --mount-proc "$SCHEDLAB"
	check_says namespaces false
	one_failure 125 'a time namespace' unshare -T --monotonic 1000 "$SCHEDLAB" record -o x.trace -- touch ran
	one_failure 4 'a time namespace' unshare -T --monotonic 1000 "$SCHEDLAB" run spin
	check_ends 4 unshare -T --monotonic 1000 "$SCHEDLAB"
	check_says namespaces false
	assert_file_not_exist ran
	assert_file_not_exist x.trace
	# One without an offset has the machine's clock; and a command may make its own of either.
	unshare -T "$SCHEDLAB" run --format json -o report.json -- true
	report '.trust.verdict == "whole"'
	traced -- unshare -pf -T --monotonic 1000 --mount-proc true
	report '.trust.verdict == "whole" and ([.tasks[].comm] | contains(["true"]))'
	report_is_sound
}

@test "check says what hidden type information takes away" {
	requires root bpf tool:unshare
	local hidden=(in_own_mounts /sys/kernel/btf sh -c
		'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' sh "$SCHEDLAB")
	# Another way to record may be there.
	run "${hidden[@]}" check --json
	((status == 0 || status == 4))
	printf '%s\n' "$output" >check.json
	check_says BTF false
	check_says tracepoints null
	check_says privilege true
	if jq -e 'has("backend")' check.json >/dev/null; then
		json '.backend != "bpf"' check.json
	else
		assert_equal "$status" 4
	fi
}

@test "check says that this machine can record where it can" {
	requires root bpf
	check_ends 0 "$SCHEDLAB"
	json '[.checks[] | select(.required and .ok != true)] == []' check.json
	"$SCHEDLAB" record -o x.trace -- true
}

# ---- limits -------------------------------------------------------------------------------------

@test "low limits of locked memory and of open files are no hindrance, or are named" {
	requires root bpf
	(ulimit -l 8 && exec "$SCHEDLAB" run --format json -o report.json -- true)
	report '.trust.verdict == "whole"'
	(ulimit -n 64 && exec "$SCHEDLAB" run --format json -o report.json -- true)
	report '.trust.verdict == "whole"'
	local limit
	for limit in 8 16 24 32; do
		(ulimit -n "$limit" && exec "$SCHEDLAB" record -o x.trace -- touch ran) 2>err >out 3>&- && {
			rm x.trace ran
			continue
		}
		cat err >&2
		grep -qi 'open files' err
		grep -q '^hint: .*ulimit -n' err
		assert_equal "$(wc -l <err)" 2
		assert_file_not_exist ran
		assert_file_not_exist x.trace
	done
}
