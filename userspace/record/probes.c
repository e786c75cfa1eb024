/* SPDX-License-Identifier: MIT */
#include "probes_internal.h"
#include <errno.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/heap_room.h"

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!verbose || (level == LIBBPF_DEBUG && verbose < 2))
		return 0;
	return vfprintf(stderr, format, args);
}

/* Births are rare beside switches: a quarter of all that the CPUs' rings have, within reason. */
static uint32_t lifecycle_ring_bytes(uint64_t ring_bytes, int cpu_count)
{
	uint64_t bytes = ring_bytes, most = 64u << 20;

	while (bytes < most && bytes < ring_bytes / 4 * cpu_count)
		bytes *= 2;
	return bytes < most ? bytes : most;
}

/* With the waking probe that this kernel takes: one that reads the preempt count, or one that
 * guesses. */
static int skeleton_load(struct probes *p, uint64_t ring_bytes)
{
	uint32_t lifecycle_bytes = lifecycle_ring_bytes(ring_bytes, p->capture.cpu_count);
	struct probes_variant variant;
	int err = probes_variant_find(&variant);

	if (err)
		return err;
	p->skel = probes_variant_open(&variant);
	if (!p->skel)
		return -errno;
	p->skel->rodata->slots_per_cpu = p->slots_per_cpu;
	p->skel->rodata->wakeup_bytes = lifecycle_bytes / 2;
	p->skel->rodata->state_is_argument = variant.state_is_argument;
	bpf_map__set_max_entries(p->skel->maps.slots,
				 p->capture.cpu_count * (p->slots_per_cpu + 1));
	bpf_map__set_max_entries(p->skel->maps.lifecycle, lifecycle_bytes);
	p->waking = variant.counts ? p->skel->progs.on_waking : p->skel->progs.on_waking_guess;
	p->waking_link = variant.counts ? &p->skel->links.on_waking
					: &p->skel->links.on_waking_guess;
	bpf_program__set_autoload(p->skel->progs.on_waking, variant.counts);
	bpf_program__set_autoload(p->skel->progs.on_waking_guess, !variant.counts);
	bpf_program__set_autoload(p->skel->progs.on_hotplug, variant.tells_hotplug);
	bpf_program__set_autoload(p->skel->progs.on_hotplug_done, variant.tells_hotplug);
	bpf_program__set_autoload(p->skel->progs.on_rename, variant.tells_renames);
	p->capture.tells_hotplug = variant.tells_hotplug;
	err = schedlab_bpf__load(p->skel);
	if (!err && !variant.tells_renames)
		warn("the kernel is locked down for confidentiality: names that tasks give "
		     "themselves while they are recorded are not seen");
	/* Where the kernel can't map arrays libbpf goes on without; the counters are in one. */
	return !err && !p->skel->bss ? -EOPNOTSUPP : err;
}

/*
 * The kernel's types are read twice, by probes_variant_find() and by libbpf: each time a copy, a
 * copy of that, and an index, which to fault in page by page takes longer than all else here.
 */
static size_t room_for_types(void)
{
	struct stat st;

	if (stat("/sys/kernel/btf/vmlinux", &st) || st.st_size > 16 << 20)
		return 0;
	return st.st_size / 2 * 5;
}

static void probes_detach(struct capture *c)
{
	struct probes *p = probes_of(c);

	if (!p->attached)
		return;
	schedlab_bpf__detach(p->skel);
	/* An RCU grace period: a probe that was running on another CPU has ended after it. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(100000); /* forbidden: as long as a probe may be held off, and more */
	p->attached = 0;
}

/* All or none: then the name of the one that failed, with errno. NULL: attached. Lifecycle first:
 * no task can be seen switching whose birth was missed. */
static const char *try_attach(struct capture *c)
{
	struct probes *p = probes_of(c);
	struct schedlab_bpf *skel = p->skel;
	struct {
		struct bpf_program *program;
		struct bpf_link **link;
	} order[] = {
		{ skel->progs.on_hotplug_done, &skel->links.on_hotplug_done },
		{ skel->progs.on_hotplug, &skel->links.on_hotplug },
		{ skel->progs.on_newtask, &skel->links.on_newtask },
		{ skel->progs.on_rename, &skel->links.on_rename },
		{ skel->progs.on_exec, &skel->links.on_exec },
		{ skel->progs.on_exit, &skel->links.on_exit },
		{ skel->progs.on_migrate, &skel->links.on_migrate },
		{ skel->progs.on_wakeup_new, &skel->links.on_wakeup_new },
		{ p->waking, p->waking_link },
		{ skel->progs.on_switch, &skel->links.on_switch },
	};

	probes_discard(c); /* what a recording that failed has left */
	memset(skel->bss->counters, 0, sizeof(skel->bss->counters));
	memset(skel->bss->taken, 0, sizeof(skel->bss->taken));
	p->attached = 1;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!bpf_program__autoload(order[i].program))
			continue;
		*order[i].link = bpf_program__attach(order[i].program);
		if (!*order[i].link) {
			int error = errno;

			probes_detach(c);
			errno = error;
			return bpf_program__name(order[i].program);
		}
	}
	return NULL;
}

static int probes_attach(struct capture *c)
{
	const char *program = try_attach(c);

	if (!program)
		return 0;
	return fail(EXIT_CANNOT,
		    errno == EMFILE || errno == ENOMEM
			    ? hint_for(errno)
			    : "-v shows the loader's messages; `schedlab check` says more",
		    "the probe %s can't be attached: %s", program, strerror(errno));
}

static const struct event_counters *probes_counters(const struct capture *c, int cpu)
{
	return &probes_of(c)->skel->bss->counters[cpu];
}

static uint64_t probes_recursion_misses(const struct capture *c)
{
	struct bpf_program *program;
	uint64_t misses = 0;

	bpf_object__for_each_program(program, probes_of(c)->skel->obj) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			misses += info.recursion_misses;
	}
	return misses;
}

static long probes_snapshot_tasks(struct capture *c, void **out)
{
	struct bpf_link *link =
		bpf_program__attach_iter(probes_of(c)->skel->progs.on_each_task, NULL);
	size_t size = 0, room = 0;
	char *data = NULL;
	ssize_t got = -1;
	int fd;

	*out = NULL;
	if (!link)
		return -1;
	fd = bpf_iter_create(bpf_link__fd(link));
	while (fd >= 0) {
		if (room - size < 65536) {
			char *grown = realloc(data, room += 1 << 20);

			if (!grown)
				break;
			data = grown;
		}
		got = read(fd, data + size, room - size);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		size += got;
	}
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	if (got < 0 || size % sizeof(struct task_event)) {
		free(data);
		return -1;
	}
	*out = data;
	return size;
}

static void probes_close(struct capture *c)
{
	struct probes *p = probes_of(c);

	probes_detach(c);
	probes_unmap(p);
	schedlab_bpf__destroy(p->skel);
	free(p);
}

static const struct capture_ops probes_ops = {
	.backend = "bpf",
	.attach = probes_attach,
	.detach = probes_detach,
	.drain = probes_drain,
	.wakeup_fd = probes_wakeup_fd,
	.counters = probes_counters,
	.recursion_misses = probes_recursion_misses,
	.snapshot_tasks = probes_snapshot_tasks,
	.calibrate = probes_calibrate,
	.close = probes_close,
};

int probes_open(struct capture **out, uint64_t ring_bytes, capture_record_fn fn, void *ctx)
{
	struct probes *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!p)
		return fail_memory();
	libbpf_set_print(print_libbpf);
	p->capture = (struct capture){
		.ops = &probes_ops, .cpu_count = libbpf_num_possible_cpus(), .fn = fn, .ctx = ctx
	};
	p->slots_per_cpu = ring_bytes / SLOT_BYTES;
	if (p->capture.cpu_count < 0) {
		err = fail(EXIT_CANNOT, "mount /sys, readable",
			   "how many CPUs there may be is not known: "
			   "/sys/devices/system/cpu/possible");
		goto failed;
	}
	if (p->capture.cpu_count > EVENT_MAX_CPUS) {
		err = fail(EXIT_CANNOT, "raise EVENT_MAX_CPUS in probes/sched_event.h and rebuild",
			   "this machine may have %d CPUs, schedlab knows %d", p->capture.cpu_count,
			   EVENT_MAX_CPUS);
		goto failed;
	}
	heap_room_take(room_for_types());
	err = skeleton_load(p, ring_bytes);
	heap_room_return();
	if (!err)
		err = probes_map(p);
	if (err) {
		err = probes_explain_failure(err);
		goto failed;
	}
	*out = &p->capture;
	return 0;
failed:
	probes_close(&p->capture);
	return err;
}
