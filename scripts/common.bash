# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts share: how they speak, run noisy commands, and leave files to their owner.

# Exit statuses as INTERFACE: 1 failed, 2 usage, 4 this machine cannot do it.
# shellcheck disable=SC2034
readonly FAILED=1 USAGE=2 CANNOT=4
script=${0##*/}

say() {
	printf '%s: %s\n' "$script" "$1" >&2
}

# die STATUS WHAT [HINT]
die() {
	say "$2"
	[[ -z ${3:-} ]] || printf 'hint: %s\n' "$3" >&2
	exit "$1"
}

# run_logged WHAT COMMAND...: the command's noise goes to a log that is shown only if it fails.
run_logged() {
	local what=$1 log status=0
	shift
	log=$(mktemp)
	say "$what"
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if ((status)); then
		tail -n 100 "$log" >&2
		say "failed with status $status: $*"
	fi
	rm -f "$log"
	return "$status"
}

# give_back PATH...: under sudo, what root made belongs to the invoking user.
give_back() {
	local path
	[[ ${SUDO_UID:-} =~ ^[0-9]+$ && ${SUDO_GID:-} =~ ^[0-9]+$ ]] || return 0
	((EUID == 0)) || return 0
	for path; do
		[[ ! -e $path ]] || chown -Rh "$SUDO_UID:$SUDO_GID" "$path"
	done
}

# build ROOT [TARGET...]: make, with as many jobs as CPUs; the files are given back also on failure.
build() {
	local root=$1 status=0
	shift
	run_logged 'building' make -s -C "$root" -j"$(nproc)" "$@" || status=$?
	give_back "$root/build"
	((status == 0)) || die "$FAILED" 'the build failed' "the messages above say where; make -C $root V=1 shows the commands"
}

# apt_sites [RELEASE]: "SITE RELEASE" of each source that this machine installs Debian itself from, or
# of one release. Cloud images name a list of mirrors (mirror+file:PATH): its first does.
apt_sites() {
	local site release component
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		while read -r site release component; do
			[[ $component == main && (-z ${1:-} || $release == "$1") ]] || continue
			if [[ $site == mirror+file:* ]]; then
				site=$(grep -oEm1 'https?://[^[:space:]]+' "${site#mirror+file:}") || continue
			fi
			# Third parties have a "main" too, but not a "debian" at the end of their address.
			[[ ${site%/} != */debian && ${site%/} != */debian-security ]] ||
				printf '%s %s\n' "${site%/}" "$release"
		done | sort -u
}

# The mirror of this machine's own Debian release.
apt_mirror() {
	local codename
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	apt_sites "$codename" | awk 'NR == 1 { print $1 }'
}
