/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "tasks/task_table.h"

static const struct task_summary *task_named(const struct summary *s, const char *comm)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (!strcmp(s->tasks[i].comm, comm))
			return &s->tasks[i];
	return NULL;
}

TEST(a_tid_that_is_used_again_is_another_task)
{
	const struct task_summary *first, *second;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("reuse", &s));
	first = task_named(&s, "first");
	second = task_named(&s, "second");
	CHECK_EQ(s.task_count, 3);
	if (CHECK(first) && CHECK(second)) {
		CHECK_EQ(first->tid, 101);
		CHECK_EQ(second->tid, 101);
		CHECK_EQ(first->start_ns, 1100);
		CHECK_EQ(second->start_ns, 1900);
		CHECK_EQ(first->run_ns, 300);
		CHECK_EQ(second->run_ns, 400);
		CHECK_EQ(first->lifetime_ns, 400);
		CHECK_EQ(second->lifetime_ns, 500);
	}
	CHECK(!task_named(&s, "third"));
	CHECK_EQ(s.program.cpu_ns, 1800);
	CHECK_EQ(s.cpus[0].other_ns, 200);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_rename_and_an_exec_give_the_last_name)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100 comm=sh\n"
				      "1100 0 newtask 101 101 100\n"
				      "1100 0 new 101\n"
				      "1200 0 rename 100 renamed\n"
				      "1300 0 switch 100 101 R preempt\n"
				      "1400 0 exec 101 comm=child\n"
				      "1500 0 last 101 100\n"
				      "2000 0 last 100 0\n",
				      &s));
	CHECK(task_named(&s, "renamed"));
	CHECK(task_named(&s, "child"));
	/* A child's exec is not the command's: the window still begins with the first. */
	CHECK_EQ(s.program.wall_ns, 1000);
	summary_free(&s);
}

/* The thread takes its dead leader's tid, and stays one task with one line of time. */
TEST(a_thread_that_execs_goes_on_under_its_leaders_tid)
{
	struct summary s;
	uint64_t run = 0;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100 comm=first\n"
				      "1100 0 newtask 101 100 100 comm=thread\n"
				      "1100 0 new 101\n"
				      "1300 0 last 100 101\n"
				      "1400 0 exec 100 old=101 comm=second\n"
				      "1600 0 switch 100 0 S syscall=read\n"
				      "1700 0 waking 100 irq\n"
				      "1800 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 1000);
	CHECK_EQ(s.task_count, 2);
	for (size_t i = 0; i < s.task_count; i++)
		run += s.tasks[i].run_ns;
	CHECK_EQ(run, 800); /* 300 the leader, 500 the thread */
	CHECK_EQ(s.tasks[0].run_ns, 500);
	CHECK_EQ(s.tasks[0].blocked_ns, 100);
	CHECK_EQ(s.tasks[0].wait_wakeup_ns, 200 + 100);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(tasks_of_nobody_are_not_measured)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("placement", &s));
	CHECK_EQ(s.task_count, 2);
	CHECK(!drawn_task(&s, 7));
	CHECK(!drawn_task(&s, 8));
	CHECK_EQ(drawn_task(&s, 101)->ppid, 100);
	summary_free(&s);
}

/* The kernel exchanges the two tids some time before it tells of the exec. */
TEST(a_thread_may_bear_its_leaders_tid_before_its_exec_is_told)
{
	const struct task_summary *leader, *thread;
	struct summary s;

	/* The thread is preempted in between; the leader's last switch is under its new tid. */
	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      " 900 0 switch 0 100 R\n"
				      " 900 1 switch 0 0 R\n"
				      "1000 0 exec 100 comm=leader\n"
				      "1100 0 newtask 101 100 100 comm=thread\n"
				      "1100 0 new 101 cpu=1\n"
				      "1200 1 switch 0 101 R\n"
				      "1300 1 exchange 100 101\n"
				      "1400 1 switch 100 0 R preempt\n"
				      "1500 0 last 101 0\n"
				      "1600 1 switch 0 100 R\n"
				      "1700 1 exec 100 old=101 exchanged comm=second\n"
				      "2000 1 last 100 0\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 1000);
	CHECK_EQ(s.task_count, 2);
	CHECK_EQ(s.run_result.alive_at_end, 0);
	leader = task_named(&s, "leader");
	thread = task_named(&s, "second");
	if (CHECK(leader && thread)) {
		CHECK_EQ(leader->run_ns, 500);
		CHECK_EQ(leader->lifetime_ns, 500);
		CHECK_EQ(thread->run_ns, 200 + 400);
		CHECK_EQ(thread->wait_preempt_ns, 200);
		CHECK_EQ(thread->lifetime_ns, 900);
	}
	CHECK_EQ(s.trust.untraced, 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_leader_may_have_its_last_switch_after_its_threads_exec)
{
	const struct task_summary *leader, *thread;
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      " 900 0 switch 0 100 R\n"
				      " 900 1 switch 0 0 R\n"
				      "1000 0 exec 100 comm=leader\n"
				      "1100 0 newtask 101 100 100 comm=thread\n"
				      "1100 0 new 101 cpu=1\n"
				      "1200 1 switch 0 101 R\n"
				      "1300 1 exchange 100 101\n"
				      "1400 1 exec 100 old=101 exchanged comm=second\n"
				      "1500 0 last 101 0\n"
				      "2000 1 last 100 0\n",
				      &s));
	CHECK_EQ(s.task_count, 2);
	leader = task_named(&s, "leader");
	thread = task_named(&s, "second");
	if (CHECK(leader && thread)) {
		CHECK_EQ(leader->lifetime_ns, 500);
		CHECK_EQ(thread->run_ns, 800);
		CHECK_EQ(thread->lifetime_ns, 900);
	}
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(a_tid_that_is_used_again_is_another_task);
	RUN(a_rename_and_an_exec_give_the_last_name);
	RUN(a_thread_that_execs_goes_on_under_its_leaders_tid);
	RUN(tasks_of_nobody_are_not_measured);
	RUN(a_thread_may_bear_its_leaders_tid_before_its_exec_is_told);
	RUN(a_leader_may_have_its_last_switch_after_its_threads_exec);
	return check_done("task_table");
}
