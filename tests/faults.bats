#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each system call and each allocation of a recording fails in turn: one clear line and a hint, or the
# run succeeds without what failed; never a crash, a hang, or a word that is not true.
#
# FAULTS=all tries each with each error, which takes some minutes; else the errors take turns.
bats_require_minimum_version 1.5.0
load helpers
load live

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

# ended_clearly STATUS FOLDER: a recording in FOLDER, of a command that makes the file ran, ended so.
ended_clearly() {
	local folder=$2 lines
	mapfile -t lines <"$folder/err"
	case $1 in
	0)
		# Done, and what it says of itself is true.
		[[ -e $folder/ran && -e $folder/x.trace && ${#lines[@]} -eq 0 ]] &&
			"$SCHEDLAB" report --format json -o "$folder/report.json" "$folder/x.trace" &&
			jq -e '.trust.verdict == "whole" and .run.exit_status == 0' "$folder/report.json"
		;;
	125)
		# One line and its hint. What has not run has left no trace.
		((${#lines[@]} == 2)) && [[ ${lines[0]} == "schedlab: "* && ${lines[1]} == "hint: "?* ]] &&
			! grep -qE 'libbpf|\(null\)|[-][0-9]+$' "$folder/err" &&
			[[ -e $folder/ran || ! -e $folder/x.trace ]]
		;;
	*) false ;;
	esac >/dev/null 2>&1
}

# complain STATUS FOLDER WHAT: appends to the file complaints.
complain() {
	{
		printf '%s: status %s, %s\n' "$3" "$1" "$(find "$2" -type f -printf '%f ')"
		cat "$2/err"
	} >>"$BATS_TEST_TMPDIR/complaints"
}

# fail_call CALL N ERROR FOLDER: a recording whose N-th CALL fails. 1: it has fewer.
fail_call() {
	local call=$1 number=$2 error=$3 folder=$4 status=0
	rm -rf "$folder"
	mkdir "$folder"
	(cd "$folder" && exec timeout -k 5 60 strace -f --seccomp-bpf -qq -o calls -e "trace=$call" \
		-e "inject=$call:error=$error:when=$number" \
		"$SCHEDLAB" record --backend "$BACKEND" -o x.trace -- touch ran >out 2>err </dev/null 3>&-) || status=$?
	grep -qm 1 INJECTED "$folder/calls" || return 1
	ended_clearly "$status" "$folder" || complain "$status" "$folder" "$call number $number: $error"
}

# fail_numbers WORKER CALL ERROR...: of the numbers in the file numbers, each second.
fail_numbers() {
	local worker=$1 call=$2 errors=("${@:3}") number error line=0
	while read -r number; do
		((line++ % 2 == worker)) || continue
		for error in "${errors[@]}"; do
			[[ ${FAULTS:-} == all ]] || error=${errors[line / 2 % ${#errors[@]}]}
			fail_call "$call" "$number" "$error" "$BATS_TEST_TMPDIR/worker.$worker" || return 0
			[[ ${FAULTS:-} == all ]] || break
		done
	done <numbers
}

# numbers_of CALL: which of the recorder's calls to fail. Not the loader's own, before it has unmapped
# ld.so.cache. Of those that differ only in numbers the first, of bpf the last too; all with FAULTS=all.
numbers_of() {
	strace -f --seccomp-bpf -o reference -e "trace=$1,munmap" "$SCHEDLAB" record --backend "$BACKEND" -o x.trace -- true 3>&-
	awk -v call="$1(" -v all="${FAULTS:-}" '
		NR == 1 { recorder = $1 }
		$1 != recorder { next }
		/munmap/ { loaded = 1 }
		index($2, call) != 1 || !++number || !loaded { next }
		{
			what = $0
			sub(/^[0-9]+ +/, "", what)
			sub(/".*/, index($1, "bpf") ? "" : "&", what)
			gsub(/0x[0-9a-f]+|[0-9]+/, "N", what)
			what = substr(what, 1, 45)
			if (all == "all" || !(what in first))
				first[what] = number
			last[what] = call == "bpf(" ? number : first[what]
			if (all == "all")
				print number
		}
		END {
			for (what in first)
				if (all != "all") {
					print first[what]
					print last[what]
				}
		}' reference | sort -nu
}

# each_failing CALL ERROR...: side by side on two CPUs. Prints how many.
each_failing() {
	numbers_of "$1" >numbers
	(($(wc -l <numbers) > 0))
	echo "$1: $(wc -l <numbers) of them" >&2
	fail_numbers 0 "$@" 3>&- &
	local other=$!
	fail_numbers 1 "$@"
	wait "$other"
}

no_complaints() {
	if [[ -s $BATS_TEST_TMPDIR/complaints ]]; then
		cat "$BATS_TEST_TMPDIR/complaints" >&2
		return 1
	fi
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
	# They share all but their printing, so each allocation is tried of one and each few of the others.
	while read -r step verb; do
		[[ ${FAULTS:-} != all ]] || step=1
		# shellcheck disable=SC2086
		"$SCHEDLAB" $verb x.trace >expected
		# shellcheck disable=SC2086
		fail_allocations 1 "$step" $verb x.trace
	done <<-'END'
		1 report
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
