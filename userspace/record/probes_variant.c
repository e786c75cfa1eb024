/* SPDX-License-Identifier: MIT */
/* What this kernel's types say of how the probes must read it: asked once, before they are loaded.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "machine/privilege.h"
#include "probes_internal.h"
#include "schedlab_no_count.skel.h"
#include "schedlab_pcpu_hot.skel.h"

/* One skeleton stands for the three objects: they differ in one program's instructions. */
_Static_assert(sizeof(struct schedlab_bpf) == sizeof(struct schedlab_no_count_bpf) &&
		       sizeof(struct schedlab_bpf) == sizeof(struct schedlab_pcpu_hot_bpf),
	       "the objects have the same maps and programs");

/* Whether the kernel's sched_switch has prev_state as its fourth argument (5.18). */
static bool switch_tells_state(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	const struct btf_type *type = NULL;

	if (id > 0) /* a pointer to a function of (void *, preempt, prev, next, prev_state) */
		type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (type)
		type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) && btf_vlen(type) >= 5;
}

/*
 * Whether probes may read this per-CPU variable: BTF may know one whose address the kernel keeps to
 * itself (without CONFIG_KALLSYMS_ALL). A program of one such load costs less to try than the
 * probes.
 */
static bool is_readable(int variable)
{
	struct bpf_insn program[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_BTF_ID,
		  .imm = variable },
		{}, /* the load's second half */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL, "GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Kernels without CPU hotplug have neither. */
static bool tells_hotplug(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "btf_trace_cpuhp_enter", BTF_KIND_TYPEDEF) > 0 &&
	       btf__find_by_name_kind(btf, "btf_trace_cpuhp_exit", BTF_KIND_TYPEDEF) > 0 &&
	       btf__find_by_name_kind(btf, "cpuhp_state", BTF_KIND_ENUM) > 0;
}

int probes_variant_find(struct probes_variant *variant)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int count, hot;

	if (!btf)
		return errno == ENOMEM ? -ENOMEM : -ESRCH;
	variant->state_is_argument = switch_tells_state(btf);
	variant->tells_hotplug = tells_hotplug(btf);
	variant->tells_renames = !privilege_is_confidential();
	count = btf__find_by_name_kind(btf, "__preempt_count", BTF_KIND_VAR);
	hot = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_VAR);
	btf__free(btf);
	if (count > 0)
		variant->object = schedlab_bpf__elf_bytes(&variant->object_bytes);
	else if (hot > 0)
		variant->object = schedlab_pcpu_hot_bpf__elf_bytes(&variant->object_bytes);
	else
		variant->object = schedlab_no_count_bpf__elf_bytes(&variant->object_bytes);
	variant->counts = (count > 0 || hot > 0) && is_readable(count > 0 ? count : hot);
	return 0;
}

struct schedlab_bpf *probes_variant_open(const struct probes_variant *variant)
{
	struct schedlab_bpf *skel = calloc(1, sizeof(*skel));
	int err = skel ? schedlab_bpf__create_skeleton(skel) : -ENOMEM;

	if (!err) {
		skel->skeleton->data = (void *)variant->object;
		skel->skeleton->data_sz = variant->object_bytes;
		err = bpf_object__open_skeleton(skel->skeleton, NULL);
	}
	if (!err)
		return skel;
	schedlab_bpf__destroy(skel);
	errno = -err;
	return NULL;
}
