/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel fields that the probes read, and nothing else of the kernel's types. The loader moves
 * every access to where the running kernel keeps the field (CO-RE). A name after "___" is a variant
 * of the type before it, for kernels that differ.
 */
#ifndef KERNEL_TYPES_BPF_H
#define KERNEL_TYPES_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

/*
 * Where this kernel's preempt count is: the object is built once for each, and probes_variant.c
 * takes the one that fits. A weak reference to the others would have libbpf 1.1 look for them in
 * the modules' BTF, which needs CAP_SYS_ADMIN.
 */
#define COUNT_NOT_KNOWN 0
#define COUNT_IN_OWN_VARIABLE 1
#define COUNT_IN_PCPU_HOT 2 /* from 6.2 to 6.14 */
#ifndef PREEMPT_COUNT
#define PREEMPT_COUNT COUNT_IN_OWN_VARIABLE
#endif

#define PF_KTHREAD 0x00200000
#define TASK_DEAD 0x80
#define INTERRUPT_MASK 0x00ffff00 /* preempt_count: softirq, hardirq and NMI bits */
#define SOFTIRQ_DISABLED 0x0200	  /* one level of local_bh_disable(), no interrupt by itself */
#define SOFTIRQ_MASK 0xff00
#define MAX_RT_PRIO 100
#define DEFAULT_PRIO 120

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_entity {
	__u64 sum_exec_runtime;
	unsigned char sched_delayed; /* 6.12: blocked, and still in the queue */
};

struct sched_info {
	unsigned long long run_delay;
};

struct thread_info {
	__u32 cpu;
};

struct cpumask {
	unsigned long bits[1];
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	unsigned int on_cpu; /* a byte each since 7.2: the loader narrows only unsigned loads */
	unsigned int on_rq;
	int static_prio;
	unsigned int policy;
	int nr_cpus_allowed;
	struct cpumask *cpus_ptr;
	struct sched_entity se;
	struct sched_info sched_info;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	unsigned long nvcsw;
	unsigned long nivcsw;
	__u64 start_time;
	char comm[16];
};

struct task_struct___before_5_14 { /* state became __state in 5.14 */
	volatile long state;
};

struct task_struct___before_5_16 { /* cpu moved to thread_info in 5.16 */
	unsigned int cpu;
};

struct pt_regs___x86 {
	unsigned long di, si, dx, orig_ax;
};

#if PREEMPT_COUNT == COUNT_IN_PCPU_HOT
struct pcpu_hot {
	int preempt_count;
};
#endif

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#if PREEMPT_COUNT == COUNT_IN_PCPU_HOT
extern const struct pcpu_hot pcpu_hot __ksym;
#elif PREEMPT_COUNT == COUNT_IN_OWN_VARIABLE
extern const int __preempt_count __ksym;
#endif

static __always_inline __u32 task_raw_state(struct task_struct *task)
{
	struct task_struct___before_5_14 *old = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return task->__state;
	return old->state;
}

static __always_inline __u32 task_cpu(struct task_struct *task)
{
	struct task_struct___before_5_16 *old = (void *)task;

	if (bpf_core_field_exists(old->cpu))
		return old->cpu;
	return task->thread_info.cpu;
}

/* True in a hard or soft interrupt: `current` is then whoever was interrupted. */
static __always_inline bool in_interrupt(void)
{
	__u32 bits = 0;

#if PREEMPT_COUNT == COUNT_IN_PCPU_HOT
	bits = ((const struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
#elif PREEMPT_COUNT == COUNT_IN_OWN_VARIABLE
	bits = *(const int *)bpf_this_cpu_ptr(&__preempt_count);
#endif
	/* A task that merely holds off softirqs counts them in steps of two. */
	if ((bits & SOFTIRQ_MASK) && !(bits & 0x100))
		bits &= ~SOFTIRQ_MASK;
	return bits & INTERRUPT_MASK;
}

/*
 * The same without the preempt count: the idle task wakes nobody by itself, nor does a task that is
 * in user space. An interrupt within a system call can't be told from the call's own waking.
 */
static __always_inline bool in_interrupt_guess(struct task_struct *current)
{
	if (current->pid == 0)
		return true;
#ifdef __TARGET_ARCH_x86
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs) &&
	    !(current->flags & PF_KTHREAD))
		return (long)((struct pt_regs___x86 *)bpf_task_pt_regs(current))->orig_ax < 0;
#endif
	return false;
}

#endif
