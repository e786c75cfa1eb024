/* SPDX-License-Identifier: MIT */
/* What this process may do, and what stands in its way. */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The capabilities that recording needs and that this process lacks, as words ("CAP_BPF",
 * "CAP_BPF and CAP_PERFMON"); NULL where it lacks none.
 */
const char *privilege_missing(void);

/* How to get them: two remedies in one line. */
extern const char privilege_remedy[];

/* In a user namespace other than the machine's own: capabilities there are none to BPF. */
bool privilege_in_user_namespace(void);

/*
 * The namespaces in which a recording would be wrong: the probes tell the machine's own task
 * numbers and clock. NULL: none; else what is in the way, and its remedy in *remedy.
 */
const char *privilege_namespace(const char **remedy);

/* A seccomp filter rules over this process' system calls (most containers have one). */
bool privilege_is_filtered(void);

/*
 * The kernel's lockdown mode ("none", "integrity", "confidentiality") into out; NULL where it can't
 * be read: there is none, or securityfs is not mounted.
 */
const char *privilege_lockdown(char *out, size_t size);

/*
 * It is "confidentiality": the kernel refuses tracefs, and to BPF programs reading by address.
 */
bool privilege_is_confidential(void);

#endif
