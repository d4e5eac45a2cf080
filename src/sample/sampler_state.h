/* SPDX-License-Identifier: MIT */
/* What a sampler holds; private to sample/. */
#ifndef PYPROF_SAMPLE_SAMPLER_STATE_H
#define PYPROF_SAMPLE_SAMPLER_STATE_H

#include "python/gil.h"
#include "sample/cpu_account.h"
#include "sample/extra.h"
#include "sample/pause_budget.h"
#include "sample/sampler.h"
#include "sample/stacks.h"
#include "target/pause.h"

/* What the sampler keeps of one thread. */
struct thread_state {
	struct stack_memory stacks;
	struct pause_budget budget;
	uint64_t refused_ns; /* when it could not be paused; 0: it could */
	bool held_gil;	     /* at its last look: most probably it does so again */
	struct cpu_account cpu;
	struct extra_thread counters;
	double unrest;		 /* share of the last looks that were cut short */
	uint64_t paused_looks;
	uint64_t visited_ns; /* the tick of its last visit; 0: none yet */
	uint64_t visits;
	bool named;	   /* by the program, not by the kernel alone */
	uint8_t names_asked; /* so often in vain */
	bool sleeps; /* has not moved for long: is not asked (sleepers.c) */
	bool moved_on; /* since its last sample, it may have: what it sleeps in is not known */
};

struct sampler {
	struct py_runtime *rt;
	struct profile *profile;
	struct sampler_opts opts;
	struct py_threads threads;
	struct py_walker walker;
	struct py_gil_words gil_words; /* what the walker reads beside */
	struct stacks stacks;
	uint64_t renewals; /* of its code objects, that the walker knows of */
	uint32_t epoch;
	struct pauser pauser;
	struct extra_set extra;
	struct extra_memory memory;
	struct pyprof_stats stats;
	uint32_t process; /* in the profile */
	bool replaced;	  /* the memory is another program's: what is read there is nobody's */
	bool stale;	  /* a thread has gone or come */
	bool beginners;	  /* a thread is in the list and has no number yet */
	bool unnamed;	  /* a thread has only its comm for a name, and was not asked for often */
	uint64_t refreshed_ns, asked_ns, named_ns, tended_ns, searched_ns;
	uint64_t names_age_ns; /* names are asked for again when so old */
	uint64_t naming_ns;    /* how long it took the last time */
	size_t n_sleepers;
	uint64_t explained_ns;	/* CPU time that its threads were seen to use */
	int64_t unexplained_ns; /* what the process had more of, when last found out by whom */
	bool suspicious;	/* it has more still, once */
};

/* GIL holders at one moment: one an interpreter with a GIL of its own. */
#define HOLDERS_MAX 64

struct holders {
	uint64_t tstates[HOLDERS_MAX];
	size_t n;
	bool all;   /* free-threaded: every thread */
	bool asked; /* the rest is of this tick */
};

/*
 * Is the target's memory what it was? False: what was read is of another program, which it became by
 * an exec (and sampler->replaced from then on), or of none.
 */
bool sampler_same_memory(struct sampler *sampler);

/* Who holds a GIL at this moment; nobody where that cannot be read. */
void sampler_holders(struct sampler *sampler, struct holders *holders);
bool sampler_holds(const struct holders *holders, uint64_t tstate);

/*
 * Gives a thread its own memory and its place in the profile, where it has none yet. False: no
 * memory.
 */
bool sampler_introduce(struct sampler *sampler, struct py_thread *thread);

/* One walk's outcome. */
struct walk {
	enum py_walk_result walked;
	struct stack_result result;
	bool holds_gil; /* at the walk's moment, as far as that can be told */
	bool paused;	/* for this walk */
	bool news;	/* code was met that had not been known, or not so */
};

/* Walks a thread that has been introduced, again where code was met for the first time. */
void sampler_walk(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		  struct walk *walk);

/*
 * The next moment of the look that sampler_walk() took last, where there is one. Code that was not
 * known ends it: that needs another look.
 */
bool sampler_next_moment(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
			 struct walk *walk);

/* Walks a thread: without a pause, with one, or first the one and then the other. */
void sampler_look_at(struct sampler *sampler, struct py_thread *thread, uint64_t now_ns,
		     bool may_pause, struct walk *walk);

/* Visits one thread at a tick. Returns the moments at which its stack was taken. */
size_t sampler_visit(struct sampler *sampler, struct py_thread *thread, struct holders *holders,
		     uint64_t now_ns, enum pyprof_status *status);

/* Waiting threads have not been looked at: none is known to stand where it was met last. */
void sampler_wake_all(struct sampler *sampler);

/* Now and then: who has used how much CPU time, who sleeps, who does not any more. */
void sampler_tend(struct sampler *sampler, uint64_t now_ns);
/* The thread has ended. */
void sampler_forget_sleeper(struct sampler *sampler, struct thread_state *state);

#endif
