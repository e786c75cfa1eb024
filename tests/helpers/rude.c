/* SPDX-License-Identifier: MIT */
/*
 * A program with bad manners: each NAME becomes the comm of a thread that works and sleeps a
 * little. usage: rude MILLISECONDS NAME...
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static long milliseconds;

static void *be_rude(void *name)
{
	struct timespec nap = { 0, 1000000 };
	volatile unsigned long sum = 0;

	prctl(PR_SET_NAME, name);
	for (long i = 0; i < milliseconds; i++) {
		for (unsigned long k = 0; k < 100000; k++)
			sum += k;
		nanosleep(&nap, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[64];
	int count = 0;

	if (argc < 3 || argc > 64)
		return 2;
	milliseconds = atol(argv[1]);
	for (int i = 2; i < argc; i++)
		if (!pthread_create(&threads[count], NULL, be_rude, argv[i]))
			count++;
	while (count)
		pthread_join(threads[--count], NULL);
	return 0;
}
