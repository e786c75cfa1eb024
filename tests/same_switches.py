#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are perf's context switches and schedlab's the same, CPU by CPU, in the same order?

usage: same_switches.py [--all] PERF-SCRIPT DUMP...
       same_switches.py [--all] FTRACE-DUMP DUMP...

PERF-SCRIPT: `perf script --ns -F cpu,time,event,trace` of sched:sched_switch, recorded with
-k CLOCK_MONOTONIC around the recordings by BPF that each DUMP (`schedlab dump`) is of. FTRACE-DUMP: the
same of a recording by ftrace around them, which then stands for perf's. Compared are the previous and the
next tid and the state letter over each DUMP's span: both have the same, in the same order. Some kernels
give perf and ftrace no switch out of the idle task of some CPUs: those may lack there, and are counted;
not with --all. Prints what differs; status 1 if anything does, 2 if more than half lacks.
"""

import bisect
import re
import sys

# Two renderings: perf's own of the tracepoint, and the kernel's print format.
PERF = re.compile(
    r"\s*\[(?P<cpu>\d+)\]\s+(?P<s>\d+)\.(?P<ns>\d+):\s+sched:sched_switch:\s+"
    r"(?:prev_comm=.*? prev_pid=(?P<prev>\d+) prev_prio=-?\d+ prev_state=(?P<state>\S+) ==> "
    r"next_comm=.* next_pid=(?P<next>\d+) next_prio=-?\d+"
    r"|.*:(?P<prev2>\d+) \[-?\d+\] (?P<state2>\S+) ==> .*:(?P<next2>\d+) \[-?\d+\])$"
)
OURS = re.compile(
    r"(?P<s>\d+)\.(?P<ns>\d+) \[(?P<cpu>\d+)\] switch +"
    r"prev=(?P<prev>\d+) +state=(?P<state>\S+) +next=(?P<next>\d+)(?: |$)"
)
ALL = "--all" in sys.argv
# perf reads the clock a moment before or after the probe does, and a host may take the CPU between: an
# emulated one for long.
CLOCKS_APART_NS = 2_000_000_000 if ALL else 500_000_000


def letter(state):
    """At its last switch a task is Z or X by its exit_state, which the probe does not record."""
    return "X" if state == "Z" else state


def pattern_of(path):
    """A dump begins with a time, perf script's line with a CPU."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return OURS if file.read(1).isdigit() else PERF


def read(path, pattern):
    cpus = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = pattern.match(line.rstrip("\n"))
            if not found:
                if "sched_switch" in line or "] switch " in line:
                    sys.exit(f"{path}: not understood: {line!r}")
                continue
            row = found.groupdict()
            time = int(row["s"]) * 10**9 + int(row["ns"].ljust(9, "0"))
            switch = (
                int(row["prev"] or row["prev2"]),
                int(row["next"] or row["next2"]),
                letter(row["state"] or row["state2"]),
            )
            cpus.setdefault(int(row["cpu"]), []).append((time, switch))
    return cpus


def same_state(our, perf):
    """
    W, before 5.18: a waker on another CPU was quicker than the probe. The task was blocked, in what is
    gone; the kernel's own print may have been as late, and has no letter for it but R.
    """
    return our == perf or (our == "W" and perf in "SDITtR")


def walk(cpu, ours, perf, at):
    """Both from the first of ours, which is perf's number `at`, to the last. (complaint, note)"""
    holes = wakings = 0
    running = ours[0][1][0]
    unlinked = 0
    for our_time, our in ours:
        time, switch = perf[at] if at < len(perf) else (None, (None, None, None))
        if our[:2] == switch[:2] and same_state(our[2], switch[2]):
            if abs(our_time - time) > CLOCKS_APART_NS:
                return f"CPU {cpu}: {our} at {our_time}, by perf at {time}", None
            wakings += our[2] != switch[2]
            at += 1
        elif our[0] == 0 and not ALL and (time is None or our_time <= time + CLOCKS_APART_NS):
            holes += 1
        else:
            return f"CPU {cpu}: schedlab has {our_time} {our}, perf {time} {switch}", None
        unlinked += our[0] != running
        running = our[1]
    if at < len(perf) and perf[at][0] < ours[-1][0]:
        return f"CPU {cpu}: schedlab does not have perf's {perf[at]}", None
    note = f"CPU {cpu}: {len(ours)} switches are the same"
    if holes:
        note += f", but {holes} out of idle that the other lacks"
    if wakings:
        note += f"; {wakings} states already W"
    if 20 * unlinked > len(ours) + 100 or 10 * wakings > len(ours) + 100:
        return f"{note}; {unlinked} do not go on from who ran", None
    return None, (note, holes)


def compare(cpu, ours, perf):
    """
    The walk from that switch of perf's which is the first of ours, or the first that perf cannot
    lack: a near one, of which it works. (complaint, None), or (None, how many out of idle perf lacks).
    """
    complaint = None
    times = [time for time, _ in perf]
    for skipped, (first_time, first) in enumerate(ours[: 1 if ALL else 10]):
        near = range(
            bisect.bisect(times, first_time - CLOCKS_APART_NS),
            bisect.bisect(times, first_time + CLOCKS_APART_NS),
        )
        starts = [i for i in near if perf[i][1][:2] == first[:2]]
        starts.sort(key=lambda i, near=first_time: abs(perf[i][0] - near))
        for start in starts:
            found, note = walk(cpu, ours[skipped:], perf, start)
            if not found:
                print(note[0])
                return None, skipped + note[1]
            complaint = complaint or found
        if first[0] != 0:
            break
    return complaint or f"CPU {cpu}: perf has no {ours[0]}", None


def main(perf_path, paths):
    perf = read(perf_path, pattern_of(perf_path))
    total = left_out = bad = 0
    for path in paths:
        ours = read(path, OURS)
        print(f"{path}:" if ours else f"{path}: no switches")
        bad += not ours
        for cpu, switches in sorted(ours.items()):
            complaint, lacking = compare(cpu, switches, perf.get(cpu, []))
            if complaint:
                print(complaint)
                bad += 1
            else:
                left_out += lacking
            total += len(switches)
    if bad:
        return 1
    print(
        f"all: {len(paths)} runs, {total - left_out} switches are the same, and {left_out} out of "
        "idle the other lacks"
    )
    return 2 if 2 * left_out > total else 0


if __name__ == "__main__":
    if len(sys.argv) < 3 + ALL:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1 + ALL], sys.argv[2 + ALL :]))
