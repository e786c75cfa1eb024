/* SPDX-License-Identifier: MIT */
/*
 * spin: pure computing.
 *
 * Provokes: tasks that are always runnable, touch no memory and make no system call, so that
 * whatever keeps them off a core is the scheduler's doing.
 *
 * A fair stand-in for the hot loop of a compressor, a renderer or an interpreter. The loop is a
 * chain of multiplications, each needing the last one's result: no compiler shortens it and every
 * machine does the same steps; its speed is the core's clock, not its memory's.
 *
 * Expect: as threads or processes, min(n, CPUs) cores at 100 % and nothing else; on one CPU, equal
 * slices in turn; as coroutines, one core whatever n is, in turns of a million steps (about a
 * millisecond).
 */
#include "body_spin.h"
#include "check_units.h"
#include "workload.h"

#define MULTIPLIER 6364136223846793005ull /* Knuth's MMIX */
#define INCREMENT 1442695040888963407ull
#define STEPS_A_TURN 1000000

uint64_t spin_steps_portable(uint64_t value, uint64_t count)
{
	for (; count; count--) {
		value = value * MULTIPLIER + INCREMENT;
		__asm__ volatile(""
				 : "+r"(value)); /* or the compiler may jump ahead in closed form */
	}
	return value;
}

uint64_t spin_steps(uint64_t value, uint64_t count)
{
#ifdef __x86_64__
	if (!count)
		return value;
	__asm__ volatile("1:\n\t"
			 "imulq %[multiplier], %[value]\n\t"
			 "addq %[increment], %[value]\n\t"
			 "decq %[count]\n\t"
			 "jnz 1b"
			 : [value] "+r"(value), [count] "+r"(count)
			 : [multiplier] "r"(MULTIPLIER), [increment] "r"(INCREMENT)
			 : "cc");
	return value;
#else
	return spin_steps_portable(value, count);
#endif
}

static void run(struct unit *unit)
{
	uint64_t value = 1;

	for (uint64_t turn = 0; turn < unit->workload->work; turn++) {
		value = spin_steps(value, STEPS_A_TURN);
		unit->truth.iterations += STEPS_A_TURN;
		if (unit->runtime->yield)
			unit->runtime->yield(unit);
	}
	unit->truth.checksum = value;
}

static const struct parameter parameters[] = { { 0 } };

const struct body body_spin = {
	.name = "spin",
	.why = "an integer loop that never waits: pure demand for cores",
	.kind = "CPU",
	.version = 1,
	.work_unit = "millions of iterations",
	.work_default = 400,
	.work_max = 1000000,
	.units_default = 2,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.run = run,
	.check = check_units_equal,
};
