/* SPDX-License-Identifier: MIT */
/* What this kernel's types say of how the probes must read it: asked once, before they are loaded.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
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

int probes_variant_find(struct probes_variant *variant)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return errno == ENOMEM ? -ENOMEM : -ESRCH;
	variant->state_is_argument = switch_tells_state(btf);
	if (btf__find_by_name_kind(btf, "__preempt_count", BTF_KIND_VAR) > 0)
		variant->object = schedlab_bpf__elf_bytes(&variant->object_bytes);
	else if (btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_VAR) > 0)
		variant->object = schedlab_pcpu_hot_bpf__elf_bytes(&variant->object_bytes);
	else
		variant->object = schedlab_no_count_bpf__elf_bytes(&variant->object_bytes);
	variant->counts = btf__find_by_name_kind(btf, "__preempt_count", BTF_KIND_VAR) > 0 ||
			  btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_VAR) > 0;
	btf__free(btf);
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
