#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Have two recorders, one within the other, the same switches on every CPU, in the same order?

usage: nested_switches.py OUTER-DUMP INNER-DUMP

The inner's (prev, next, state) of each CPU must be a stretch of the outer's, whole and in one piece.
A task that is woken while the two probes look at it may read W in the later: it was blocked in both.
Prints what differs; status 1 if anything does.
"""

import sys

from same_switches import OURS, read, same_state


def same(outer, inner):
    states = same_state(outer[2], inner[2]) or same_state(inner[2], outer[2])
    return outer[:2] == inner[:2] and states


def stretch_at(outer, inner):
    """Where the inner's switches begin in the outer's: the nearest in time of which all are the same."""
    first_time, first = inner[0]
    starts = [i for i, (_, switch) in enumerate(outer) if same(switch, first)]
    starts.sort(key=lambda i: abs(outer[i][0] - first_time))
    best = 0
    for start in starts[:20]:
        there = outer[start : start + len(inner)]
        count = 0
        while count < len(there) and same(there[count][1], inner[count][1]):
            count += 1
        if count == len(inner):
            return start, count
        best = max(best, count)
    return None, best


def main(outer_path, inner_path):
    outer, inner = read(outer_path, OURS), read(inner_path, OURS)
    bad = not inner
    for cpu, switches in sorted(inner.items()):
        start, count = stretch_at(outer.get(cpu, []), switches)
        if start is None:
            time, switch = switches[count]
            print(f"CPU {cpu}: {count} of {len(switches)} are the same, then not {time} {switch}")
            bad = True
        else:
            print(f"CPU {cpu}: {count} switches are the same")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
