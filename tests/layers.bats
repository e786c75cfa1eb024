#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who may include whom in userspace/.

load helpers

# A room leans on those before it; what lies in userspace/ itself, the verbs, on all.
ROOMS=(common machine trace tasks resolve timeline summary report compare record lab)

@test "no room of userspace leans on a later one" {
	local room later
	for ((i = 0; i < ${#ROOMS[@]}; i++)); do
		room=${ROOMS[i]}
		later=$(IFS='|' && echo "${ROOMS[*]:i+1}")
		run grep -nE "^#include \"(${later:-verbs}/|cmd_|check_|run_verb|commands)" "$ROOT/userspace/$room"/*.[ch]
		assert_output ''
	done
}

@test "every folder of userspace is such a room" {
	run find "$ROOT/userspace" -mindepth 1 -type d -printf '%f\n'
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "${ROOMS[@]}" | sort)"
}
