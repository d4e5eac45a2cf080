/* SPDX-License-Identifier: MIT */
/*
 * Threads that sleep for long cost nothing: they are not asked what they do.
 *
 * Every 10 ms the scheduler is asked how long each thread that is awake has been on a CPU. One that
 * has not moved for a second (where it never has, for 0.2 s) sleeps from then on. The CPU time of
 * the whole process (one question) tells when one of the sleepers moves: when it grows by more than
 * what the others had. Then each sleeper's own is asked. So one that wakes up after more than a
 * second of sleep is seen within 20 ms of the end of its first 4 ms (or whatever it took) on a CPU;
 * its CPU time is not lost.
 * At low rates that would be ticks, and short work after a long sleep would never be met: so
 * threads sleep only where there are enough looks to be saved.
 */
#include "base/clock.h"
#include "sample/sampler_state.h"

#define SLEEPS_NS 1000000000u
/* One that was never seen to move most probably has slept for long already. */
#define SLEPT_NS  200000000u
/* So many looks a second, at all threads together, cost 1% of a CPU. */
#define CHEAP_LOOKS 2000u
/* Threads that are no Python's use CPU time too: the sleepers are asked in vain at most so often. */
#define SEARCH_NS 100000000u
/* What two questions one after the other may differ by without anybody having moved. */
#define NOISE_NS 200000

static struct thread_state *state_of(const struct sampler *sampler, size_t i)
{
	return sampler->threads.threads[i]->user_data;
}

static void settle(struct sampler *sampler, struct py_thread *thread, struct thread_state *state,
		   uint64_t now_ns)
{
	if (thread->tid)
		sampler->explained_ns += cpu_account_settle(
			&state->cpu, sampler->rt->target, thread->tid, sampler->profile,
			thread->user, now_ns, !state->sleeps && thread->watch.fd >= 0);
}

static bool saves_much(const struct sampler *sampler)
{
	return sampler->threads.n * 1000000000u >= CHEAP_LOOKS * sampler->opts.period_ns;
}

/* Nobody knows of a thread without an account whether it moves. */
static bool may_sleep(const struct thread_state *state, uint64_t now_ns)
{
	return state->cpu.known && !state->held_gil &&
	       now_ns - state->cpu.ran_ns >= (state->cpu.moved ? SLEEPS_NS : SLEPT_NS) &&
	       ((state->cpu.sampled && !state->moved_on) || state->visits > 1);
}

static void wake(struct sampler *sampler, struct py_thread *thread, struct thread_state *state)
{
	state->sleeps = false;
	sampler->n_sleepers--;
	py_thread_watch_again(&sampler->threads, thread);
}

void sampler_wake_all(struct sampler *sampler)
{
	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct thread_state *state = state_of(sampler, i);

		if (!state)
			continue;
		state->moved_on = true;
		state->visits = 0;
		if (state->sleeps)
			wake(sampler, sampler->threads.threads[i], state);
	}
}

static void put_to_sleep(struct sampler *sampler, struct py_thread *thread,
			 struct thread_state *state)
{
	state->sleeps = true;
	sampler->n_sleepers++;
	/* Descriptors are few. */
	thread_watch_close(&thread->watch);
	cpu_account_close(&state->cpu);
}

/* Which of the sleepers has moved? */
static void search(struct sampler *sampler, uint64_t now_ns)
{
	sampler->searched_ns = now_ns;
	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct thread_state *state = state_of(sampler, i);

		if (!state || !state->sleeps)
			continue;
		settle(sampler, sampler->threads.threads[i], state, now_ns);
		if (state->cpu.ran_ns == now_ns)
			wake(sampler, sampler->threads.threads[i], state);
	}
}

/* Has the process used CPU time that none of those awake has? */
static bool somebody_moved(struct sampler *sampler)
{
	uint64_t process_ns;
	int64_t unexplained;
	bool more;

	if (!cpu_time_of_process(sampler->rt->target->pid, &process_ns))
		return false;
	unexplained = (int64_t)(process_ns - sampler->explained_ns);
	more = unexplained - sampler->unexplained_ns > NOISE_NS;
	/* Once may be a thread whose account was brought up to date between the two questions. */
	if (more && !sampler->suspicious) {
		sampler->suspicious = true;
		return false;
	}
	sampler->suspicious = false;
	if (more || unexplained < sampler->unexplained_ns)
		sampler->unexplained_ns = unexplained;
	return more;
}

void sampler_tend(struct sampler *sampler, uint64_t now_ns)
{
	bool much = saves_much(sampler);

	if (!target_lives(sampler->rt->target) || now_ns - sampler->tended_ns < CPU_ACCOUNT_PERIOD_NS)
		return;
	sampler->tended_ns = now_ns;
	for (size_t i = 0; i < sampler->threads.n; i++) {
		struct thread_state *state = state_of(sampler, i);

		if (!state || state->sleeps)
			continue;
		settle(sampler, sampler->threads.threads[i], state, now_ns);
		if (much && may_sleep(state, now_ns))
			put_to_sleep(sampler, sampler->threads.threads[i], state);
	}
	if (sampler->n_sleepers && now_ns - sampler->searched_ns >= SEARCH_NS &&
	    somebody_moved(sampler))
		search(sampler, now_ns);
}

void sampler_forget_sleeper(struct sampler *sampler, struct thread_state *state)
{
	sampler->n_sleepers -= state->sleeps;
	state->sleeps = false;
}
