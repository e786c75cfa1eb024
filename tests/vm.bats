#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2094 # jq's $; file names
# Another machine, on this one: a guest under QEMU's emulation, of 2 sockets, each a NUMA node, of
# 2 cores of 2 threads. It is booted once for all tests.
bats_require_minimum_version 1.5.0
export BATS_TEST_TIMEOUT=560 # of which a boot may take 250, and one that hangs first about 40
load helpers
load live

# Two tasks, and for a while one CPU for them.
HOTPLUG='timeout 1 sh -c "while :; do :; done" & timeout 1 sh -c "while :; do :; done" &
	sleep 0.2
	echo 0 >/sys/devices/system/cpu/cpu3/online
	sleep 0.2
	echo 1 >/sys/devices/system/cpu/cpu3/online
	wait'

# What a group of half a CPU was throttled for, by its own account once nobody is in it, goes to
# own$1.json.
QUOTA='throttled() { awk "/^throttled_usec/ { print \$2 / 1e6 }" /sys/fs/cgroup/half/cpu.stat; }
	before=$(throttled)
	echo $$ >/sys/fs/cgroup/half/cgroup.procs
	sleep 0.5
	timeout 1 sh -c "while :; do :; done"
	echo $$ >/sys/fs/cgroup/cgroup.procs
	sleep 0.2
	awk "BEGIN { print $(throttled) - $before }" >"own$1.json"'

# Limits that no test should set on a machine that others use, and what spawn says of each.
LIMITS='spawn() { schedlab-workload spawn --set hold=yes --set cap=5000 "$@"; }
	before=$(cat /proc/sys/kernel/threads-max)
	echo 400 >/proc/sys/kernel/threads-max
	spawn --as threads >threads-max.json
	echo "$before" >/proc/sys/kernel/threads-max
	mkdir /sys/fs/cgroup/few
	echo "+pids +memory" >/sys/fs/cgroup/cgroup.subtree_control
	echo 30 >/sys/fs/cgroup/few/pids.max
	echo 60M >/sys/fs/cgroup/few/memory.max
	echo $$ >/sys/fs/cgroup/few/cgroup.procs
	spawn --as processes >pids.max.json
	spawn --as coroutines >memory.json'

# guest [--add FILE]...: boots it, and what it has recorded comes as an archive.
guest() {
	"$ROOT/scripts/vm" --numa --timeout 250 --add "$HELPERS/walk" --add "$ROOT/tests/both_ways.sh" "$@" -- \
		sh -ec '
			mkdir files && cd files
			schedlab run --format json -o alone.json spin --as threads -n 1 --work 300
			schedlab run --format json -o siblings.json --cpus 0,1 spin --as threads -n 2 --work 300
			schedlab run --format json -o walk.json --cpus 0 -- "$1" 1 2 4 0
			schedlab run --format json -o hotplug.json --cpus 2,3 -- sh -c "$2"
			mkdir /sys/fs/cgroup/half
			echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
			echo "50000 100000" >/sys/fs/cgroup/half/cpu.max
			for try in 1 2; do
				schedlab run --format json -o quota$try.json --cpus 5 -- sh -c "$3" sh $try
			done
			sh -ec "$4"
			sh "$0" .' "$ROOT/tests/both_ways.sh" "$HELPERS/walk" "$HOTPLUG" "$QUOTA" "$LIMITS"
}

# One boot for all tests, whose files are in $BATS_FILE_TMPDIR.
setup_file() {
	local tool status=0 add=()
	[[ -z $(lacks_qemu) ]] || return 0
	for tool in perf xz hackbench; do
		[[ -n $(lacks_tool $tool) ]] || add+=(--add "$(command -v $tool)")
	done
	# It takes more memory than the group may have, and other tasks.
	! ldd "$WORKLOAD" | grep -q libasan || LIMITS=:
	cd "$BATS_FILE_TMPDIR" || return
	guest "${add[@]}" >files.tar 2>errors || status=$?
	! grep 'once more' errors | sed 's/^/# /' >&3 || true
	((status == 0)) || cat errors >&2
	((status == 0)) || return "$status"
	tar -xf files.tar
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# guest_report NAME: report.json is what the guest made of this run.
guest_report() {
	cp "$BATS_FILE_TMPDIR/$1.json" report.json
	report_is_sound
	report '.trust.verdict == "whole" and .trust.unknown_s == 0'
}

@test "seven idle CPUs of eight are idle, and none of their time is unknown" {
	requires qemu
	guest_report alone
	report '(.cpus | length) == 8 and all(.cpus[]; .unknown_s == 0 and .offline_s == 0)'
	report '.program.wall_s as $t | [.cpus[] | select(.idle_s > 0.5 * $t)] | length >= 6'
	report '.program.verdict == "sequential" and .program.tlp <= 1.005'
}

@test "sockets, cores, caches and NUMA nodes are those of the machine" {
	requires qemu
	guest_report alone
	report '.machine | [.sockets, .cores, .threads_per_core, .llcs, .numa_nodes] == [2, 4, 2, 2, 2]'
	report '[.cpus[].core] == [0, 0, 1, 1, 2, 2, 3, 3]'
	report '[.cpus[].llc] == [0, 0, 0, 0, 1, 1, 1, 1] and [.cpus[].node] == [.cpus[].llc]'
	# Emulation tells of no steal; interrupts any kernel counts.
	report 'all(.cpus[]; .steal_s == null and .irq_s != null and .softirq_s != null)'
}

@test "two threads on the two siblings of a core are two, and one core" {
	requires qemu
	guest_report siblings
	# One may finish before the other; up to there both run, whatever the host does meanwhile.
	jq -c '.program | [.tlp, .tlp_all_in_flight, .physical_tlp]' report.json >&2
	report '.program | .tlp_all_in_flight > 1.8 and .tlp > 1.05'
	report '.program | .physical_tlp > 0.999 and .physical_tlp < 1.001'
	report '.program | (.smt_share - (1 - 1 / .tlp) | fabs) < 0.001'
	report '.program as $p | [.accounting[] | {(.cause): .core_s}] | add
		| (.own_smt / (.own_smt + .own) - 2 * ($p.tlp - 1) / $p.tlp | fabs) < 0.001'
}

@test "migrations count by what the two CPUs share" {
	requires qemu
	guest_report walk
	report '.migrations == {same_core: 1, same_llc: 1, same_node: 0, cross_node: 2, unknown: 0}'
	report '[.cpus[] | select(.migrations_in > 0) | .cpu] == [0, 1, 2, 4]'
}

@test "on a kernel that leaves nothing untraced BPF, ftrace and perf have the same switches, every one" {
	requires qemu perf
	local way
	cd "$BATS_FILE_TMPDIR" || return
	for way in bpf ftrace; do
		report_is_sound "$way.json"
		json --arg way "$way" "$(<"$ROOT/tests/whole.jq")" "$way.json"
	done
	run ! grep -i lost errors
	/usr/bin/python3 "$ROOT/tests/same_switches.py" --all ftrace.dump bpf.dump >&2
	/usr/bin/python3 "$ROOT/tests/same_switches.py" --all script bpf.dump >&2
	(($(grep -c '] switch ' bpf.dump) > 1000))
}

@test "a CPU that goes offline and comes back on an older kernel is offline meanwhile, and all is known" {
	requires qemu
	guest_report hotplug
	report '.run.hotplug and .trust.lost == 0 and .cpus[3].unknown_s == 0'
	report '.cpus[3] | .offline_s > 0.2 and .workload_s > 0'
	report '[.cpus[] | select(.cpu != 3) | .offline_s] | all(. == 0)'
}

@test "what a CPU quota of cgroup v2 takes is throttled, to 5 % of what the control group itself says" {
	requires qemu
	local try met=0
	# Of two runs: the host may have stopped a CPU just when it was to go on.
	for try in 1 2; do
		guest_report quota$try
		echo "cpu.stat: $(cat "$BATS_FILE_TMPDIR/own$try.json") s; $(jq -c '[.run.throttled_s, .accounting]' report.json)" >&2
		! report --argjson own "$(cat "$BATS_FILE_TMPDIR/own$try.json")" '
			([.accounting[] | {(.cause): .core_s}] | add) as $a | $own > 0.2 and
			(.run.throttled_s - $own | fabs) < 0.05 * $own and
			$a.throttled > 0.95 * $own and $a.throttled <= .run.throttled_s' || met=$((met + 1))
	done
	((met > 0))
}

@test "the limit that ends spawn is named, whichever of the machine's or of a cgroup's of v2 it is" {
	requires qemu
	! ldd "$WORKLOAD" | grep -q libasan || skip 'the address sanitizer takes more memory'
	cd "$BATS_FILE_TMPDIR" || return
	json '.result | .limit == {name: "kernel.threads-max", value: 400} and .alive > 100 and .alive < 390' \
		threads-max.json <threads-max.json
	# Its shell, its launcher and its unit are in the group too.
	json '.result | .limit == {name: "pids.max", value: 30} and .alive == 27' \
		pids.max.json <pids.max.json
	json '.result | .limit.name == "memory" and .limit.value < 15 * 1048576 and .alive > 100' \
		memory.json <memory.json
}

# emulator HANGS: instead of QEMU one whose first guests hang, and a later one says hello. Each boot is
# a line of the file boots.
emulator() {
	mkdir bin
	cat >bin/qemu-system-x86_64 <<-END
		#!/bin/bash
		while ((\$#)); do
			[[ \$1 != -serial ]] || ports+=("\${2#file:}")
			shift
		done
		echo boot >>"$PWD/boots"
		if ((\$(wc -l <"$PWD/boots") <= $1)); then
			echo 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:' >"\${ports[0]}"
			exec sleep 4321
		fi
		echo hello >"\${ports[1]}"
		echo 'status 7' >"\${ports[3]}"
	END
	chmod +x bin/qemu-system-x86_64
	touch kernel
}

# boot_by HANGS: scripts/vm with such an emulator: out, errors, boots, and its status.
boot_by() {
	emulator "$1"
	PATH=$PWD/bin:$PATH "$ROOT/scripts/vm" --kernel kernel -- true >out 2>errors
}

@test "a guest of which a CPU hangs is booted anew, and twice at most" {
	requires qemu
	run -7 boot_by 2
	[[ $(cat out) == hello ]]
	(($(grep -c 'a CPU of the guest hangs; once more' errors) == 2 && $(wc -l <boots) == 3))

	rm -r bin boots
	run -125 boot_by 3
	grep 'hung at each of 3 boots' errors
	(($(wc -l <boots) == 3))
	run ! pgrep -f 'sleep 4321'
}
