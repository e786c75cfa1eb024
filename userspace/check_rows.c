/* SPDX-License-Identifier: MIT */
#include "check_rows.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "common/paths.h"
#include "machine/privilege.h"

/* The kernel's type information, loaded once. */
struct btf *check_btf(void)
{
	static struct btf *btf;
	static bool tried;

	/* What libbpf would find elsewhere (/boot) is no help: the kernel itself must have it. */
	if (!tried && access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		btf = btf__parse_raw("/sys/kernel/btf/vmlinux");
	tried = true;
	return libbpf_get_error(btf) ? NULL : btf;
}

/* What lacks privilege is not known to be missing: the row "privilege" has the remedy. */
enum check_state check_refused(char *detail, const char *what, int error)
{
	if ((error == EPERM || error == EACCES) &&
	    (privilege_missing() || privilege_in_user_namespace())) {
		SAY("%s: not permitted", what);
		return CHECK_UNKNOWN;
	}
	SAY("%s: %s", what, strerror(error));
	return CHECK_MISSING;
}

static enum check_state ask_kernel(char *detail)
{
	unsigned major = 0, minor = 0;
	struct utsname uts;

	if (uname(&uts) < 0 || sscanf(uts.release, "%u.%u", &major, &minor) != 2) {
		SAY("not known");
		return CHECK_UNKNOWN;
	}
	SAY("%s (5.10 is the oldest that schedlab was tried on)", uts.release);
	return major > 5 || (major == 5 && minor >= 10) ? CHECK_OK : CHECK_UNKNOWN;
}

static enum check_state ask_privilege(char *detail)
{
	const char *missing = privilege_missing();

	if (missing) {
		SAY("%s without %s", geteuid() == 0 ? "root, but" : "not root, and", missing);
		return CHECK_MISSING;
	}
	if (privilege_in_user_namespace()) {
		SAY("root of a user namespace only (a rootless container): nobody to BPF");
		return CHECK_MISSING;
	}
	SAY("%s", geteuid() == 0 ? "root" : "CAP_BPF and CAP_PERFMON");
	return CHECK_OK;
}

/* The last of its modes forbids BPF's reading by address, which only the names' changes need. */
static enum check_state ask_lockdown(char *detail)
{
	char mode[32];

	if (!privilege_lockdown(mode, sizeof(mode)))
		SAY("none, or not readable: /sys/kernel/security/lockdown");
	else if (privilege_is_confidential())
		SAY("%s: new names of tasks are not seen, and ftrace is refused", mode);
	else
		SAY("%s", mode);
	return CHECK_OK;
}

static enum check_state ask_btf(char *detail)
{
	struct btf *btf = check_btf();

	if (!btf) {
		SAY("no usable /sys/kernel/btf/vmlinux");
		return CHECK_MISSING;
	}
	SAY("%u types", btf__type_cnt(btf));
	return CHECK_OK;
}

static enum check_state ask_tracepoints(char *detail)
{
	static const char *const names[] = { "sched_switch",	   "sched_waking",
					     "sched_wakeup_new",   "sched_migrate_task",
					     "task_newtask",	   "task_rename",
					     "sched_process_exec", "sched_process_exit" };
	const size_t count = sizeof(names) / sizeof(names[0]);
	struct btf *btf = check_btf();
	char type[64];

	if (!btf) {
		SAY("not known without BTF");
		return CHECK_UNKNOWN;
	}
	for (size_t i = 0; i < count; i++) {
		snprintf(type, sizeof(type), "btf_trace_%s", names[i]);
		if (btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) < 0) {
			SAY("this kernel has no %s", names[i]);
			return CHECK_MISSING;
		}
	}
	SAY("all %zu", count);
	return CHECK_OK;
}

static enum check_state ask_map(char *detail, enum bpf_map_type type, const char *what)
{
	bool ring = type == BPF_MAP_TYPE_RINGBUF;
	int fd = bpf_map_create(type, "schedlab_check", ring ? 0 : 4, ring ? 0 : 4,
				ring ? (unsigned)getpagesize() : 1, NULL);

	if (fd < 0)
		return check_refused(detail, what, errno);
	close(fd);
	SAY("works");
	return CHECK_OK;
}

static enum check_state ask_bpf(char *detail)
{
	return ask_map(detail, BPF_MAP_TYPE_ARRAY, "the bpf system call");
}

static enum check_state ask_ring(char *detail)
{
	return ask_map(detail, BPF_MAP_TYPE_RINGBUF, "a ring buffer");
}

/* Loads and attaches a probe that does nothing: what verifier, BTF and lockdown say together. */
static enum check_state ask_probe(char *detail)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts options = { .sz = sizeof(options),
					      .expected_attach_type = BPF_TRACE_RAW_TP };
	struct btf *btf = check_btf();
	int type, fd, link;

	type = btf ? btf__find_by_name_kind(btf, "btf_trace_sched_switch", BTF_KIND_TYPEDEF) : -1;
	if (type < 0) {
		SAY("not known without BTF");
		return CHECK_UNKNOWN;
	}
	options.attach_btf_id = (unsigned)type;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "schedlab_check", "GPL", program, 2, &options);
	if (fd < 0)
		return check_refused(detail, "loading a probe", errno);
	link = bpf_raw_tracepoint_open(NULL, fd);
	if (link < 0) {
		enum check_state state = check_refused(detail, "attaching a probe", errno);

		close(fd);
		return state;
	}
	close(link);
	close(fd);
	SAY("a probe on sched_switch loads and attaches");
	return CHECK_OK;
}

static enum check_state ask_blocked_in(char *detail)
{
	struct btf *btf = check_btf();
	int type = btf ? btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM) : -1;
	const struct btf_type *t = type > 0 ? btf__type_by_id(btf, (unsigned)type) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off),
			    "BPF_FUNC_task_pt_regs")) {
			SAY("seen");
			return CHECK_OK;
		}
	SAY("%s", t ? "not seen by this kernel's BPF" : "not known");
	return t ? CHECK_MISSING : CHECK_UNKNOWN;
}

static enum check_state ask_workload(char *detail)
{
	char path[4096];
	bool found = paths_workload(path, sizeof(path)) == 0;

	SAY("%.190s", found ? path : "schedlab-workload is not beside schedlab");
	return found ? CHECK_OK : CHECK_MISSING;
}

static enum check_state ask_experiments(char *detail)
{
	char path[4096];
	bool found = paths_experiments(path, sizeof(path)) == 0;

	SAY("%.190s", found ? path : "not where schedlab is");
	return found ? CHECK_OK : CHECK_MISSING;
}

#define NEWER_KERNEL "boot a newer kernel"

const struct check_row check_rows[] = {
	{ "kernel", false, NEWER_KERNEL, ask_kernel },
	{ "privilege", true, privilege_remedy, ask_privilege },
	{ "namespaces", true,
	  "run it outside of the container, or share the machine's: docker run --pid=host",
	  check_namespaces },
	{ "lockdown", false, "boot without lockdown=confidentiality", ask_lockdown },
	{ "BTF", true, "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian's are)", ask_btf },
	{ "tracepoints", true, "boot a kernel built with CONFIG_TRACEPOINTS=y, CONFIG_BPF_EVENTS=y",
	  ask_tracepoints },
	{ "BPF", true,
	  "as root on the machine itself (a container may forbid bpf); kernel: "
	  "CONFIG_BPF_SYSCALL=y",
	  ask_bpf },
	{ "ring buffers", true, NEWER_KERNEL " (5.8 or later has them)", ask_ring },
	{ "probes", true,
	  "as root on the machine itself; a container or a security module forbids them",
	  ask_probe },
	{ "task list", true, NEWER_KERNEL " (5.8 or later lists its tasks)", check_task_list },
	{ "locked memory", true, "raise it: ulimit -l unlimited (or boot 5.11 or later)",
	  check_locked_memory },
	{ "open files", true, "raise it: ulimit -n 1024", check_open_files },
	{ "own cost", false,
	  "as root (CAP_SYS_ADMIN): reports then say what the probes themselves cost",
	  check_statistics },
	{ "interrupts", false,
	  "boot a kernel built with CONFIG_KALLSYMS_ALL=y: wakings by an interrupt are then told "
	  "from "
	  "those by the task that it interrupts",
	  check_preempt_count },
	{ "CPU hotplug", false,
	  "leave the CPUs as they are while recording, or boot a kernel with the cpuhp events",
	  check_hotplug },
	{ "CPU quota", false, "mount the cgroup file systems: reports then say what a quota took",
	  check_cgroup },
	{ "blocking calls", false,
	  NEWER_KERNEL " (5.15 or later): reports then name what tasks wait in", ask_blocked_in },
	{ "ftrace", false,
	  "as root, with a kernel built with CONFIG_FTRACE=y and CONFIG_EVENT_TRACING=y",
	  check_ftrace },
	{ "workloads", false, "build it: make; or install both programs: make install",
	  ask_workload },
	{ "experiments", false, "run schedlab from its build tree, or make install",
	  ask_experiments },
};
const int check_row_count = sizeof(check_rows) / sizeof(check_rows[0]);
