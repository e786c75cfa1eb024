/* SPDX-License-Identifier: MIT */
/*
 * walk CPU...: goes from CPU to CPU, each named by a number, and computes a little on each of them.
 * So a test knows of every migration of one task.
 */
#include <err.h>
#include <sched.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		cpu_set_t one;

		CPU_ZERO(&one);
		CPU_SET(atoi(argv[i]), &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			err(1, "CPU %s", argv[i]);
		for (volatile int step = 0; step < 1000000; step++)
			;
	}
	return 0;
}
