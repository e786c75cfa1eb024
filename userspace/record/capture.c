/* SPDX-License-Identifier: MIT */
/* Which way in: the probes tell the most, the kernel's own trace events are there where BPF is not.
 */
#include "capture.h"
#include "common/failure.h"
#include "probes.h"
#include "tracefs_capture.h"

/* A remedy for BPF is the better one: for want of privilege both are refused. */
static int open_whichever(struct capture **out, uint64_t ring_bytes, capture_record_fn fn,
			  void *ctx)
{
	struct failure_text no_bpf = {}, no_ftrace = {};
	int status;

	fail_divert(&no_bpf);
	status = probes_open(out, ring_bytes, fn, ctx);
	fail_divert(&no_ftrace);
	if (status == EXIT_CANNOT && !tracefs_capture_open(out, ring_bytes, fn, ctx)) {
		warn("%s: recording by ftrace, which knows less", no_bpf.what);
		status = 0;
	}
	fail_divert(NULL);
	return status ? fail(status, no_bpf.hint, "%s", no_bpf.what) : 0;
}

int capture_open(struct capture **out, enum capture_backend backend, uint64_t ring_bytes,
		 capture_record_fn fn, void *ctx)
{
	switch (backend) {
	case BACKEND_BPF:
		return probes_open(out, ring_bytes, fn, ctx);
	case BACKEND_FTRACE:
		return tracefs_capture_open(out, ring_bytes, fn, ctx);
	default:
		return open_whichever(out, ring_bytes, fn, ctx);
	}
}
