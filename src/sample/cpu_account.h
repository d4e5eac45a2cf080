/* SPDX-License-Identifier: MIT */
/*
 * The CPU time of one thread, and which samples it goes to.
 *
 * The scheduler says how long a thread was on a CPU (target/cpu_time.h). What it has used since
 * it was last asked is shared out evenly among the samples that met it running since. Where none
 * did, however low the rate, it waits for the next one that does: so nothing gets lost, and where
 * a thread was seen to sleep gets nothing. Asked every 10 ms at most: the account of a running
 * thread is brought up to date every 4 ms only.
 */
#ifndef PYPROF_SAMPLE_CPU_ACCOUNT_H
#define PYPROF_SAMPLE_CPU_ACCOUNT_H

#include "profile/profile.h"
#include "target/cpu_time.h"

#define CPU_ACCOUNT_PERIOD_NS 10000000u
#define CPU_ACCOUNT_PENDING   64 /* samples that share; of more, the last ones */

struct cpu_account {
	struct cpu_time_watch watch;
	bool known;	  /* it was read once */
	bool moved;	  /* it has grown since */
	uint64_t cpu_ns;  /* at the last reading */
	uint64_t ran_ns;  /* when it was last seen to have moved */
	uint64_t left_ns; /* no sample has got it yet */
	struct cpu_share {
		uint32_t node, marks;
	} pending[CPU_ACCOUNT_PENDING], last;
	size_t n_pending;
	bool sampled; /* `last` is a sample, not the mark alone */
};

/* Nothing is known yet, and no descriptor open. */
void cpu_account_init(struct cpu_account *account);
void cpu_account_close(struct cpu_account *account);

/* A sample has met the thread; `running`: on a CPU, so that it gets a share. */
void cpu_account_sample(struct cpu_account *account, uint32_t node, uint32_t marks, bool running);

/*
 * Asks the scheduler, and shares out. Returns the CPU time since the last time; the first reading
 * is where it begins. `thread` is the profile's. With `keep_open` the file stays
 * open, where there are descriptors to spare.
 */
uint64_t cpu_account_settle(struct cpu_account *account, const struct target *target, pid_t tid,
			    struct profile *profile, uint32_t thread, uint64_t now_ns,
			    bool keep_open);

/*
 * The recording ends, or the thread has: what is left goes to its last sample. Of a thread that
 * no look has met no frame is known: its stack is the truncation mark alone.
 */
void cpu_account_finish(struct cpu_account *account, struct profile *profile, uint32_t thread);

#endif
