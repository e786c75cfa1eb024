#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks a JSON report against INTERFACE.md and METRICS.md, with none of schedlab's own code.

usage: check_report.py REPORT.json...      complaints go to stdout; status 1 if there is one
"""

import json
import sys

from report_shape import ONE_OF, REPORT


class Checker:
    """Collects the complaints about one report."""

    def __init__(self, report):
        self.report = report
        self.complaints = []

    def expect(self, holds, words):
        if not holds:
            self.complaints.append(words)

    def same(self, left, right, words, slack=0):
        self.expect(abs(left - right) <= slack, f"{words}: {left} is not {right}")

    def shape(self, value, shape, path):
        if isinstance(shape, tuple) and shape[0] == "null":
            if value is not None:
                self.shape(value, shape[1], path)
        elif isinstance(shape, dict):
            if not isinstance(value, dict):
                self.expect(False, f"{path} is no object")
                return
            for key, inner in shape.items():
                if key not in value:
                    self.expect(False, f"{path}.{key} is missing")
                else:
                    self.shape(value[key], inner, f"{path}.{key}")
        elif isinstance(shape, list):
            if not isinstance(value, list):
                self.expect(False, f"{path} is no array")
                return
            for index, element in enumerate(value):
                self.shape(element, shape[0], f"{path}[{index}]")
        else:
            fits = isinstance(value, shape) and (not isinstance(value, bool) or bool in shape)
            self.expect(fits, f"{path} is {value!r}")


def ns(seconds):
    """Reports have whole nanoseconds in seconds with enough digits to have them back."""
    return round(seconds * 1e9)


def check_words(check, report):
    check.expect(report["schema"] in ONE_OF["schema"], "schema")
    check.expect(report["program"]["verdict"] in ONE_OF["verdict"], "program.verdict")
    check.expect(report["trust"]["verdict"] in ONE_OF["trust"], "trust.verdict")
    check.expect("\n" not in report["program"]["sentence"], "the sentence is not one line")
    for task in report["tasks"]:
        check.expect(task["role"] in ONE_OF["role"], f"role {task['role']}")
    for row in report["accounting"]:
        check.expect(row["cause"] in ONE_OF["cause"], f"cause {row['cause']}")


def check_profiles(check, program):
    wall = ns(program["wall_s"])
    running = [ns(s) for s in program["parallelism_s"]]
    wanted = [ns(s) for s in program["demand_s"]]
    cpu = ns(program["cpu_s"])
    check.same(sum(running), wall, "parallelism_s sums to wall_s")
    check.same(sum(wanted), wall, "demand_s sums to wall_s")
    check.same(sum(k * t for k, t in enumerate(running)), cpu, "parallelism_s weighed is cpu_s")
    check.same(running[0] if running else 0, ns(program["idle_s"]), "idle_s is parallelism_s[0]")
    for name, profile in (("peak_parallelism", running), ("peak_demand", wanted)):
        peak = max((k for k, t in enumerate(profile) if t), default=0)
        check.same(program[name], peak, name)
    # At least k tasks want to run wherever at least k run.
    for level in range(1, max(len(running), len(wanted))):
        check.expect(
            sum(running[level:]) <= sum(wanted[level:]), f"more time at R >= {level} than at D"
        )
    if not wall:
        return
    check.same(program["average_cores"], cpu / wall, "average_cores", 1e-9)
    demand = sum(k * t for k, t in enumerate(wanted)) / wall
    check.same(program["mean_demand"], demand, "mean_demand", 1e-6)
    check.same(program["parallel_share"], sum(running[2:]) / wall, "parallel_share", 1e-9)
    check.expect(
        (program["time_sliced_share"] is None) == (sum(wanted[2:]) == 0),
        "time_sliced_share is null just where two never wanted to run",
    )
    check_verdict(check, program, wall, running, cpu)


def check_verdict(check, program, wall, running, cpu):
    busy = wall - running[0]
    check.expect((program["tlp"] is None) == (busy == 0), "tlp is null just where nothing ran")
    if busy:
        check.same(program["tlp"], cpu / busy, "tlp", 1e-9)
        identity = cpu / program["tlp"] + running[0]
        check.same(identity / wall, 1, "T = C / tlp + I", 1e-9)
    check_physical(check, program)
    parallel = sum(running[2:])
    expected = parallel > 0 and parallel >= 0.05 * busy and parallel >= 0.01 * wall
    check.expect(
        (program["verdict"] == "parallel") == expected,
        f"verdict {program['verdict']} with {parallel} ns parallel of {busy} busy",
    )
    if program["verdict"] == "idle":
        check.expect(cpu < 0.01 * wall, "idle with CPU time")


def check_physical(check, program):
    physical, share = program["physical_tlp"], program["smt_share"]
    check.expect((physical is None) == (share is None), "physical_tlp and smt_share go together")
    if physical is not None:
        check.expect(0 <= share < 1, f"smt_share {share}")
        check.same(physical, program["tlp"] * (1 - share), "tlp x (1 - smt_share)", 1e-9)
        check.expect(physical >= 1 - 1e-9, "less than one core at work while anything runs")


def check_cpus(check, report):
    program, cpus, trust = report["program"], report["cpus"], report["trust"]
    wall = ns(program["wall_s"])
    for cpu in cpus:
        states = ("workload_s", "other_s", "idle_s", "offline_s", "unknown_s")
        parts = sum(ns(cpu[state]) for state in states)
        check.same(parts, wall, f"CPU {cpu['cpu']}: its states sum to wall_s")
        check.same(
            cpu["voluntary"] + cpu["involuntary"], cpu["switches"], f"CPU {cpu['cpu']}: switches"
        )
        others = sum(ns(other["s"]) for other in cpu["others"])
        check.expect(others <= ns(cpu["other_s"]), f"CPU {cpu['cpu']}: others beyond other_s")
        behind = sum(ns(row["s"]) for row in cpu["wait_behind"]) + ns(cpu["wait_behind_rest_s"])
        check.same(behind, ns(cpu["wait_behind_s"]), f"CPU {cpu['cpu']}: wait_behind")
        check.expect(
            ns(cpu["longest_slice_s"]) <= ns(cpu["workload_s"]), f"CPU {cpu['cpu']}: longest slice"
        )
    work = sum(ns(cpu["workload_s"]) for cpu in cpus)
    check.same(work, ns(program["cpu_s"]), "workload_s of all CPUs sum to cpu_s")
    check.same(
        sum(lost or 0 for lost in trust["lost_by_cpu"]), trust["lost"], "lost_by_cpu sums to lost"
    )
    allowed = [cpu for cpu in cpus if cpu["allowed"]]
    steal = [cpu["steal_s"] for cpu in allowed]
    if report["run"]["steal_s"] is None:
        check.expect(not steal or None in steal, "each CPU knows its steal, and their sum is unknown")
    else:
        check.expect(None not in steal, "the sum of what is unknown")
        check.same(sum(map(ns, steal)), ns(report["run"]["steal_s"]), "steal_s of the CPUs")
    causes = sum(ns(row["core_s"]) for row in report["accounting"])
    check.same(causes, len(allowed) * wall, "accounting sums to n x T")
    offline = sum(ns(cpu["offline_s"]) for cpu in allowed)
    cause = sum(ns(row["core_s"]) for row in report["accounting"] if row["cause"] == "offline")
    check.same(cause, offline, "accounting's offline is that of the CPUs")
    if causes:
        for row in report["accounting"]:
            check.same(row["share"], ns(row["core_s"]) / causes, f"share of {row['cause']}", 1e-9)
    moved, arrived = report["migrations"].values(), [cpu["migrations_in"] for cpu in cpus]
    check.same(sum(count or 0 for count in moved), sum(arrived), "migrations by distance and by CPU")
    own = sum(ns(r["core_s"]) for r in report["accounting"] if r["cause"].startswith("own"))
    check.same(own, ns(program["cpu_s"]), "accounting's own is cpu_s")
    check.expect(program["peak_parallelism"] <= len(allowed), "more tasks at once than CPUs")


def check_tasks(check, report):
    measured = [task for task in report["tasks"] if task["measured"]]
    for task in report["tasks"]:
        name = f"task {task['tid']}"
        parts = ("run_s", "wait_wakeup_s", "wait_preempt_s", "blocked_s", "unknown_s")
        lifetime = sum(ns(task[part]) for part in parts)
        check.same(lifetime, ns(task["lifetime_s"]), f"{name}: its parts sum to lifetime_s")
        check.same(
            ns(task["end_s"]) - ns(task["start_s"]),
            ns(task["lifetime_s"]),
            f"{name}: start to end is lifetime_s",
        )
        check.expect((task["yields"] or 0) <= task["involuntary"], f"{name}: yields")
        if task["antagonist"]:
            waits = ns(task["wait_wakeup_s"]) + ns(task["wait_preempt_s"])
            check.expect(
                0 < ns(task["antagonist"]["s"]) <= waits, f"{name}: behind one beyond its waits"
            )
        check.expect(len(set(task["cpus"])) == len(task["cpus"]), f"{name}: a CPU twice")
        if report["trust"]["verdict"] == "whole":
            switches = task["voluntary"] + task["involuntary"]
            check.expect(abs(task["slices"] - switches) <= 1, f"{name}: slices")
    run = sum(ns(task["run_s"]) for task in measured)
    check.same(run, ns(report["program"]["cpu_s"]), "run_s of all tasks sum to cpu_s")
    kinds = ("voluntary", "involuntary")
    by_task = sum(task[kind] for task in measured for kind in kinds)
    by_cpu = sum(cpu[kind] for cpu in report["cpus"] for kind in kinds)
    check.same(by_task, by_cpu, "switches by task and by CPU")


def check_percentiles(check, row, waited, name):
    """`waited`: the sum of all waits, ns, of which the row's are some."""
    order = [row["p50"], row["p90"], row["p99"], row["max"]]
    if not row["count"]:
        check.expect(order == [None] * 4, f"{name}: percentiles of nothing")
        return
    check.expect(None not in order and order == sorted(order), f"{name}: {order}")
    check.expect(ns(row["max"]) <= waited, f"{name}: longer than all waits together")


def check_latency(check, report):
    measured = [task for task in report["tasks"] if task["measured"]]
    kinds = ("wakeup_s", "preempt_s")
    for kind in kinds:
        waited = sum(ns(task[f"wait_{kind}"]) for task in measured)
        check_percentiles(check, report["latency"][kind], waited, f"latency.{kind}")
    for task in report["tasks"]:
        waited = ns(task["wait_wakeup_s"]) + ns(task["wait_preempt_s"])
        check_percentiles(check, task["runq_latency_s"], waited, f"task {task['tid']}: latency")
    by_kind = sum(report["latency"][kind]["count"] for kind in kinds)
    by_task = sum(task["runq_latency_s"]["count"] for task in measured)
    check.same(by_task, by_kind, "waits by task and by kind")
    longest = [task["runq_latency_s"]["max"] or 0 for task in measured]
    of_both = [report["latency"][kind]["max"] or 0 for kind in kinds]
    check.same(max(longest, default=0), max(of_both), "the longest wait by task and by kind")


def check_strip(check, report):
    strip, tids = report["strip"], {task["tid"] for task in report["tasks"]}
    letters = [row["letter"] for row in strip["legend"]]
    check.expect(len(set(letters)) == len(letters), "a letter of the strip stands for two tasks")
    check.expect(all(row["tid"] in tids for row in strip["legend"]), "a letter of no task")
    window = report["window"]
    check.same(ns(window["to_s"] - window["from_s"]), ns(report["program"]["wall_s"]), "window")
    check.expect(0 <= window["from_s"] <= window["to_s"] <= window["run_s"], f"window {window}")
    for key in ("from_s", "to_s"):
        check.same(strip[key], window[key], f"strip.{key}")
    width = ns(report["program"]["wall_s"]) / (strip["columns"] or 1)
    for row, cpu in zip(strip["rows"], report["cpus"]):
        name = f"strip of CPU {cpu['cpu']}"
        check.same(row["cpu"], cpu["cpu"], name)
        check.same(len(row["cells"]), strip["columns"], f"{name}: columns")
        check.expect(set(row["cells"]) <= set(letters) | set(".#+~ "), f"{name}: {row['cells']}")
        # What had most of a column was there, and what had not had half of it at most.
        for cell, state in ((".", "idle_s"), ("#", "other_s"), ("~", "unknown_s")):
            columns = row["cells"].count(cell)
            most = (columns + (strip["columns"] - columns) / 2) * (width + 1)
            check.expect(not columns or cpu[state] > 0, f"{name}: {cell} without {state}")
            check.expect(ns(cpu[state]) <= most, f"{name}: more {state} than {cell}")


def check_violations(check, report):
    spells, sums = report["violations"], report["violation_sums"]
    violation = sum(ns(r["core_s"]) for r in report["accounting"] if r["cause"] == "violation")
    listed = sum(ns(spell["s"]) for spell in spells)
    told = listed + ns(sums["short_s"]) + ns(sums["more_s"])
    count = len(spells) + sums["short_count"] + sums["more_count"]
    check.same(ns(sums["s"]), violation, "violation_sums.s is accounting's violation")
    check.same(told, violation, "violations, the short and the others sum to accounting's")
    check.same(count, sums["count"], "violations are counted")
    no_task = sum(ns(r["core_s"]) for r in report["accounting"] if r["cause"] == "no_task")
    check.expect(ns(sums["masked_s"]) <= no_task, "masked_s is beyond accounting's no_task")
    check.expect(all(ns(spell["s"]) > 10**6 for spell in spells), "a spell of 1 ms is listed")
    check.expect(spells == sorted(spells, key=lambda spell: spell["start_s"]), "spells in no order")
    start, end = (ns(report["window"][key]) for key in ("from_s", "to_s"))
    for spell in spells:
        check.expect(
            start <= ns(spell["start_s"]) <= end - ns(spell["s"]), f"a spell beyond: {spell}"
        )
        check.expect(
            spell["cause"] in (None, "waking_up", "held_back", "kept_on_busy_cpu"),
            f"cause {spell['cause']}",
        )


def check_losses(check, report):
    trust, losses = report["trust"], report["trust"]["losses"]
    placed = sum(loss["count"] for loss in losses)
    check.expect(all(loss["from_s"] <= loss["to_s"] for loss in losses), "a loss ends before it begins")
    check.expect(losses == sorted(losses, key=lambda loss: loss["from_s"]), "losses are in no order")
    if trust["losses_more"]:
        check.expect(placed < trust["lost"], "more losses, and none left to be in them")
    else:
        check.same(placed, trust["lost"], "the losses' counts sum to lost")
        for cpu, lost in enumerate(trust["lost_by_cpu"]):
            here = sum(loss["count"] for loss in losses if loss["cpu"] == cpu)
            check.same(here, lost or 0, f"losses of CPU {cpu}")
    unknown = sum(ns(task["unknown_s"]) for task in report["tasks"] if task["measured"])
    check.same(unknown, ns(trust["unknown_task_s"]), "unknown_s of all tasks sum to unknown_task_s")
    wall = ns(report["program"]["wall_s"])
    check.expect(ns(trust["lower_bound_s"]) <= wall, "lower_bound_s is beyond wall_s")


def check_trust(check, report):
    trust = report["trust"]
    cross = trust["crosscheck"]
    # What the trace's end tells is there, or, the recorder killed, all of it is unknown.
    told_at_end = (
        report["run"]["signal"],
        trust["observer"]["cpu_s"],
        trust["observer"]["switches"],
    )
    # Of what ran already schedlab is not the parent.
    started = report["run"]["command"] != []
    check.expect(
        (cross["rusage_cpu_s"] is None) == (told_at_end[0] is None or not started),
        "rusage_cpu_s is of a command that was started, and has ended",
    )
    unknown = sum(value is None for value in told_at_end)
    # What ftrace does not see is null, and by BPF nothing else is.
    unseen = [trust["recursion_misses"], cross["kernel_switches"], cross["kernel_run_delay_s"]]
    unseen += [task["yields"] for task in report["tasks"]]
    if report["run"]["backend"] == "ftrace":
        check.expect(all(value is None for value in unseen), f"ftrace can't know: {unseen}")
    elif not unknown:
        check.expect(None not in unseen, f"BPF knows: {unseen}")
    check.expect(unknown in (0, len(told_at_end)), f"half of what the end tells: {told_at_end}")
    check.expect(unknown == 0 or trust["verdict"] != "whole", "whole, without its end")
    check_losses(check, report)
    if trust["verdict"] != "whole":
        return
    zero = ("lost", "out_of_order", "conflicts", "recursion_misses", "unknown_s")
    for key in zero + ("unknown_task_s", "lower_bound_s", "losses_more"):
        check.same(trust[key] or 0, 0, f"whole, with {key}")
    if cross["kernel_switches"] is not None:
        check.same(cross["switches"], cross["kernel_switches"], "whole, and the kernel's switches")


def check_report(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file, parse_constant=lambda word: sys.exit(f"{path}: {word} is no JSON"))
    check = Checker(report)
    check.shape(report, REPORT, "report")
    try:
        check_words(check, report)
        check_profiles(check, report["program"])
        check_cpus(check, report)
        check_tasks(check, report)
        check_latency(check, report)
        check_strip(check, report)
        check_violations(check, report)
        check_trust(check, report)
    except (KeyError, TypeError, IndexError) as error:
        check.expect(False, f"the sums can't be checked: {error!r}")
    for words in check.complaints:
        print(f"{path}: {words}")
    return not check.complaints


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([check_report(path) for path in sys.argv[1:]]) else 1)
