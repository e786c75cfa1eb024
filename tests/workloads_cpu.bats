#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2154,SC2317 # jq's $; bats sets stderr; what bats calls
# The bodies that compute: image, codec and mixed, untraced.

bats_require_minimum_version 1.5.0
load helpers
load workload

@test "every model blurs the same image and brings the same text back" {
	local body model first
	for body in 'image --work 60' 'image --work 7 --set size=16' 'codec --work 5' \
		'codec --work 1 --set size=1 --set level=19' 'mixed --work 2 --set ms=1'; do
		first=
		for model in $MODELS; do
			# shellcheck disable=SC2086
			workload $body --as "$model" -n 4
			truth --arg first "$first" '(.result.checksum | test("^[0-9a-f]{16}$"))
				and (.result.checksum == $first or $first == "")
				and .work as $work | all(.units[]; .iterations == $work)'
			first=$(jq -r .result.checksum truth.json)
		done
	done
}

@test "libraries that know of no coroutines run on their small stacks" {
	workload codec --as coroutines -n 2 --work 1 --set level=19 --set size=256
	truth '.result.checksum != null'
	workload database --as coroutines -n 3 --work 2 --set pool=no
	truth '.result.commits == 6 and .guarded_stacks == 3'
}

@test "the codec's text is packed by zstd, at a higher level the better" {
	local packed
	workload codec -n 2 --work 3 --set level=1
	truth '.result | .text_bytes == 6 * 65536 and .packed_bytes > .text_bytes / 6
		and .packed_bytes < .text_bytes / 2'
	packed=$(jq .result.packed_bytes truth.json)
	workload codec -n 2 --work 3 --set level=19 --as processes
	truth --argjson packed "$packed" '.result | .packed_bytes > .text_bytes / 6 and .packed_bytes < $packed'
}

@test "an image's checksum does not depend on how its rows are shared out" {
	local first
	workload image -n 1 --work 60
	first=$(jq .result.checksum truth.json)
	workload image -n 6 --work 10 --as coroutines
	truth ".result.checksum == $first"
	workload image -n 6 --work 11
	truth ".result.checksum != $first"
}

@test "a thousand coroutines blur bands of one image" {
	workload image --as coroutines -n 1000 --work 3 --set size=64
	truth 'all(.units[]; .iterations == 3)'
}

@test "images as threads, processes and coroutines on two carriers take at most 1 / 1.8 of serial, on one as long" {
	requires smp
	pays_off 12 images_are_faster
}

# Whatever else the machine does makes a wall longer, never shorter: of each model the shortest yet.
images_are_faster() {
	local model ratio=''
	for model in serial threads processes coroutines carriers; do
		# shellcheck disable=SC2086
		workload image -n 2 --as ${model/carriers/coroutines --threads 2} || return
		wall_ns >>$model.walls
		ratio+=" $(($(shortest serial) * 100 / $(shortest $model)))"
	done
	echo "$(shortest serial) ns in serial; that is in percent of serial, threads, processes, coroutines, two carriers:$ratio"
	# shellcheck disable=SC2086
	set -- $ratio
	(($2 >= 180 && $3 >= 180 && $4 >= 90 && $4 <= 110 && $5 >= 180))
}

shortest() {
	sort -n "$1.walls" | head -n 1
}

@test "mixed computes its rounds and waits for the rest of each" {
	workload mixed --set p=0 --set ms=20 --work 3 -n 2
	(($(wall_ns) >= 60000000))
	truth 'all(.units[]; (.last.nvcsw - .first.nvcsw) >= 3)'
	workload mixed --set p=100 --set ms=5 --work 3 -n 2
	truth 'all(.units[]; (.last.nvcsw - .first.nvcsw) < 3)'
	refused 'p' mixed --set p=101
}

@test "memory that is not to be had for a body's work is refused in words" {
	ldd "$WORKLOAD" | grep -q libasan && skip 'the address sanitizer needs all of the address space'
	ulimit -v 250000
	run --separate-stderr "$WORKLOAD" codec --set size=65536 --work 1 --as serial
	[[ $status -eq 1 && ${stderr_lines[0]} == *'out of memory for a block'* && ${stderr_lines[1]} == hint:* ]] ||
		fail "status $status: $stderr"
}
