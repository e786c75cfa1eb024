#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2094 # file names
# usage: both_ways.sh [FOLDER]
# In a guest (scripts/vm): what check says; one run recorded by BPF within ftrace, within perf where
# that is there; and one by whichever way works. Reports and events go to standard output as a tar.
cd "${1:-$(mktemp -d)}" || exit
schedlab check --json >check.json

set -- schedlab record --backend ftrace -q -o ftrace.trace -- \
	schedlab record --backend bpf -q -o bpf.trace -- \
	sh -c 'seq 5000 | sort -r | gzip | sha256sum
		! [ -x /usr/bin/xz ] || /usr/bin/xz -k0f -T2 /bin/busybox -c
		! [ -x /usr/bin/hackbench ] || hackbench -g 1 -f 5 -l 20
		schedlab-workload pingpong --work 300'
if command -v perf >/dev/null; then
	set -- perf record -q -k CLOCK_MONOTONIC -m 4M -a -e sched:sched_switch -o perf.data -- "$@"
fi
"$@" >out
if [ -e perf.data ]; then
	perf script -i perf.data --ns -F cpu,time,event,trace >script
fi
for way in ftrace bpf; do
	[ -e $way.trace ] || continue
	schedlab report --format json -o $way.json $way.trace
	schedlab dump $way.trace >$way.dump
done
schedlab run --format json -o either.json spin --as threads -n 1 --work 300
rm -f out perf.data ./*.trace
tar -cf - -- *
