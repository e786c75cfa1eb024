#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are a unit's traced switches those that it counted itself, by RUSAGE_THREAD?

usage: unit_switches.py REPORT.json UNIT DUMP [LEAST]     DUMP: `schedlab dump --task TID` of that unit
Between the unit's first and last instruction: all switches against nvcsw + nivcsw, and those at which
the kernel's nvcsw had moved against nvcsw. Status 1 if they differ, or are fewer than LEAST (1).
"""

import json
import re
import sys

SWITCH = re.compile(r"(\d+)\.(\d+) \[\d+\] switch +prev=(\d+) +state=\S+ +next=\d+ +nvcsw=(\d+) ")


def main(report_path, number, dump_path, least="1"):
    with open(report_path, encoding="utf-8") as file:
        unit = json.load(file)["truth"]["units"][int(number)]
    first, last = unit["first"], unit["last"]
    counted = voluntary = 0
    nvcsw = first["nvcsw"] & 0xFFFFFFFF
    with open(dump_path, encoding="utf-8") as file:
        for line in file:
            found = SWITCH.match(line)
            if not found or int(found[3]) != unit["tid"]:
                continue
            time = int(found[1]) * 10**9 + int(found[2])
            if first["ns"] < time < last["ns"]:
                counted += 1
                voluntary += int(found[4]) != nvcsw
                nvcsw = int(found[4])
    own_voluntary = last["nvcsw"] - first["nvcsw"]
    own = own_voluntary + last["nivcsw"] - first["nivcsw"]
    print(f"unit {number}: traced {counted}, {voluntary} voluntary; own {own}, {own_voluntary}")
    return 0 if (counted, voluntary) == (own, own_voluntary) and own >= int(least) else 1


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
