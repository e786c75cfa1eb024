/* SPDX-License-Identifier: MIT */
/*
 * spawn: units create others, which run nothing.
 *
 * Provokes: what one more of a kind costs, in time and in memory, and with hold=yes how many can be
 * alive at once: they are created up to a cap or until a limit says no, and which is in the result.
 *
 * A fair stand-in for a server that makes a process, a thread or a coroutine for each client.
 *
 * Expect: in time and memory processes above threads above coroutines. Each process or thread is a
 * task, of which a system can have so many; a coroutine is memory. Where each coroutine's stack is
 * a mapping of its own with a guard page (stacks=apart), as most runtimes have it, the number of
 * mappings ends it (vm.max_map_count); in slots of larger ones (stacks=together), only memory does.
 *
 * It is always bounded: by cap; by `memory` in MiB, without it a quarter of what is available to
 * this process, whose cgroups may have less than the machine; by an eighth of the system's tasks
 * that is left to others; and by half a minute. What was created belongs to its unit: it ends with
 * it, however that ends.
 */
#include "body_spawn.h"
#include <stdlib.h>
#include <string.h>
#include "complain.h"

enum { HOLD, CAP, MEMORY, STACKS };

#define HOLD_MAX_NS 30000000000ull
#define LOOK_EVERY 128
#define SAMPLES_MAX 1000000

/* Shared by all: what was found, then the samples and those born. */
struct spawn {
	struct spawn_limit limit;
	uint64_t alive, memory_bytes;
	uint64_t *first_run_ns, *joined_ns; /* samples: by unit and number */
	uint64_t samples_count;
	struct born *born; /* without hold one a unit */
};

static bool holds(const struct workload *workload)
{
	return workload->parameters[HOLD];
}

static int prepare(struct workload *workload)
{
	uint64_t samples = holds(workload) ? workload->parameters[CAP]
					   : workload->work * workload->units_count;
	uint64_t born = holds(workload) ? samples : workload->units_count, bytes;
	struct spawn *spawn;

	if (holds(workload) && workload->units_count > 1)
		return complain("leave -n out", "hold=yes: one unit holds all, not %u",
				workload->units_count);
	if (samples > SAMPLES_MAX)
		return complain("use fewer units (-n) or less --work",
				"%llu are to be created: over %d", (unsigned long long)samples,
				SAMPLES_MAX);
	bytes = 2 * samples * sizeof(uint64_t) + born * sizeof(*spawn->born);
	if (bytes > spawn_memory_available() / 4)
		return complain("give a lower cap or less --work, or free memory",
				"%llu bytes for what is measured: over a quarter of the memory",
				(unsigned long long)bytes);
	spawn = workload->body_memory = workload_share(sizeof(*spawn));
	if (!spawn)
		return -1;
	spawn->first_run_ns = workload_share(samples * sizeof(uint64_t));
	spawn->joined_ns = workload_share(samples * sizeof(uint64_t));
	spawn->born = workload_share(born * sizeof(*spawn->born));
	return spawn->first_run_ns && spawn->joined_ns && spawn->born ? 0 : -1;
}

static void create_and_join(struct unit *unit, struct nursery *nursery)
{
	struct spawn *spawn = unit->workload->body_memory;
	uint64_t sample = unit->index * unit->workload->work;
	uint64_t *iterations = &unit->truth.iterations;

	for (; *iterations < unit->workload->work; ++*iterations, sample++) {
		uint64_t begin_ns = reading_now_ns();
		int error = nursery->maker->create(nursery, 0);

		if (!error)
			error = nursery->maker->await(nursery, 0);
		if (error)
			unit_fail(unit, "creating number %llu: %s", (unsigned long long)*iterations,
				  strerror(error));
		spawn->joined_ns[sample] = reading_now_ns() - begin_ns;
		spawn->first_run_ns[sample] = nursery->born->ran_ns - begin_ns;
		if (unit->runtime->yield)
			unit->runtime->yield(unit);
	}
}

/* The bounds that no system call knows of. */
static bool bounded(struct nursery *nursery, unsigned alive, uint64_t before, uint64_t budget,
		    uint64_t end_ns, struct spawn_limit *limit)
{
	if (reading_now_ns() > end_ns)
		*limit = (struct spawn_limit){ "time_ns", HOLD_MAX_NS };
	else if (spawn_memory_quick(nursery, alive) > before + budget)
		*limit = (struct spawn_limit){ "memory", budget };
	else
		return spawn_limit_near(nursery, limit);
	return true;
}

static unsigned grow(struct unit *unit, struct nursery *nursery, struct spawn *spawn)
{
	const uint64_t *parameters = unit->workload->parameters;
	uint64_t budget = parameters[MEMORY] ? parameters[MEMORY] << 20
					     : spawn_memory_available() / 4;
	uint64_t before = spawn_memory_quick(nursery, 0);
	uint64_t end_ns = reading_now_ns() + HOLD_MAX_NS;

	for (unsigned alive = 0; alive < parameters[CAP]; alive++) {
		uint64_t begin_ns = reading_now_ns();
		int error;

		if (alive % LOOK_EVERY == 0 &&
		    bounded(nursery, alive, before, budget, end_ns, &spawn->limit))
			return alive;
		nursery->born[alive].nursery = nursery;
		error = nursery->maker->create(nursery, alive);
		if (error) {
			spawn_limit_of(nursery, error, &spawn->limit);
			return alive;
		}
		error = nursery->maker->await(nursery, alive);
		if (error)
			unit_fail(unit, "the first run of number %u: %s", alive, strerror(error));
		spawn->first_run_ns[alive] = nursery->born[alive].ran_ns - begin_ns;
	}
	spawn->limit = (struct spawn_limit){ "cap", parameters[CAP] };
	return parameters[CAP];
}

static void run(struct unit *unit)
{
	const struct workload *workload = unit->workload;
	struct spawn *spawn = workload->body_memory;
	unsigned capacity = holds(workload) ? workload->parameters[CAP] : 1;
	struct nursery nursery = { .unit = unit,
				   .maker = spawn_maker(workload->model->bit),
				   .born = spawn->born,
				   .hold = holds(workload) };
	int error = nursery.maker->prepare(&nursery, capacity, workload->parameters[STACKS]);
	uint64_t before;

	if (error)
		unit_fail(unit, "preparing to create: %s", strerror(error));
	if (!nursery.hold) {
		nursery.born += unit->index;
		nursery.born->nursery = &nursery;
		create_and_join(unit, &nursery);
		nursery.maker->finish(&nursery, 0);
		return;
	}
	before = spawn_memory(&nursery, 0);
	spawn->alive = unit->truth.iterations = grow(unit, &nursery, spawn);
	if (spawn->alive) {
		uint64_t after = spawn_memory(&nursery, spawn->alive);

		spawn->memory_bytes = after > before ? (after - before) / spawn->alive : 0;
	}
	nursery.maker->finish(&nursery, spawn->alive);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static json_t *median_json(uint64_t *samples, uint64_t count)
{
	if (!count)
		return json_null();
	qsort(samples, count, sizeof(*samples), compare_u64);
	return json_integer(samples[count / 2]);
}

/* What was not measured is null: a lost sample would be, too, and is none. */
static int check(const struct workload *workload, json_t *result)
{
	struct spawn *spawn = workload->body_memory;
	bool hold = holds(workload);
	uint64_t created = hold ? spawn->alive : workload->work * workload->units_count;

	for (uint64_t i = 0; i < created; i++)
		if (!spawn->first_run_ns[i] || spawn->first_run_ns[i] > HOLD_MAX_NS)
			return complain("this is a defect of the runtime, please report it",
					"number %llu that was created did not run",
					(unsigned long long)i);
	json_object_set_new(result, "created", json_integer(created));
	json_object_set_new(result, "create_to_first_run_ns",
			    median_json(spawn->first_run_ns, created));
	json_object_set_new(result, "create_and_join_ns",
			    median_json(spawn->joined_ns, hold ? 0 : created));
	json_object_set_new(result, "alive", hold ? json_integer(created) : json_null());
	json_object_set_new(result, "memory_per_unit_bytes",
			    hold && spawn->memory_bytes ? json_integer(spawn->memory_bytes)
							: json_null());
	json_object_set_new(result, "limit",
			    hold ? json_pack("{s:s, s:I}", "name", spawn->limit.name, "value",
					     (json_int_t)spawn->limit.value)
				 : json_null());
	return 0;
}

static const char *const no_yes[] = { "no", "yes", NULL };
static const char *const ways[] = { "together", "apart", NULL };

static const struct parameter parameters[] = {
	[HOLD] = { .name = "hold",
		   .why = "all stay alive until the last; without, each is joined at once",
		   .values = no_yes },
	[CAP] = { .name = "cap",
		  .why = "with hold, how many at most",
		  .value_default = 1000,
		  .min = 1,
		  .max = SAMPLES_MAX },
	[MEMORY] = { .name = "memory",
		     .why = "with hold, MiB at most; 0: a quarter of what is available",
		     .max = 1 << 24 },
	[STACKS] = { .name = "stacks",
		     .why = "of coroutines: slots of large mappings, or a mapping each",
		     .values = ways },
	{ 0 },
};

const struct body body_spawn = {
	.name = "spawn",
	.why = "creates others and joins them, or holds them: cost, memory, limits",
	.kind = "cost, limits",
	.version = 1,
	.work_unit = "creations",
	.work_default = 1000,
	.work_max = SAMPLES_MAX,
	.units_default = 1,
	.units_multiple = 1,
	.models = MODEL_PROCESSES | MODEL_THREADS | MODEL_COROUTINES,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.check = check,
};
