/* SPDX-License-Identifier: MIT */
/* `schedlab check`: where it runs, its limits, and what makes reports complete. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "check_rows.h"
#include "machine/privilege.h"
#include "record/probes.h"

#define FILES_NEEDED PROBES_FILES
#define MEMORY_NEEDED (64u << 20) /* before 5.11 a limit holds for maps and programs */

enum check_state check_namespaces(char *detail)
{
	const char *remedy, *found = privilege_namespace(&remedy);

	if (!found) {
		SAY("the machine's own task numbers and clock");
		return CHECK_OK;
	}
	SAY("in %s", found);
	return CHECK_MISSING;
}

enum check_state check_task_list(char *detail)
{
	struct btf *btf = check_btf();

	if (!btf) {
		SAY("not known without BTF");
		return CHECK_UNKNOWN;
	}
	if (btf__find_by_name_kind(btf, "bpf_iter_task", BTF_KIND_FUNC) < 0) {
		SAY("this kernel does not list its tasks to BPF");
		return CHECK_MISSING;
	}
	SAY("the living tasks can be listed");
	return CHECK_OK;
}

enum check_state check_locked_memory(char *detail)
{
	struct utsname uts;
	unsigned major, minor;
	struct rlimit limit;

	if (!uname(&uts) && sscanf(uts.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 5 || (major == 5 && minor >= 11))) {
		SAY("no limit holds for BPF on this kernel");
		return CHECK_OK;
	}
	if (getrlimit(RLIMIT_MEMLOCK, &limit)) {
		SAY("not known: %s", strerror(errno));
		return CHECK_UNKNOWN;
	}
	/* Root raises its own; nobody else can above the hard limit. */
	if (geteuid() == 0 || limit.rlim_max >= MEMORY_NEEDED) {
		SAY("enough");
		return CHECK_OK;
	}
	SAY("limited to %llu KiB", (unsigned long long)limit.rlim_max >> 10);
	return CHECK_MISSING;
}

enum check_state check_open_files(char *detail)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit)) {
		SAY("not known: %s", strerror(errno));
		return CHECK_UNKNOWN;
	}
	SAY("at most %llu", (unsigned long long)limit.rlim_cur);
	return limit.rlim_cur >= FILES_NEEDED ? CHECK_OK : CHECK_MISSING;
}

enum check_state check_statistics(char *detail)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (fd < 0)
		return check_refused(detail, "the probes' run time", errno);
	close(fd);
	SAY("what a record costs can be measured");
	return CHECK_OK;
}

/* The probe's reading of the count, alone: the kernel says whether it lets it. */
static int load_reader(const struct btf *btf, int variable)
{
	struct bpf_insn program[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_BTF_ID,
		  .imm = variable },
		{},
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_this_cpu_ptr },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts options = { .sz = sizeof(options),
					      .expected_attach_type = BPF_TRACE_RAW_TP };
	int type = btf__find_by_name_kind(btf, "btf_trace_sched_waking", BTF_KIND_TYPEDEF);

	if (type < 0) {
		errno = ENOENT;
		return -1;
	}
	options.attach_btf_id = (unsigned)type;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "schedlab_check", "GPL", program,
			     sizeof(program) / sizeof(program[0]), &options);
}

enum check_state check_preempt_count(char *detail)
{
	struct btf *btf = check_btf();
	int variable = -1, fd;

	if (!btf) {
		SAY("not known without BTF");
		return CHECK_UNKNOWN;
	}
	variable = btf__find_by_name_kind(btf, "__preempt_count", BTF_KIND_VAR);
	if (variable < 0)
		variable = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_VAR);
	if (variable < 0) {
		SAY("this kernel's preempt count is not where the probes know it");
		return CHECK_MISSING;
	}
	fd = load_reader(btf, variable);
	if (fd < 0)
		return check_refused(detail, "the preempt count", errno);
	close(fd);
	SAY("told from the tasks they interrupt, by the preempt count");
	return CHECK_OK;
}

enum check_state check_cgroup(char *detail)
{
	struct statfs fs;

	if (!statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC) {
		SAY("cgroup version 2 at /sys/fs/cgroup");
		return CHECK_OK;
	}
	if (!access("/sys/fs/cgroup/cpu/cpu.stat", R_OK)) {
		SAY("cgroup version 1 at /sys/fs/cgroup/cpu");
		return CHECK_OK;
	}
	SAY("no cgroup file system at /sys/fs/cgroup");
	return CHECK_MISSING;
}
