/* SPDX-License-Identifier: MIT */
/*
 * counter: all units add to one number, in five ways.
 *
 * Provokes: lost updates. racy loads the number, computes a little (gap), and stores it plus one:
 * whoever was overtaken in between overwrites what others have added. single adds in one x86
 * instruction that no interrupt divides and another CPU does; atomic locks the instruction; mutex
 * takes the runtime's lock around load and store; per-task gives each unit a number of its own, in
 * its own cache line, and adds them up at the end.
 *
 * A fair stand-in for any shared statistic, reference count or queue index.
 *
 * Expect: racy loses on one CPU too, whole slices at a time, as a unit preempted in the gap comes
 * back with what it had read; on two CPUs all the time. single loses on two CPUs only. atomic and
 * mutex never lose, and cost more than a unit alone pays: the number's cache line goes to and fro.
 * per-task never loses and costs nothing.
 *
 * As coroutines on one carrier no form loses: only a yield can come between, and the body yields
 * between two updates. With yields=within it yields between load and store, as a program does that
 * awaits something there, and racy loses as much as elsewhere; a mutex then saves it.
 */
#include "body_spin.h"
#include "complain.h"
#include "workload.h"

enum { FORM, GAP, YIELDS };
enum { RACY, SINGLE, ATOMIC, MUTEX, PER_TASK };
enum { BETWEEN, WITHIN };

#define UPDATES_A_TURN 1000

struct own_number {
	uint64_t value;
} __attribute__((aligned(64)));

struct numbers {
	struct unit_mutex mutex;
	uint64_t plain __attribute__((aligned(64)));
	_Atomic uint64_t atomic __attribute__((aligned(64)));
	struct own_number own[];
};

/* In C the compiler may keep the number in a register, or turn load, add and store into one. */
static inline uint64_t load(const uint64_t *at)
{
#ifdef __x86_64__
	uint64_t value;

	__asm__ volatile("movq %[at], %[value]" : [value] "=r"(value) : [at] "m"(*at));
	return value;
#else
	return *(const volatile uint64_t *)at;
#endif
}

static inline void store(uint64_t *at, uint64_t value)
{
#ifdef __x86_64__
	__asm__ volatile("movq %[value], %[at]" : [at] "=m"(*at) : [value] "r"(value));
#else
	__asm__ volatile("" : "+r"(value));
	*(volatile uint64_t *)at = value;
#endif
}

/* `last`: of its turn, the update at which a coroutine may give way. */
static void update_slowly(struct unit *unit, uint64_t *number, bool last)
{
	const uint64_t *parameters = unit->workload->parameters;
	uint64_t value = load(number);

	spin_steps(value, parameters[GAP]);
	if (last && parameters[YIELDS] == WITHIN && unit->runtime->yield)
		unit->runtime->yield(unit);
	store(number, value + 1);
}

static void turn_racy(struct unit *unit, struct numbers *numbers, uint64_t updates)
{
	while (updates--)
		update_slowly(unit, &numbers->plain, !updates);
}

static void turn_single(struct unit *unit, struct numbers *numbers, uint64_t updates)
{
#ifdef __x86_64__
	while (updates--)
		__asm__ volatile("incq %[number]" : [number] "+m"(numbers->plain) : : "cc");
#endif
}

static void turn_atomic(struct unit *unit, struct numbers *numbers, uint64_t updates)
{
	while (updates--)
		atomic_fetch_add_explicit(&numbers->atomic, 1, memory_order_relaxed);
}

static void turn_mutex(struct unit *unit, struct numbers *numbers, uint64_t updates)
{
	while (updates--) {
		unit->runtime->lock(unit, &numbers->mutex);
		update_slowly(unit, &numbers->plain, !updates);
		unit->runtime->unlock(unit, &numbers->mutex);
	}
}

static void turn_per_task(struct unit *unit, struct numbers *numbers, uint64_t updates)
{
	uint64_t *own = &numbers->own[unit->index].value;

	while (updates--)
		store(own, load(own) + 1);
}

static void (*const turns[])(struct unit *, struct numbers *, uint64_t updates) = {
	[RACY] = turn_racy,   [SINGLE] = turn_single,	  [ATOMIC] = turn_atomic,
	[MUTEX] = turn_mutex, [PER_TASK] = turn_per_task,
};

static int prepare(struct workload *workload)
{
	struct numbers *numbers = workload_share(sizeof(*numbers) +
						 workload->units_count * sizeof(struct own_number));

	workload->body_memory = numbers;
	if (!numbers)
		return -1;
#ifndef __x86_64__
	if (workload->parameters[FORM] == SINGLE)
		return complain("use form=atomic or form=racy",
				"form=single: this processor has no such instruction, x86 has");
#endif
	workload->units[0].runtime->mutex_init(&numbers->mutex);
	return 0;
}

static void run(struct unit *unit)
{
	const struct workload *workload = unit->workload;
	uint64_t *iterations = &unit->truth.iterations;

	while (*iterations < workload->work) {
		uint64_t left = workload->work - *iterations;
		uint64_t updates = left < UPDATES_A_TURN ? left : UPDATES_A_TURN;

		turns[workload->parameters[FORM]](unit, workload->body_memory, updates);
		*iterations += updates;
		if (workload->parameters[YIELDS] == BETWEEN && unit->runtime->yield)
			unit->runtime->yield(unit);
	}
}

static int check(const struct workload *workload, json_t *result)
{
	const struct numbers *numbers = workload->body_memory;
	uint64_t form = workload->parameters[FORM];
	uint64_t updates = workload->units_count * workload->work;
	uint64_t counted = form == ATOMIC ? numbers->atomic : numbers->plain;
	bool may_lose = (form == RACY || form == SINGLE) && workload->units[0].runtime->units_meet;

	for (unsigned i = 0; i < workload->units_count && form == PER_TASK; i++)
		counted += numbers->own[i].value;
	if (counted > updates || (counted < updates && !may_lose))
		return complain("this is a defect of the runtime or the machine, please report it",
				"%llu updates were made and %llu counted",
				(unsigned long long)updates, (unsigned long long)counted);
	json_object_set_new(result, "updates", json_integer(updates));
	json_object_set_new(result, "counted", json_integer(counted));
	json_object_set_new(result, "lost", json_integer(updates - counted));
	return 0;
}

static const char *const forms[] = {
	[RACY] = "racy",   [SINGLE] = "single",	    [ATOMIC] = "atomic",
	[MUTEX] = "mutex", [PER_TASK] = "per-task", NULL
};
static const char *const places[] = { [BETWEEN] = "between", [WITHIN] = "within", NULL };

static const struct parameter parameters[] = {
	[FORM] = { .name = "form", .why = "how the number is added to", .values = forms },
	[GAP] = { .name = "gap",
		  .why = "multiplications between load and store",
		  .value_default = 8,
		  .max = 1000000 },
	[YIELDS] = { .name = "yields",
		     .why = "where a coroutine gives way to others",
		     .values = places },
	{ 0 },
};

const struct body body_counter = {
	.name = "counter",
	.why = "one number that all add to: what is lost, and what not losing it costs",
	.kind = "race",
	.version = 1,
	.work_unit = "updates",
	.work_default = 10000000,
	.work_max = 100000000000,
	.units_default = 2,
	.units_multiple = 1,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.check = check,
};
