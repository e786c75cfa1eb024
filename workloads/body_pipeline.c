/* SPDX-License-Identifier: MIT */
/*
 * pipeline: items pass through stages that are joined by bounded queues; one stage is slow.
 *
 * Provokes: units that wait for each other: for an item where the queue before them is empty, for
 * room where the one behind them is full.
 *
 * A fair stand-in for a shell's pipe, a video encoder or a packet's way through a router.
 *
 * Expect: the slow stage always running, every other waiting for it: those before it for room,
 * those behind it for items. However many CPUs, no more than (sum of all stages) / (the slowest)
 * run at an instant, and the whole takes as long as the slow stage alone.
 *
 * Unit i is a stage of pipeline i / stages; the one in the middle is slow. In serial nothing can
 * wait for a later unit: each takes its share of the items, one after the other through all stages.
 */
#include "body_spin.h"
#include "check_units.h"
#include "complain.h"
#include "workload.h"

enum { STAGES, SLOW, US };

#define STEPS_A_MICROSECOND 1000
#define QUEUE_ROOM 8

struct item {
	uint64_t number, value;
};

struct queue {
	struct unit_mutex mutex;
	struct unit_condition filled, emptied;
	uint64_t put, taken;
	struct item items[QUEUE_ROOM];
} __attribute__((aligned(64)));

/* What came out at a pipeline's end. */
struct outcome {
	uint64_t items, checksum, first_value;
} __attribute__((aligned(64)));

struct pipelines {
	struct outcome *outcomes; /* of each pipeline */
	struct queue *queues;	  /* stages - 1 of each, in order */
};

static unsigned stages_of(const struct workload *workload)
{
	return workload->parameters[STAGES];
}

static int fit(struct workload *workload, bool units_given)
{
	unsigned stages = stages_of(workload);

	if (!units_given)
		workload->units_count = stages;
	if (workload->units_count % stages == 0)
		return 0;
	return complain("give a multiple of stages, or leave out -n",
			"-n %u: the units of pipeline are stages, %u to a pipeline",
			workload->units_count, stages);
}

static int prepare(struct workload *workload)
{
	const struct runtime *runtime = workload->units[0].runtime;
	unsigned pipelines_count = workload->units_count / stages_of(workload);
	unsigned queues_count = workload->units_count - pipelines_count;
	struct pipelines *pipelines = workload_share(sizeof(*pipelines));

	workload->body_memory = pipelines;
	if (!pipelines)
		return -1;
	pipelines->outcomes = workload_share(pipelines_count * sizeof(struct outcome));
	pipelines->queues = workload_share(queues_count * sizeof(struct queue));
	if (!pipelines->outcomes || !pipelines->queues)
		return -1;
	for (unsigned i = 0; i < queues_count; i++) {
		runtime->mutex_init(&pipelines->queues[i].mutex);
		runtime->condition_init(&pipelines->queues[i].filled);
		runtime->condition_init(&pipelines->queues[i].emptied);
	}
	return 0;
}

static void put(struct unit *unit, struct queue *queue, struct item item)
{
	const struct runtime *runtime = unit->runtime;

	runtime->lock(unit, &queue->mutex);
	while (queue->put - queue->taken == QUEUE_ROOM)
		runtime->wait(unit, &queue->emptied, &queue->mutex);
	queue->items[queue->put++ % QUEUE_ROOM] = item;
	runtime->signal(unit, &queue->filled);
	runtime->unlock(unit, &queue->mutex);
}

static struct item take(struct unit *unit, struct queue *queue)
{
	const struct runtime *runtime = unit->runtime;
	struct item item;

	runtime->lock(unit, &queue->mutex);
	while (queue->put == queue->taken)
		runtime->wait(unit, &queue->filled, &queue->mutex);
	item = queue->items[queue->taken++ % QUEUE_ROOM];
	runtime->signal(unit, &queue->emptied);
	runtime->unlock(unit, &queue->mutex);
	return item;
}

static struct item new_item(uint64_t number)
{
	return (struct item){ .number = number, .value = number + 1 };
}

static uint64_t work_on(const struct workload *workload, unsigned stage, uint64_t value)
{
	uint64_t steps = workload->parameters[US] * STEPS_A_MICROSECOND;

	if (stage == stages_of(workload) / 2)
		steps *= workload->parameters[SLOW];
	return spin_steps(value + stage, steps);
}

static void come_out(const struct unit *unit, struct outcome *outcome, struct item item)
{
	if (item.number != outcome->items)
		unit_fail(unit, "item %llu came out in the place of item %llu",
			  (unsigned long long)item.number, (unsigned long long)outcome->items);
	if (!outcome->items++)
		outcome->first_value = item.value;
	outcome->checksum = outcome->checksum * 31 + item.value;
}

static void run_stage(struct unit *unit, unsigned stage, struct queue *before,
		      struct outcome *outcome)
{
	const struct workload *workload = unit->workload;
	bool is_last = stage + 1 == stages_of(workload);

	for (uint64_t number = 0; number < workload->work; number++) {
		struct item item = stage ? take(unit, before) : new_item(number);

		item.value = work_on(workload, stage, item.value);
		if (is_last)
			come_out(unit, outcome, item);
		else
			put(unit, stage ? before + 1 : before, item);
		unit->truth.iterations++;
	}
}

static void run_serial(struct unit *unit, unsigned share, struct outcome *outcome)
{
	const struct workload *workload = unit->workload;
	unsigned stages = stages_of(workload);
	uint64_t end = workload->work * (share + 1) / stages;

	for (uint64_t number = workload->work * share / stages; number < end; number++) {
		struct item item = new_item(number);

		for (unsigned stage = 0; stage < stages; stage++)
			item.value = work_on(workload, stage, item.value);
		come_out(unit, outcome, item);
		unit->truth.iterations++;
	}
}

static void run(struct unit *unit)
{
	unsigned stages = stages_of(unit->workload), stage = unit->index % stages;
	struct pipelines *pipelines = unit->workload->body_memory;
	struct outcome *outcome = &pipelines->outcomes[unit->index / stages];
	struct queue *first = pipelines->queues + (size_t)(unit->index / stages) * (stages - 1);

	if (unit->runtime->units_meet)
		run_stage(unit, stage, first + (stage ? stage - 1 : 0), outcome);
	else
		run_serial(unit, stage, outcome);
}

/* One item is computed anew; that the others are right is left to the checksums' being equal. */
static int check(const struct workload *workload, json_t *result)
{
	const struct pipelines *pipelines = workload->body_memory;
	const struct outcome *first = &pipelines->outcomes[0];
	uint64_t value = new_item(0).value;

	for (unsigned stage = 0; stage < stages_of(workload); stage++)
		value = work_on(workload, stage, value);
	for (unsigned i = 0; i < workload->units_count / stages_of(workload); i++) {
		const struct outcome *outcome = &pipelines->outcomes[i];

		if (outcome->items != workload->work || outcome->first_value != value ||
		    outcome->checksum != first->checksum)
			return complain("suspect the machine: memory, overclocking",
					"of pipeline %u came %llu items of %llu, or wrong ones", i,
					(unsigned long long)outcome->items,
					(unsigned long long)workload->work);
	}
	json_object_set_new(result, "items", json_integer(workload->work));
	result_checksum(result, first->checksum);
	return 0;
}

static const struct parameter parameters[] = {
	[STAGES] = { .name = "stages",
		     .why = "of a pipeline, a unit each",
		     .value_default = 4,
		     .min = 2,
		     .max = 1000 },
	[SLOW] = { .name = "slow",
		   .why = "how much longer one stage takes",
		   .value_default = 4,
		   .min = 1,
		   .max = 1000 },
	[US] = { .name = "us",
		 .why = "microseconds of computing a stage",
		 .value_default = 100,
		 .max = 1000000 },
	{ 0 },
};

const struct body body_pipeline = {
	.name = "pipeline",
	.why = "stages joined by bounded queues: the slowest sets the pace",
	.kind = "synchronisation",
	.version = 1,
	.work_unit = "items",
	.work_default = 500,
	.work_max = 1000000000,
	.units_default = 4,
	.units_multiple = 1,
	.parameters = parameters,
	.fit = fit,
	.prepare = prepare,
	.run = run,
	.check = check,
};
