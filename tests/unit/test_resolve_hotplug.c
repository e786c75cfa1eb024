/* SPDX-License-Identifier: MIT */
/* CPUs that go offline and come online while recorded: drawn, to the nanosecond. */
#include <stdlib.h>
#include "drawn_trace.h"

static void check_cpu(const struct summary *s, int cpu, uint64_t workload, uint64_t other,
		      uint64_t idle, uint64_t offline)
{
	CHECK_OR_RETURN((size_t)cpu < s->cpu_count);
	CHECK_EQ(s->cpus[cpu].workload_ns, workload);
	CHECK_EQ(s->cpus[cpu].other_ns, other);
	CHECK_EQ(s->cpus[cpu].idle_ns, idle);
	CHECK_EQ(s->cpus[cpu].offline_ns, offline);
	CHECK_EQ(s->cpus[cpu].unknown_ns, 0);
}

static void check_whole(const struct summary *s)
{
	CHECK_EQ(s->trust.verdict, TRUST_WHOLE);
	CHECK_EQ(s->trust.conflicts, 0);
	drawn_sums_hold(s);
}

TEST(a_cpu_that_goes_offline_and_comes_back_is_neither_idle_nor_unknown)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("hotplug", &s));
	check_cpu(&s, 0, 8000, 0, 0, 0);
	check_cpu(&s, 1, 3400, 900, 1000, 2700);
	CHECK_EQ(s.n, 2);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 11400);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_WAITED], 900);
	CHECK_EQ(s.accounting_ns[CAUSE_OFFLINE], 2700);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 0);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 1000);
	/* min(D, CPUs that are not offline): 2 for 4300, 1 for 2700 and 1000. */
	CHECK_NEAR(s.program.satisfaction, 11400.0 / 12300, 1e-12);
	t = drawn_task(&s, 101);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 3900);
	CHECK_EQ(t->wait_preempt_ns, 3100);
	CHECK_EQ(s.trust.untraced, 1);
	check_whole(&s);
	summary_free(&s);
}

TEST(a_cpu_that_stays_offline_is_so_from_its_stoppers_end_on)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("hotplug_off", &s));
	check_cpu(&s, 0, 8000, 0, 0, 0);
	check_cpu(&s, 1, 1900, 500, 0, 5600);
	CHECK_EQ(s.accounting_ns[CAUSE_OFFLINE], 5600);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 0);
	check_whole(&s);
	summary_free(&s);
}

TEST(a_cpu_that_comes_online_later_was_offline_and_one_that_never_does_is_not_in_n)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("hotplug_late", &s));
	check_cpu(&s, 0, 4000, 0, 0, 0);
	check_cpu(&s, 1, 1800, 200, 1000, 1000);
	check_cpu(&s, 2, 0, 0, 0, 4000);
	check_cpu(&s, 3, 0, 0, 0, 4000);
	CHECK_EQ(s.n, 2);
	CHECK(!s.cpus[2].allowed && !s.cpus[3].allowed);
	CHECK_EQ(s.accounting_ns[CAUSE_OFFLINE], 1000);
	CHECK_EQ(drawn_task(&s, 101)->wait_wakeup_ns, 700);
	check_whole(&s);
	summary_free(&s);
	/* Of CPU 0 nothing is ever heard. */
	CHECK_OR_RETURN(drawn_analyze("cpus 2\ncommand 100\nonline 1\n 900 1 switch 0 100 R\n"
				      "1000 1 exec 100\n3000 1 last 100 0\n",
				      &s));
	check_cpu(&s, 0, 0, 0, 0, 2000);
	CHECK_EQ(s.n, 1);
	check_whole(&s);
	summary_free(&s);
}

/* Its stopper has blocked once more than the records show; the kernel's counter knows. */
TEST(of_all_tasks_the_stoppers_unseen_switch_is_counted_too)
{
	char *fixture = drawn_load("hotplug"), *text = NULL;
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(fixture && asprintf(&text,
					    "target all\nattached 1000\nended 9000\n"
					    "task 9 9 recorder\n%s",
					    fixture) > 0);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	t = drawn_task(&s, 21);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 400);
	CHECK_EQ(t->blocked_ns, 5400);
	CHECK_EQ(t->voluntary, 2);
	CHECK_EQ(s.trust.switches, s.trust.kernel_switches);
	/* 101 preempted by 20, which blocks twice, as the stopper does; and 101's death. */
	CHECK_EQ(s.cpus[1].switches, 6);
	CHECK_EQ(s.cpus[1].voluntary, 5);
	CHECK_EQ(s.cpus[1].offline_ns, 2700);
	check_whole(&s);
	summary_free(&s);
	free(text);
	free(fixture);
}

/* A recorder of old told nothing of it: the CPU then idles, as it did before. */
TEST(without_a_list_of_the_online_cpus_nothing_is_offline)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\ncommand 100\n"
				      " 800 1 switch 0 0 R\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "2000 0 offline 77\n" /* there is no such CPU */
				      "3000 0 last 100 0\n",
				      &s));
	check_cpu(&s, 0, 2000, 0, 0, 0);
	check_cpu(&s, 1, 0, 0, 2000, 0);
	CHECK_EQ(s.n, 2);
	check_whole(&s);
	summary_free(&s);
}

/* Kernels without the tracepoints: what happened meanwhile is not known, and the report says so. */
TEST(a_cpu_that_went_offline_unseen_makes_the_report_lossy)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\ncommand 100\nonline 0 1\nonline_end 0\n"
				      " 800 1 switch 0 0 R\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "3000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(drawn_warned(&s, "does not tell when"));
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* It never went: the step was refused, and all was as before. */
TEST(a_cpu_that_is_kept_online_is_offline_for_as_long_as_the_step_took)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\ncommand 100\nonline 0 1\n"
				      " 800 1 switch 0 0 R\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "2000 0 offline 1\n"
				      "2200 0 online 1\n"
				      "3000 0 last 100 0\n",
				      &s));
	check_cpu(&s, 1, 0, 0, 1800, 200);
	CHECK_EQ(s.n, 2);
	check_whole(&s);
	summary_free(&s);
}

/* What is lost is unknown, on a CPU that is offline too. */
TEST(a_loss_on_a_cpu_that_goes_offline_stays_unknown)
{
	char *fixture = drawn_load("hotplug"), *line;
	struct summary s;

	CHECK_OR_RETURN(fixture);
	line = strstr(fixture, "3200 1 switch");
	CHECK_OR_RETURN(line);
	/* Two records fewer: the stopper's sched-in, and its waking. */
	memcpy(strstr(fixture, "3200 1 waking 21\n"), "lose 1 2         ", 17);
	memset(line, ' ', strcspn(line, "\n"));
	line = strstr(fixture, "3500 1 untraced");
	memset(line, ' ', strcspn(line, "\n"));
	CHECK_OR_RETURN(drawn_analyze(fixture, &s));
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(s.cpus[1].unknown_ns > 0);
	drawn_sums_hold(&s);
	summary_free(&s);
	free(fixture);
}

int main(void)
{
	RUN(a_cpu_that_goes_offline_and_comes_back_is_neither_idle_nor_unknown);
	RUN(a_cpu_that_stays_offline_is_so_from_its_stoppers_end_on);
	RUN(a_cpu_that_comes_online_later_was_offline_and_one_that_never_does_is_not_in_n);
	RUN(of_all_tasks_the_stoppers_unseen_switch_is_counted_too);
	RUN(without_a_list_of_the_online_cpus_nothing_is_offline);
	RUN(a_cpu_that_went_offline_unseen_makes_the_report_lossy);
	RUN(a_cpu_that_is_kept_online_is_offline_for_as_long_as_the_step_took);
	RUN(a_loss_on_a_cpu_that_goes_offline_stays_unknown);
	return check_done("resolve_hotplug");
}
