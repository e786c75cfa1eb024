/* SPDX-License-Identifier: MIT */
/* Why the kernel takes no probes, most likely cause first: a bare libbpf number helps nobody. */
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "common/failure.h"
#include "machine/privilege.h"
#include "probes_internal.h"

/* Kernels without BTF lack the file; a mount may hide it behind another. */
static bool btf_is_there(void)
{
	unsigned char magic[2] = {};
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	bool there = fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
		     (magic[0] | magic[1] << 8) == BTF_MAGIC;

	if (fd >= 0)
		close(fd);
	return there;
}

static int explain_refusal(void)
{
	const char *missing = privilege_missing();

	if (missing)
		return fail(EXIT_CANNOT, privilege_remedy,
			    "the kernel refuses to load BPF programs: no privilege, without %s",
			    missing);
	if (privilege_in_user_namespace())
		return fail(EXIT_CANNOT,
			    "run it outside, as root of the machine: sudo schedlab ...",
			    "the kernel refuses to load BPF programs: no privilege, as this is a "
			    "user namespace (a rootless container), whose root is nobody to BPF");
	if (privilege_is_confidential())
		return fail(EXIT_CANNOT, "boot without lockdown=confidentiality",
			    "the kernel refuses to load BPF programs: it is locked down for "
			    "confidentiality");
	if (privilege_is_filtered())
		return fail(EXIT_CANNOT,
			    "run it on the machine itself, or let the container call bpf: docker "
			    "run --privileged",
			    "the kernel refuses to load BPF programs: a seccomp filter (most "
			    "containers have one) may forbid it");
	return fail(EXIT_CANNOT, "`schedlab check` says more; -v shows the loader's messages",
		    "the kernel refuses to load BPF programs, to root too: a security module or a "
		    "container forbids it");
}

int probes_explain_failure(int error)
{
	struct rlimit files;

	if (error == -EPERM || error == -EACCES)
		return explain_refusal();
	if (error == -ENOSYS)
		return fail(EXIT_CANNOT,
			    "boot a kernel built with CONFIG_BPF_SYSCALL=y (Debian's are)",
			    "this kernel has no bpf system call");
	if (!btf_is_there())
		return fail(EXIT_CANNOT,
			    "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian's are), with "
			    "/sys mounted",
			    "the kernel's type information (BTF) can't be read: "
			    "/sys/kernel/btf/vmlinux");
	if (error == -ESRCH)
		return fail(
			EXIT_CANNOT, "boot a newer kernel; `schedlab check` says which are lacking",
			"the kernel's type information (BTF) could not be read whole, or lacks a "
			"tracepoint that is needed");
	/* libbpf has other errors for it too. */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < PROBES_FILES)
		return fail(EXIT_FAILED, hint_for(EMFILE),
			    "the probes can't be loaded with at most %llu open files",
			    (unsigned long long)files.rlim_cur);
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE)
		return fail(EXIT_FAILED, hint_for(-error), "the probes can't be loaded: %s",
			    strerror(-error));
	return fail(EXIT_CANNOT, "-v shows the loader's messages; `schedlab check` says more",
		    "the probes can't be loaded: %s", strerror(-error));
}
