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

# ended_for_memory VERB: STATUS, out and err are of a run whose allocation failed, and say so.
ended_for_memory() {
	local words
	words=$(<err)
	if ((STATUS == 0)) && [[ $words == 'schedlab: warning: the record is not whole'* ]]; then
		: # it says so: a CPU could not be visited, say
	elif ((STATUS != 0)) || [[ -n $words ]]; then
		((STATUS == 1 || STATUS == 125)) && [[ $words == *$'\nhint: '* && $words != *$'\n'*$'\n'* ]] &&
			[[ ${words,,} =~ 'out of memory'|'cannot allocate memory'|'could not be read' ]]
	elif [[ $1 != record ]]; then
		cmp -s out expected # a report is whole or not at all
	fi
}

# fail_allocations WORKER FROM STEP VERB...: the places in schedlab where it asks for memory get none, each
# STEP-th in turn, until a run has fewer; those in jansson and others not: they have their own faults.
# With FAULTS=all it is each time that it asks. The trace x.trace, in a folder of the worker's.
fail_allocations() {
	local number=$2 step=$3 STATUS
	cd "worker.$1" || return
	shift 3
	while :; do
		STATUS=0
		rm -f count
		FAIL_AT=$number FAIL_COUNT=count FAIL_PROGRAM=schedlab LD_PRELOAD=$PRELOAD timeout -k 5 60 \
			"$SCHEDLAB" "$@" >out 2>err 3>&- || STATUS=$?
		ended_for_memory "$1" || {
			echo "$*: allocation $number: status $STATUS"
			cat err
		} >>"$BATS_TEST_TMPDIR/complaints"
		# Killed by a signal it does not count.
		if [[ -s count ]] && (($(<count) < number)); then
			break
		fi
		number=$((number + step))
	done
	echo "$*: $number" >&2
}

# each_allocation FROM STEP VERB...: side by side on two CPUs.
each_allocation() {
	local from=$1 step=$2 worker workers=()
	shift 2
	if [[ ${FAULTS:-} == all ]]; then
		step=1
	else
		export FAIL_PLACES=1
	fi
	for worker in 0 1; do
		mkdir -p worker.$worker
		[[ $1 == record ]] || cp x.trace expected worker.$worker
		fail_allocations $worker $((from + worker * step)) $((2 * step)) "$@" 3>&- &
		workers+=($!)
	done
	wait "${workers[@]}"
}

@test "each allocation of a report failing ends in \"out of memory\", never in another report" {
	requires root bpf
	[[ -r $PRELOAD ]] || fail 'build it: make test-programs'
	"$SCHEDLAB" record -o x.trace pingpong --work 300
	local from verb
	# Of each two places one, and it is not the same of the report and of its JSON.
	while read -r from verb; do
		# shellcheck disable=SC2086
		"$SCHEDLAB" $verb x.trace >expected
		# shellcheck disable=SC2086
		each_allocation "$from" 2 $verb x.trace
	done <<-'END'
		1 report
		2 report --format json
		1 dump
	END
	no_complaints
}

@test "each allocation of a recording failing ends in \"out of memory\", or the run does without it" {
	requires root bpf
	[[ -r $PRELOAD ]] || fail 'build it: make test-programs'
	each_allocation 1 3 record --backend "$BACKEND" -o x.trace -- true
	export FAIL_IN=libbpf:libc.so
	each_allocation 2 9 record --backend "$BACKEND" -o x.trace -- true
	no_complaints
}
