# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every .bats file loads first: `load helpers`. Paths, gates (`requires`), and the check that a
# test left nothing behind in the kernel.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD
SCHEDLAB=$BUILD/schedlab
WORKLOAD=$BUILD/schedlab-workload
# The build's own test programs, made from tests/helpers/*.c.
HELPERS=$BUILD/tests/helpers
export ROOT BUILD SCHEDLAB WORKLOAD HELPERS
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300}
# What the tests import leaves nothing in the tree.
export PYTHONDONTWRITEBYTECODE=1

# Not their load.bash, which forks for each of its files: before each test that is what takes longest.
for library in bats-support bats-assert bats-file; do
	for folder in /usr/lib/bats /usr/lib /usr/local/lib; do
		if [[ -d $folder/$library/src ]]; then
			for file in "$folder/$library"/src/*.bash; do
				# shellcheck source=/dev/null
				source "$file"
			done
			break
		fi
	done
done
unset library folder file

# ---- gates --------------------------------------------------------------------------------------

# requires WORD...: skips the test, saying why, where the machine lacks one of
#   root     uid 0 (and not tests/run --no-root)
#   ftrace   root, and a tracefs that has the scheduler's events; where none is mounted
#            setup_suite.bash has done so
#   bpf      root, BTF, and a kernel that lets root use BPF: probed without schedlab, so that a
#            schedlab that cannot load is a failure and not a skip
#   smp      two CPUs or more, to run on
#   perf     perf that may record scheduler events
#   qemu     what scripts/vm boots a guest with
#   tool:X   the program X
# A word that is not in this list fails the test: a typo must not turn one off.
requires() {
	local word reason
	for word; do
		reason=
		case $word in
		root) reason=$(lacks_root) ;;
		bpf) reason=$(lacks_bpf) ;;
		ftrace) reason=$(lacks_ftrace) ;;
		smp) (($(nproc) >= 2)) || reason='needs two CPUs or more' ;;
		perf) reason=$(lacks_perf) ;;
		qemu) reason=$(lacks_qemu) ;;
		tool:?*) reason=$(lacks_tool "${word#tool:}") ;;
		*)
			echo "requires: '$word' is no known word" >&2
			return 1
			;;
		esac
		[[ -z $reason ]] || skip "$reason"
	done
}

lacks_root() {
	if ((EUID != 0)); then
		echo 'needs root'
	elif [[ -n ${SCHEDLAB_NO_ROOT:-} ]]; then
		echo 'needs root (left out by --no-root)'
	fi
}

lacks_bpf() {
	if [[ -n $(lacks_root) ]]; then
		lacks_root
	elif [[ ! -s /sys/kernel/btf/vmlinux ]]; then
		echo 'needs BPF with BTF: there is no /sys/kernel/btf/vmlinux'
	elif ! kernel_lists_bpf; then
		echo 'needs BPF: the kernel does not list its programs'
	fi
}

# What save_kernel_state has found, where it was called.
kernel_lists_bpf() {
	[[ -v KERNEL_STATE_STATUS ]] || save_kernel_state
	((KERNEL_STATE_STATUS == 0))
}

lacks_ftrace() {
	if [[ -n $(lacks_root) ]]; then
		lacks_root
	elif [[ ! -r /sys/kernel/tracing/events/sched/sched_switch/format ]]; then
		echo 'needs ftrace: there is no /sys/kernel/tracing/events/sched/sched_switch'
	fi
}

lacks_perf() {
	if [[ -n $(lacks_root) ]]; then
		lacks_root
	elif [[ -n $(lacks_tool perf) ]]; then
		lacks_tool perf
	elif ! perf record -q -o /dev/null -e sched:sched_switch true >/dev/null 2>&1; then
		echo 'needs perf record -e sched:sched_switch to work'
	fi
}

lacks_qemu() {
	local tool
	for tool in qemu-system-x86_64 busybox cpio; do
		lacks_tool "$tool" | grep . && return
	done
	return 0
}

lacks_tool() {
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || echo "needs the program $1"
}

# ---- small helpers ------------------------------------------------------------------------------

# json [JQ-OPTION...] EXPR FILE: EXPR holds of FILE; else shows what there was.
json() {
	local file=${*: -1} expr=${*: -2:1}
	if ! jq -e "$@" >/dev/null; then
		{
			echo "does not hold of $file: $expr"
			head -c 4000 "$file"
		} >&2
		return 1
	fi
}

# tries N COMMAND...: it succeeds, at the latest the N-th time. For what only the machine can spoil,
# by standing still for a moment or by giving a CPU less, and no more: its functions test by status
# (set -e is off in them), and what holds of any run, however slow, is asserted outside.
tries() {
	local left=$1
	shift
	until "$@"; do
		((--left)) || return 1
		echo "once more: $*" >&2
	done
}

# wait_until SECONDS COMMAND...: polls; on a time-out names the command.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if ((SECONDS >= end)); then
			echo "timed out waiting for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# ---- nothing is left behind ---------------------------------------------------------------------

# In setup(): save_kernel_state. In teardown(): assert_kernel_state_unchanged. Only what is new
# counts, and it gets 20 s to go away: the kernel frees BPF objects after a grace period. What is
# seen but once is another tracer's that comes and goes.
save_kernel_state() {
	KERNEL_STATE_STATUS=0
	KERNEL_STATE=$("$HELPERS/leftovers") || KERNEL_STATE_STATUS=$?
}

assert_kernel_state_unchanged() {
	local end=$((SECONDS + 20)) state new was='' left
	[[ -v KERNEL_STATE ]] || return 0
	while :; do
		state=$("$HELPERS/leftovers") || true
		[[ $state != "$KERNEL_STATE" ]] || return 0
		new=$(comm -13 <(sort <<<"$KERNEL_STATE") <(sort <<<"$state"))
		[[ -n $new ]] || return 0
		left=$(comm -12 <(printf '%s\n' "$was") <(printf '%s\n' "$new"))
		[[ -n $left || -z $was ]] || return 0
		[[ -z $left ]] || ((SECONDS < end)) || break
		was=$new
		sleep 0.2
	done
	{
		echo 'left behind, or new in the kernel log:'
		printf '%s\n' "$left"
	} >&2
	return 1
}
