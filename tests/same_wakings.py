#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are perf's wakings of the workload's tasks and schedlab's the same, CPU by CPU, in the same order?

usage: same_wakings.py PERF-SCRIPT (DUMP REPORT.json)...

PERF-SCRIPT: `perf script --ns -F cpu,time,event,trace` with sched:sched_waking, recorded around the
recordings that each DUMP (`schedlab dump`) and REPORT.json are of. Compared are the CPU that wakes, the
task and the CPU on which it ran last: schedlab has each of perf's, and nothing else but what perf has left
out. Prints what differs; status 1 if anything does, 2 if perf has less than half.
"""

import json
import re
import sys

PERF = re.compile(
    r"\s*\[(\d+)\]\s+\d+\.\d+:\s+sched:sched_waking:\s+comm=.* pid=(\d+) prio=-?\d+ target_cpu=(\d+)$"
)
OURS = re.compile(r"\d+\.\d+ \[(\d+)\] waking +task=(\d+) +cpu=(\d+) ")


def read(path, pattern):
    """(CPU that wakes, task, CPU on which it ran last), in order."""
    wakings = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = pattern.match(line.rstrip("\n"))
            if found:
                wakings.append((int(found[1]), int(found[2]), int(found[3])))
            elif "sched_waking:" in line or "] waking " in line:
                sys.exit(f"{path}: not understood: {line!r}")
    return wakings


def by_cpu(wakings, tids):
    """[CPU that wakes]: those of these tasks, in order."""
    cpus = {}
    for cpu, task, last in wakings:
        if task in tids:
            cpus.setdefault(cpu, []).append((task, last))
    return cpus


def main(perf_path, pairs):
    perf_all = read(perf_path, PERF)
    total = seen = 0
    for ours_path, report_path in pairs:
        with open(report_path, encoding="utf-8") as file:
            tids = {task["tid"] for task in json.load(file)["tasks"]}
        perf, ours = by_cpu(perf_all, tids), by_cpu(read(ours_path, OURS), tids)
        for cpu in sorted(ours.keys() | perf.keys()):
            mine = iter(ours.get(cpu, []))
            missing = next((waking for waking in perf.get(cpu, []) if waking not in mine), None)
            if missing:
                print(f"{ours_path}: CPU {cpu} does not have perf's waking {missing}, or not there")
                return 1
        total += sum(map(len, ours.values()))
        seen += sum(map(len, perf.values()))
    print(f"all: {len(pairs)} runs, {total} wakings of the workloads' tasks, of which perf has {seen}")
    return 2 if 2 * seen < total else 0 if total else 1


if __name__ == "__main__":
    if len(sys.argv) < 4 or len(sys.argv) % 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], list(zip(sys.argv[2::2], sys.argv[3::2]))))
