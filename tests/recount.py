#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are a report's numbers what its events add up to, by other arithmetic than schedlab's?

usage: recount.py (DUMP REPORT.json)...     DUMP: `schedlab dump` of the trace that the report is of

Who was in on each CPU, what each task did and how many ran at once are counted anew from the switches and
wakings, by METRICS.md's words, and held against the report: to the nanosecond. Where the kernel left a
switch untraced (the task that goes out is not the one that came in) only the report tells when it was:
sums may be apart by as much as these gaps are long, and the tasks in them are left out. Prints what
differs; status 1 if anything does.
"""

import json
import re
import sys
from collections import Counter, defaultdict

EVENT = re.compile(r"(\d+)\.(\d{9}) \[(\d+)\] (switch|waking|wakeup_new|exec) +(?:prev|task)=(\d+) *(.*)")
SWITCH = re.compile(r"state=(\S+) +next=(\d+)")


def ns(seconds):
    return round(seconds * 1e9)


class Recount:
    def __init__(self, report):
        self.report = report
        self.own = {task["tid"] for task in report["tasks"] if task["measured"]}
        self.window = None
        self.runs = []  # (CPU, tid, from, to)
        self.states = defaultdict(Counter)  # [tid]: ns of each state
        self.waits = defaultdict(list)  # [tid]: of those that ended
        self.switches, self.interleavings = Counter(), Counter()  # [CPU]
        self.now = {}  # [CPU]: (tid, since)
        self.task = {}  # [tid]: (state, since, woken while it ran)
        self.gaps, self.doubted = 0, set()

    def clip(self, start, end):
        t0, t1 = self.window
        return max(min(end, t1) - max(start, t0), 0)

    def enter(self, tid, state, time, woken=False):
        before, since, _ = self.task.get(tid, (None, time, False))
        self.states[tid][before] += self.clip(since, time)
        self.task[tid] = (state, since if state == before else time, woken)

    def sched_in(self, tid, time):
        state, since, _ = self.task.get(tid, (None, time, False))
        if state == "woken before":
            self.task[tid] = ("wakeup", since, False)
        if state in ("blocked", "run"):  # nobody woke it, or it went out: no record shows how
            self.doubted.add(tid)
        elif state and self.window[0] <= time <= self.window[1]:
            self.waits[tid].append(self.clip(since, time))
        self.enter(tid, "run", time)

    def sched_out(self, tid, state, time):
        woken = self.task.get(tid, (None, 0, False))[2]
        if state == "X":
            self.enter(tid, None, time)
        elif state in ("R", "R+"):
            self.enter(tid, "preempt", time)
        else:
            self.enter(tid, "woken before" if woken else "blocked", time)

    def switch(self, time, cpu, prev, state, following):
        there, since = self.now.get(cpu, (prev, 0))
        if there != prev:
            self.gaps += self.clip(since, time)
            self.doubted |= {there, prev}
        self.runs.append((cpu, there, since, time))
        self.now[cpu] = (following, time)
        if prev:
            self.sched_out(prev, state, time)
        if following:
            self.sched_in(following, time)
        if self.window[0] <= time <= self.window[1] and prev in self.own:
            self.switches[cpu] += 1
            self.interleavings[cpu] += following in self.own

    def waking(self, time, tid, first):
        state, since, _ = self.task.get(tid, (None, time, False))
        if state == "run":
            self.task[tid] = (state, since, True)
        elif state == "woken before":  # that one was for something else
            self.task[tid] = ("blocked", since, False)
            self.enter(tid, "wakeup", time)
        elif state == "blocked" or first:
            self.enter(tid, "wakeup", time)

    def read(self, path):
        with open(path, encoding="utf-8", errors="replace") as file:
            events = [found.groups() for found in map(EVENT.match, file) if found]
        begin = (self.report["truth"] or {}).get("gate_ns") or next(
            int(s) * 10**9 + int(part)
            for s, part, _, kind, tid, _ in events
            if kind == "exec" and int(tid) == self.report["run"]["command_pid"]
        )
        self.window = (begin, begin + ns(self.report["program"]["wall_s"]))
        for s, part, cpu, kind, tid, rest in events:
            time = int(s) * 10**9 + int(part)
            if kind == "switch":
                state, following = SWITCH.match(rest).groups()
                self.switch(time, int(cpu), int(tid), state, int(following))
            elif kind != "exec":
                self.waking(time, int(tid), kind == "wakeup_new")
        for cpu, (tid, since) in self.now.items():
            self.runs.append((cpu, tid, since, self.window[1]))
        for tid, (state, since, _) in list(self.task.items()):
            if state == "woken before":
                self.task[tid] = ("wakeup", since, False)
            self.enter(tid, None, self.window[1])

    def profile(self):
        """Wall ns with k of the program's tasks running, by k."""
        edges, levels = Counter(), Counter()
        for _, tid, start, end in self.runs:
            if tid in self.own and self.clip(start, end):
                edges[max(start, self.window[0])] += 1
                edges[min(end, self.window[1])] -= 1
        level, last = 0, self.window[0]
        for time in sorted(edges):
            levels[level] += time - last
            level, last = level + edges[time], time
        levels[level] += self.window[1] - last
        return levels

    def sums(self):
        """Of the program and of the CPUs: (what, counted here, in the report, how far apart at most)"""
        profile = self.profile()
        for level, wall in enumerate(self.report["program"]["parallelism_s"]):
            yield f"parallelism_s[{level}]", profile[level], ns(wall), 2 * self.gaps
        kinds = defaultdict(Counter)
        for cpu, tid, start, end in self.runs:
            kind = "workload_s" if tid in self.own else "other_s" if tid else "idle_s"
            kinds[cpu][kind] += self.clip(start, end)
        for row in self.report["cpus"]:
            cpu = row["cpu"]
            for kind in ("workload_s", "other_s", "idle_s"):
                yield f"CPU {cpu} {kind}", kinds[cpu][kind], ns(row[kind]), self.gaps
            yield f"CPU {cpu} switches", self.switches[cpu], row["switches"], 0
            yield f"CPU {cpu} interleavings", self.interleavings[cpu], row["interleavings"], 0

    def tasks(self):
        """The same of each task whose every change is recorded."""
        states = {"run": "run_s", "wakeup": "wait_wakeup_s", "preempt": "wait_preempt_s", "blocked": "blocked_s"}
        for row in self.report["tasks"]:
            tid, latency = row["tid"], row["runq_latency_s"]
            if tid in self.doubted or not row["measured"]:
                continue
            for state, key in states.items():
                yield f"task {tid} {key}", self.states[tid][state], ns(row[key]), 0
            yield f"task {tid} waits", len(self.waits[tid]), latency["count"], 0
            yield f"task {tid} longest wait", max(self.waits[tid], default=0), ns(latency["max"] or 0), 0


def main(paths):
    status = exact = 0
    for dump, path in zip(paths[::2], paths[1::2]):
        with open(path, encoding="utf-8") as file:
            recount = Recount(json.load(file))
        recount.read(dump)
        exact += sum(task not in recount.doubted for task in recount.own)
        for what, counted, told, slack in (*recount.sums(), *recount.tasks()):
            if abs(counted - told) > slack:
                print(f"{path}: {what} is {told}, by its events {counted}, give or take {slack}")
                status = 1
    print(f"recounted: {len(paths) // 2} reports, {exact} tasks to the nanosecond")
    return status


if __name__ == "__main__":
    if len(sys.argv) < 3 or len(sys.argv) % 2 == 0:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
