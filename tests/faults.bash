# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of injected faults share: `load faults` after `load live`. BACKEND: which way to record.

# The command opens few files then: the number of a call that fails is one of the recorder's, not its.
export LC_ALL=C

# is_said_truly FOLDER LINE...: the record there is whole; by ftrace, to which this kernel may not give
# each switch, it may lack something, if the recorder has said so.
is_said_truly() {
	local folder=$1 verdict=whole status=0
	shift
	if [[ $BACKEND == ftrace && $# == 1 && $1 == 'schedlab: warning: the record is not whole'* ]]; then
		verdict=lossy status=3
	else
		(($# == 0)) || return
	fi
	"$SCHEDLAB" report --format json -o "$folder/report.json" "$folder/x.trace" || (($? == status)) || return
	jq -e --arg verdict "$verdict" '.trust.verdict == $verdict and .run.exit_status == 0' "$folder/report.json"
}

# ended_clearly STATUS FOLDER: a recording in FOLDER, of a command that makes the file ran, ended so.
ended_clearly() {
	local folder=$2 lines
	mapfile -t lines <"$folder/err"
	case $1 in
	0)
		# Done, and what it says of itself is true.
		[[ -e $folder/ran && -e $folder/x.trace ]] && is_said_truly "$folder" "${lines[@]}"
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
# ld.so.cache. Of those that differ only in numbers the first, of bpf the last too; of hwloc's openings,
# whose folder is -1, the first and the last. All with FAULTS=all.
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
			hwloc = what ~ /^openat\(-?N/
			what = substr(what, 1, hwloc ? 10 : 45)
			if (all == "all" || !(what in first))
				first[what] = number
			last[what] = call == "bpf(" || hwloc ? number : first[what]
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
