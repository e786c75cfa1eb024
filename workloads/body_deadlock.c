/* SPDX-License-Identifier: MIT */
/*
 * deadlock: units in a ring, each of which needs its own lock and its neighbour's.
 *
 * Provokes: tasks that wait for each other for ever. Two of them (ring=2) take two locks in
 * opposite order, ABBA; five are the dining philosophers, who think, pick up the fork on one side,
 * then that on the other, and eat.
 *
 * A fair stand-in for two functions that lock the same two objects the other way round.
 *
 * Expect: all but the last meal go well, in an order that cannot deadlock: the lower lock first.
 * For the last each takes its own lock first, and a barrier sees to it that all have one before any
 * asks for a second: from then on all sleep, no CPU has anything to do, and nothing ever ends.
 * After `hold` milliseconds the launcher ends them; they have no finish. Coroutines cannot wait
 * that long: their loop sees at once that none of them can ever run again. With ordered=yes the
 * last meal is like the others.
 */
#include "body_deadlock.h"
#include "body_spin.h"
#include "check_units.h"
#include "complain.h"

#define STEPS_A_MEAL 100000
#define THINK_NS 1000000

static struct ring *ring_of(const struct unit *unit)
{
	return (struct ring *)unit->workload->body_memory +
	       unit->index / unit->workload->parameters[RING];
}

static struct deadlock_lock *locks_of(const struct workload *workload)
{
	return (struct deadlock_lock *)((struct ring *)workload->body_memory +
					workload->units_count);
}

static int fit(struct workload *workload, bool units_given)
{
	unsigned ring = workload->parameters[RING];

	if (!units_given)
		workload->units_count = ring;
	if (workload->units_count % ring == 0)
		return 0;
	return complain("give a multiple of ring, or leave out -n",
			"-n %u: the units of deadlock stand in rings of %u", workload->units_count,
			ring);
}

/* A lock a unit: its own is that of its number. */
static int prepare(struct workload *workload)
{
	const struct runtime *runtime = workload->units[0].runtime;
	struct ring *rings = workload_share(workload->units_count *
					    (sizeof(*rings) + sizeof(struct deadlock_lock)));
	struct deadlock_lock *locks;

	workload->body_memory = rings;
	if (!rings)
		return -1;
	locks = locks_of(workload);
	for (unsigned i = 0; i < workload->units_count; i++) {
		runtime->mutex_init(&rings[i].mutex);
		runtime->condition_init(&rings[i].all_here[0]);
		runtime->condition_init(&rings[i].all_here[1]);
		runtime->mutex_init(&locks[i].mutex);
		locks[i].holder = NOBODY;
		locks[i].wanted_by_own = NOBODY;
	}
	return 0;
}

static void take(struct unit *unit, unsigned index)
{
	struct deadlock_lock *locks = locks_of(unit->workload);

	locks[unit->index].wanted_by_own = (int)index;
	unit->runtime->lock(unit, &locks[index].mutex);
	locks[index].holder = (int)unit->index;
	locks[unit->index].wanted_by_own = NOBODY;
}

static void put_back(struct unit *unit, unsigned index)
{
	struct deadlock_lock *lock = &locks_of(unit->workload)[index];

	lock->holder = NOBODY;
	unit->runtime->unlock(unit, &lock->mutex);
}

/*
 * Until all of the ring have come here for the `times`-th time, 1 or 2. Each passes one signal on:
 * whoever waits for the second time must not take it from those who still wait for the first.
 */
static void wait_for_ring(struct unit *unit, unsigned times)
{
	const struct runtime *runtime = unit->runtime;
	struct ring *ring = ring_of(unit);
	struct unit_condition *all_here = &ring->all_here[times - 1];
	unsigned all = times * unit->workload->parameters[RING];

	runtime->lock(unit, &ring->mutex);
	ring->came++;
	if (ring->came == all && times == 2)
		ring->stuck_ns = reading_now_ns();
	while (ring->came < all)
		runtime->wait(unit, all_here, &ring->mutex);
	runtime->signal(unit, all_here);
	runtime->unlock(unit, &ring->mutex);
}

static void eat(struct unit *unit, bool deadly)
{
	unsigned size = unit->workload->parameters[RING], own = unit->index;
	unsigned place = own % size, next = own - place + (place + 1) % size;
	unsigned first = deadly || own < next ? own : next;
	unsigned second = first == own ? next : own;

	/* Whoever is still at another meal may need the lock that is kept from here on. */
	if (deadly)
		wait_for_ring(unit, 1);
	take(unit, first);
	if (deadly)
		wait_for_ring(unit, 2);
	take(unit, second);
	unit->truth.checksum = spin_steps(unit->truth.checksum, STEPS_A_MEAL);
	unit->truth.iterations++;
	put_back(unit, second);
	put_back(unit, first);
}

static void run(struct unit *unit)
{
	const struct workload *workload = unit->workload;

	for (uint64_t meal = 1; meal <= workload->work; meal++) {
		unit->runtime->wait_ns(unit, THINK_NS);
		eat(unit, meal == workload->work && workload->parameters[ORDERED] == NO);
	}
}

static uint64_t end_ns(const struct workload *workload)
{
	struct ring *rings = workload->body_memory;
	uint64_t last_ns = 0;

	for (unsigned i = 0; i < workload->units_count / workload->parameters[RING]; i++) {
		uint64_t stuck_ns = rings[i].stuck_ns;

		if (!stuck_ns)
			return 0;
		if (stuck_ns > last_ns)
			last_ns = stuck_ns;
	}
	return last_ns + workload->parameters[HOLD] * 1000000;
}

static int check(const struct workload *workload, json_t *result)
{
	if (deadlock_check(workload, locks_of(workload), result))
		return -1;
	/* Of the meals that all have had. */
	return check_units_equal(workload, result);
}

static const char *const answers[] = { [NO] = "no", [YES] = "yes", NULL };

static const struct parameter parameters[] = {
	[RING] = { .name = "ring",
		   .why = "units in a ring: 2 is ABBA",
		   .value_default = 2,
		   .min = 2,
		   .max = 1000 },
	[ORDERED] = { .name = "ordered",
		      .why = "the lower lock first: no deadlock",
		      .values = answers },
	[HOLD] = { .name = "hold",
		   .why = "milliseconds that it stays deadlocked",
		   .value_default = 1500,
		   .min = 1,
		   .max = 600000 },
	{ 0 },
};

const struct body body_deadlock = {
	.name = "deadlock",
	.why = "locks taken in opposite order: units that wait for each other for ever",
	.kind = "deadlock",
	.version = 1,
	.work_unit = "meals",
	.work_default = 3,
	.work_max = 1000000,
	.units_default = 2,
	.units_multiple = 1,
	.models = MODEL_PROCESSES | MODEL_THREADS | MODEL_COROUTINES,
	.parameters = parameters,
	.fit = fit,
	.prepare = prepare,
	.run = run,
	.end_ns = end_ns,
	.check = check,
};
