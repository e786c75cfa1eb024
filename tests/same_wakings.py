#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are perf's wakings of the workload's tasks and schedlab's the same, CPU by CPU, in the same order?

usage: same_wakings.py PERF-SCRIPT DUMP REPORT.json

PERF-SCRIPT: `perf script --ns -F cpu,time,event,trace` with sched:sched_waking, recorded around the
recording that DUMP (`schedlab dump`) and REPORT.json are of. Compared are the CPU that wakes, the task
and the CPU on which it ran last: schedlab has each of perf's, and nothing else but what perf has left
out. Prints what differs; status 1 if anything does, 2 if perf has less than half.
"""

import json
import re
import sys

PERF = re.compile(
    r"\s*\[(\d+)\]\s+\d+\.\d+:\s+sched:sched_waking:\s+comm=.* pid=(\d+) prio=-?\d+ target_cpu=(\d+)$"
)
OURS = re.compile(r"\d+\.\d+ \[(\d+)\] waking +task=(\d+) +cpu=(\d+) ")


def read(path, pattern, tids):
    """[CPU that wakes]: (task, CPU on which it ran last), in order."""
    wakings = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            found = pattern.match(line.rstrip("\n"))
            if found and int(found[2]) in tids:
                wakings.setdefault(int(found[1]), []).append((int(found[2]), int(found[3])))
            elif not found and ("sched_waking:" in line or "] waking " in line):
                sys.exit(f"{path}: not understood: {line!r}")
    return wakings


def main(perf_path, ours_path, report_path):
    with open(report_path, encoding="utf-8") as file:
        tids = {task["tid"] for task in json.load(file)["tasks"]}
    perf, ours = read(perf_path, PERF, tids), read(ours_path, OURS, tids)
    total = sum(map(len, ours.values()))
    for cpu in sorted(ours.keys() | perf.keys()):
        mine = iter(ours.get(cpu, []))
        missing = next((waking for waking in perf.get(cpu, []) if waking not in mine), None)
        if missing:
            print(f"CPU {cpu}: schedlab does not have perf's waking {missing}, or not there")
            return 1
    seen = sum(map(len, perf.values()))
    print(f"{total} wakings of {len(tids)} tasks, of which perf has {seen}")
    return 2 if 2 * seen < total else 0 if total else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
