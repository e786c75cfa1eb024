/* SPDX-License-Identifier: MIT */
/* `schedlab check`: whether a CPU that goes offline while it is recorded is told from an idle one.
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <unistd.h>
#include "check_rows.h"

enum check_state check_hotplug(char *detail)
{
	struct btf *btf = check_btf();

	if (access("/sys/devices/system/cpu/hotplug", F_OK)) {
		SAY("this kernel takes no CPU offline");
		return CHECK_OK;
	}
	if (!btf) {
		SAY("not known without BTF");
		return CHECK_UNKNOWN;
	}
	if (btf__find_by_name_kind(btf, "btf_trace_cpuhp_enter", BTF_KIND_TYPEDEF) < 0 ||
	    btf__find_by_name_kind(btf, "btf_trace_cpuhp_exit", BTF_KIND_TYPEDEF) < 0) {
		SAY("CPUs that go offline or come online are not told of: no cpuhp tracepoints");
		return CHECK_MISSING;
	}
	SAY("CPUs that go offline or come online while recorded are told from idle ones");
	return CHECK_OK;
}
