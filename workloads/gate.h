/* SPDX-License-Identifier: MIT */
#ifndef GATE_H
#define GATE_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * The start gate: every task of the workload reports ready and blocks, then one clock reading, then
 * all go. It lies in memory that all of them share, for it serves threads and processes alike.
 */
struct gate {
	uint32_t tasks; /* how many must be ready */
	_Atomic uint32_t ready;
	_Atomic uint32_t open;
	_Atomic uint32_t blocked; /* tasks seen asleep, which are moved to wait here */
	uint64_t opened_ns;	  /* CLOCK_MONOTONIC, just before the release */
};

#define GATE_TIMEOUT_MS 10000

/* Before any task exists. */
void gate_init(struct gate *gate, uint32_t tasks);

/* A task's side: reports ready, returns once the gate is open. */
void gate_pass(struct gate *gate);

/*
 * The launcher's side: waits until all tasks are ready and in their futex wait. 0, or -1 after
 * timeout_ms: then gate->ready tells how many came, and it may be called again.
 */
int gate_await(struct gate *gate, unsigned timeout_ms);

/* Reads the clock, then lets all go. */
void gate_release(struct gate *gate);

#endif
