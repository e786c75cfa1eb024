/* SPDX-License-Identifier: MIT */
/* What a record costs: every report prints its own cost, measured on this machine and kernel. */
#include <math.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machine/cpus_online.h"
#include "probes_internal.h"

#define CALIBRATION_ROUND_TRIPS 1000
#define DRAIN_EVERY_ROUND_TRIPS 8

/* Two processes hand a byte to and fro. 0 or -1. */
static int pingpong(struct capture *c)
{
	int there[2], back[2], failed = 0;
	char byte = 0;
	pid_t pid;

	if (pipe(there))
		return -1;
	if (pipe(back)) {
		close(there[0]);
		close(there[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
			;
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	for (int i = 0; pid > 0 && i < CALIBRATION_ROUND_TRIPS && !failed; i++) {
		failed = write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1;
		/* The smallest ring must not overflow: a drop costs less than a record. */
		if (i % DRAIN_EVERY_ROUND_TRIPS == 0)
			c->ops->drain(c);
	}
	close(there[1]);
	close(back[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid > 0 && !failed ? 0 : -1;
}

static void program_cost(const struct bpf_program *program, double *runs, double *ns)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return;
	*runs += info.run_cnt;
	*ns += info.run_time_ns;
}

struct here {
	struct capture *capture;
	int failed;
};

/* The same, both on this CPU, where the thread is to stay. */
static void pingpong_here(void *ctx)
{
	struct here *here = ctx;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	here->failed = pingpong(here->capture);
}

double probes_calibrate(struct capture *c)
{
	struct probes *p = probes_of(c);
	double runs = 0, ns = 0, floor_runs = 0, floor_ns = 0;
	struct here here = { c, -1 };
	capture_record_fn fn = c->fn;
	int stats;

	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (stats < 0)
		return NAN;
	c->fn = NULL; /* these records are nobody's */
	p->attached = 1;
	/* Not the others: attaching and detaching each stops all CPUs. */
	p->skel->links.on_nothing = bpf_program__attach(p->skel->progs.on_nothing);
	*p->waking_link = bpf_program__attach(p->waking);
	p->skel->links.on_switch = bpf_program__attach(p->skel->progs.on_switch);
	if (p->skel->links.on_nothing && *p->waking_link && p->skel->links.on_switch)
		cpus_call_aside(pingpong_here, &here);
	c->ops->detach(c);
	close(stats);
	c->ops->drain(c);
	c->fn = fn;
	program_cost(p->skel->progs.on_switch, &runs, &ns);
	program_cost(p->waking, &runs, &ns);
	program_cost(p->skel->progs.on_nothing, &floor_runs, &floor_ns);
	if (here.failed || runs == 0 || floor_runs == 0)
		return NAN;
	return fmax(ns / runs - floor_ns / floor_runs, 0);
}
