#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each system call and each allocation of a recording fails in turn: one clear line and a hint, or the
# run succeeds without what failed; never a crash, a hang, or a word that is not true.
#
# FAULTS=all tries each with each error, which takes some minutes; else the errors take turns.
bats_require_minimum_version 1.5.0
load helpers
load live
load faults

# Hundreds of runs in one test: room for a machine on which others work too.
export BATS_TEST_TIMEOUT=600

setup() {
	live_setup
	# Each way by itself: left to choose, the one stands in for the other.
	BACKEND=bpf
	PRELOAD=$BUILD/tests/preload/fail_malloc.so
}

teardown() {
	live_teardown
}

@test "each bpf call failing ends in one clear line, or the run does without it" {
	requires root bpf tool:strace
	each_failing bpf EPERM ENOMEM EINVAL ENOSYS
	no_complaints
}

@test "each opening of a file failing ends in one clear line, or the run does without it" {
	requires root bpf tool:strace
	each_failing openat EACCES EMFILE ENOENT
	no_complaints
}

@test "each mapping, descriptor and process that is refused ends in one clear line" {
	requires root bpf tool:strace
	each_failing mmap ENOMEM
	each_failing epoll_create1 EMFILE ENFILE
	each_failing epoll_ctl ENOSPC ENOMEM
	each_failing clone EAGAIN ENOMEM
	each_failing pipe2 EMFILE
	each_failing pidfd_open EMFILE
	each_failing signalfd4 EMFILE
	no_complaints
}

@test "what a bundled workload needs and does not get is one clear line" {
	requires root bpf tool:strace
	one_failure 1 "can't be prepared: Too many open files" strace -f --seccomp-bpf -qq -o calls \
		-e trace=memfd_create -e inject=memfd_create:error=EMFILE:when=1 "$SCHEDLAB" run spin --work 1
}

# ---- memory -------------------------------------------------------------------------------------

# fail_allocations FROM STEP VERB...: an allocation of schedlab's own fails, each STEP-th in turn,
# until a run has fewer; in jansson and others not: they have their own faults. The trace x.trace.
fail_allocations() {
	local number=$1 step=$2 status
	shift 2
	while :; do
		status=0
		rm -f count
		FAIL_AT=$number FAIL_COUNT=count FAIL_PROGRAM=schedlab LD_PRELOAD=$PRELOAD timeout -k 5 60 \
			"$SCHEDLAB" "$@" >out 2>err 3>&- || status=$?
		if ((status == 0)) && grep -q '^schedlab: warning: the record is not whole' err; then
			: # it says so: a CPU could not be visited, say
		elif ((status != 0)) || [[ -s err ]]; then
			if ((status != 1 && status != 125)) || (($(wc -l <err) != 2)) ||
				! grep -qiE 'out of memory|cannot allocate memory|could not be read' err || ! grep -q '^hint: ' err; then
				{
					echo "allocation $number: status $status"
					cat err
				} >>complaints
			fi
		elif [[ $1 != record ]]; then
			# A report is whole or not at all.
			cmp -s out expected || echo "allocation $number: another report, and status 0" >>complaints
		fi
		# Killed by a signal it does not count.
		if [[ -s count ]] && (($(cat count) < number)); then
			break
		fi
		number=$((number + step))
	done
	echo "$*: $number" >&2
}

@test "each allocation of a report failing ends in \"out of memory\", never in another report" {
	requires root bpf
	[[ -r $PRELOAD ]] || fail 'build it: make test-programs'
	"$SCHEDLAB" record -o x.trace pingpong --work 300
	local step verb
	# FAULTS=all tries each; else each few, not the same ones of each.
	while read -r step verb; do
		[[ ${FAULTS:-} != all ]] || step=1
		# shellcheck disable=SC2086
		"$SCHEDLAB" $verb x.trace >expected
		# shellcheck disable=SC2086
		fail_allocations 1 "$step" $verb x.trace
	done <<-'END'
		3 report
		5 report --format json
		5 dump
	END
	no_complaints
}

@test "each allocation of a recording failing ends in \"out of memory\", or the run does without it" {
	requires root bpf
	[[ -r $PRELOAD ]] || fail 'build it: make test-programs'
	local step=7
	[[ ${FAULTS:-} != all ]] || step=1
	fail_allocations 1 "$step" record --backend "$BACKEND" -o x.trace -- true
	export FAIL_IN=libbpf:libc.so
	[[ ${FAULTS:-} == all ]] || step=61
	fail_allocations 40 "$step" record --backend "$BACKEND" -o x.trace -- true
	no_complaints
}
