#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # sh's and jq's $; a subshell a test; bats sets stderr
# As whom a command runs, and what of root's it gets: nothing.
bats_require_minimum_version 1.5.0
load helpers
load live

setup() {
	live_setup
	OPEN=
}

teardown() {
	[[ -z $OPEN ]] || rm -rf "$OPEN"
	live_teardown
}

# A copy that every user may run.
open_identity() {
	OPEN=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 755 "$OPEN"
	cp "$HELPERS/identity" "$OPEN/identity"
}

# identity EXPR COMMAND...: it holds of what the traced program says of itself.
identity() {
	local expr=$1
	shift
	echo "$*" >&2
	"$@" >identity.json
	json "$expr" identity.json
}

@test "under sudo the command is the invoking user's, and root is out of its reach" {
	requires root bpf
	open_identity
	local home
	home=$(getent passwd nobody | cut -d: -f6)
	umask 0
	identity '.uid == [65534, 65534, 65534] and .root_again == false and .umask == 18
		and .USER == "nobody" and .LOGNAME == "nobody" and (.groups | index(0) | not)
		and .fds == [0, 1, 2]' \
		env SUDO_UID=65534 SUDO_GID=65534 "$SCHEDLAB" run -o report.txt -- "$OPEN/identity"
	json --arg home "$home" '.HOME == $home and .SHELL != ""' identity.json
	identity '.uid == [65534, 65534, 65534] and .root_again == false' \
		"$SCHEDLAB" run -o report1.txt -u nobody -- "$OPEN/identity"
	identity '.uid == [0, 0, 0] and .USER == "root"' \
		env SUDO_UID=65534 SUDO_GID=65534 "$SCHEDLAB" run -o report2.txt -u root -- "$OPEN/identity"
}

@test "a command gets no descriptor but the standard three, whoever it runs as" {
	requires root bpf
	open_identity
	identity '.fds == [0, 1, 2]' "$SCHEDLAB" run -o report.txt -- "$OPEN/identity" 7<"$OPEN" 9>file
	identity '.fds == [1, 2]' "$SCHEDLAB" run -o report.txt -- "$OPEN/identity" <&-
}

@test "a user that is not there is refused with words, and nothing runs" {
	requires root bpf
	one_failure 125 "can't run as nosuchuser: there is no such user" "$SCHEDLAB" run -u nosuchuser -- touch ran
	one_failure 125 "can't run as nosuchuser: there is no such user" "$SCHEDLAB" record -o x.trace -u nosuchuser -- touch ran
	one_failure 125 'number 54321 by SUDO_UID' env SUDO_UID=54321 SUDO_GID=54321 \
		"$SCHEDLAB" run -- touch ran
	assert_file_not_exist ran
	assert_file_not_exist x.trace
}

@test "a setuid copy refuses to run" {
	requires root tool:setpriv
	OPEN=$(mktemp -d /tmp/schedlab-test-XXXXXX)
	chmod 755 "$OPEN"
	cp "$SCHEDLAB" "$OPEN/schedlab"
	chmod u+s "$OPEN/schedlab"
	one_failure 4 'must not be installed setuid' setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$OPEN/schedlab" run -- id
}
