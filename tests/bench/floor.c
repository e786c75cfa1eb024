/* SPDX-License-Identifier: MIT */
/* Attaches the empty programs, says "ready", and detaches at the end of its input. */
#include <stdio.h>
#include <unistd.h>
#include "floor.skel.h"

int main(void)
{
	struct floor_bpf *skel = floor_bpf__open_and_load();
	char byte;

	if (!skel || floor_bpf__attach(skel)) {
		fprintf(stderr, "floor: the empty programs can't be attached\n");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	floor_bpf__destroy(skel);
	return 0;
}
