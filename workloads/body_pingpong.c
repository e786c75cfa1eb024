/* SPDX-License-Identifier: MIT */
/*
 * pingpong: a token handed to and fro between the two units of a pair.
 *
 * Provokes: switches and nothing else: whoever hands the token on has nothing left to do.
 *
 * A fair stand-in for a request and its answer between two programs (pipe), or for a lock passed
 * between two workers (direct: threads and processes by futex, coroutines by resuming the partner).
 *
 * Expect: on one CPU, exactly two hand-offs a round trip, each unit switched out once a trip; on
 * two, cores that mostly wait to be woken. Coroutines hand off directly some hundred times faster
 * than threads, and over pipes no faster: then the system calls are the cost. The default count is
 * prime, so that no other period in a trace can be taken for it.
 *
 * In serial the partner could never answer: each unit passes the token to itself once a round trip,
 * so a pair makes the same calls as elsewhere, without a single switch.
 */
#include <errno.h>
#include <string.h>
#include "complain.h"
#include "workload.h"

enum { MEDIUM };
enum { PIPE, DIRECT };

struct pair {
	uint64_t hand_offs; /* only who has the token counts, so no lock is needed */
	int to[2][2];	    /* the pipe towards either member */
} __attribute__((aligned(64)));

static struct pair *pair_of(const struct unit *unit)
{
	return (struct pair *)unit->workload->body_memory + unit->index / 2;
}

static int prepare(struct workload *workload)
{
	const struct runtime *runtime = workload->units[0].runtime;
	unsigned pairs_count = workload->units_count / 2;
	struct pair *pairs = workload_share(pairs_count * sizeof(*pairs));

	workload->body_memory = pairs;
	if (!pairs)
		return -1;
	for (unsigned i = 0; i < pairs_count && workload->parameters[MEDIUM] == PIPE; i++) {
		if (unit_pipe(runtime, pairs[i].to[0]) || unit_pipe(runtime, pairs[i].to[1]))
			return complain("a pair holds 4 descriptors: use fewer units (-n), or "
					"raise ulimit -n",
					"the pipes of pair %u of %u: %s", i + 1, pairs_count,
					strerror(errno));
	}
	return 0;
}

static void give(struct unit *unit, struct unit *partner)
{
	if (unit->workload->parameters[MEDIUM] == PIPE)
		unit_write(unit, pair_of(unit)->to[partner->index % 2][1], "t", 1);
	else
		unit->runtime->give(unit, partner);
}

static void take(struct unit *unit)
{
	char byte;

	if (unit->workload->parameters[MEDIUM] == PIPE)
		unit_read(unit, pair_of(unit)->to[unit->index % 2][0], &byte, 1);
	else
		unit->runtime->take(unit);
}

static void hand_off(struct unit *unit, struct unit *partner)
{
	if (unit->workload->parameters[MEDIUM] == DIRECT) {
		unit->runtime->hand_off(unit, partner);
		return;
	}
	give(unit, partner);
	take(unit);
}

/*
 * The even unit serves and has the token back last; so the odd one's last step is to give it away.
 */
static void run(struct unit *unit)
{
	bool alone = !unit->runtime->units_meet, serves = alone || unit->index % 2 == 0;
	struct unit *partner = alone ? unit : &unit->workload->units[unit->index ^ 1];
	uint64_t *iterations = &unit->truth.iterations;
	struct pair *pair = pair_of(unit);

	if (!serves)
		take(unit);
	while (*iterations < unit->workload->work) {
		++*iterations;
		pair->hand_offs++;
		if (!serves && *iterations == unit->workload->work)
			give(unit, partner);
		else
			hand_off(unit, partner);
	}
}

static int check(const struct workload *workload, json_t *result)
{
	const struct pair *pairs = workload->body_memory;

	for (unsigned i = 0; i < workload->units_count / 2; i++) {
		if (pairs[i].hand_offs != 2 * workload->work)
			return complain("this is a defect of the runtime, please report it",
					"pair %u counted %llu hand-offs, not %llu", i,
					(unsigned long long)pairs[i].hand_offs,
					(unsigned long long)(2 * workload->work));
	}
	json_object_set_new(result, "hand_offs", json_integer(2 * workload->work));
	return 0;
}

/* The mean pair's time from gate to its last finish, over the hand-offs in it. */
static double switch_ns(const struct workload *workload)
{
	double sum_ns = 0;

	for (unsigned i = 0; i < workload->units_count; i += 2) {
		uint64_t even_ns = workload->units[i].truth.finish_ns;
		uint64_t odd_ns = workload->units[i + 1].truth.finish_ns;

		sum_ns += (even_ns > odd_ns ? even_ns : odd_ns) - workload->gate->opened_ns;
	}
	return sum_ns / (workload->units_count / 2) / (2.0 * workload->work);
}

static const char *const media[] = { [PIPE] = "pipe", [DIRECT] = "direct", NULL };

static const struct parameter parameters[] = {
	[MEDIUM] = { .name = "medium",
		     .why = "a pipe each way, or the runtime's own hand-off",
		     .value_default = PIPE,
		     .values = media },
	{ 0 },
};

const struct body body_pingpong = {
	.name = "pingpong",
	.why = "a token to and fro between two units: nothing but switches",
	.kind = "switching",
	.version = 1,
	.work_unit = "round trips",
	.work_default = 10007,
	.work_max = 1000000000,
	.units_default = 2,
	.units_multiple = 2,
	.apart = true,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.check = check,
	.switch_ns = switch_ns,
};
