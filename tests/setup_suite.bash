# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Before and after the tests of each call of bats: tracefs is mounted where it is not, as perf and
# trace-cmd do for themselves, so that no test of ftrace is skipped for want of it.

setup_suite() {
	local folder=/sys/kernel/tracing
	if ((EUID == 0)) && [[ -z ${SCHEDLAB_NO_ROOT:-} && -d $folder && ! -e $folder/events ]]; then
		# Where the kernel or a container refuses, `requires ftrace` says so.
		mount -t tracefs tracefs "$folder" 2>/dev/null && MOUNTED_TRACEFS=$folder
	fi
	return 0
}

teardown_suite() {
	[[ -z ${MOUNTED_TRACEFS:-} ]] || umount "$MOUNTED_TRACEFS"
}
