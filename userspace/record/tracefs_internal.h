/* SPDX-License-Identifier: MIT */
/* Between tracefs_capture.c (its life) and tracefs_drain.c (its records); for no one else. */
#ifndef TRACEFS_INTERNAL_H
#define TRACEFS_INTERNAL_H

#include "tracefs_capture.h"
#include "tracefs_decode.h"
#include "tracefs_family.h"
#include "tracefs_instance.h"
#include "tracefs_pages.h"

struct tracefs_cpu {
	int fd;	      /* trace_pipe_raw */
	bool watched; /* wakes the reader; not before its CPU was online for once */
	struct event_counters count;
	uint64_t lost; /* of the kernel's own count: what has its hole in the sequence already */
	char *held;    /* records, decoded and not yet handed out */
	size_t size, room;
};

/* A record that only family_apply() completes: those of all CPUs in the order of time. */
struct tracefs_kin {
	uint64_t ts;
	int cpu;
	size_t offset; /* in that CPU's held */
};

struct tracefs {
	struct capture capture; /* first: a struct capture of this kind is a struct tracefs */
	struct tracefs_instance instance;
	struct raw_formats formats;
	struct raw_page_layout layout;
	struct raw_pages *pages;
	struct tracefs_cpu *cpus;
	struct family family;
	struct tracefs_kin *kin;
	size_t kin_count, kin_room;
	char *page;
	json_t *description;
	int epoll_fd;
	bool attached, failed; /* failed: out of memory, said once */
};

static inline struct tracefs *tracefs_of(const struct capture *c)
{
	return (struct tracefs *)c;
}

/* Reads all pages there are and decodes them into held. */
void tracefs_collect(struct tracefs *t);
/* tracefs_collect(), and hands out what is complete. How many, or the callback's error. */
long tracefs_drain(struct capture *c);
/* Whether the CPU's ring, which is made when it comes online, wakes the reader by now. */
bool tracefs_watch(struct tracefs *t, int cpu);
/* Forgets what is held and counted. */
void tracefs_reset(struct tracefs *t);

#endif
