/* SPDX-License-Identifier: MIT */
/*
 * What changed from look to look, to tell what is stuck from what is slow. Fed with one
 * look after the other, it keeps of each thread what the looks had in common, and no
 * look.
 *
 * A thread is the same one while process, native id and ident are. A frame is the same
 * one while its address, code object and line are: what returned and was called again
 * from the same line, at the same place, cannot be told from what went on.
 */
#ifndef PYPROF_DUMP_CHANGES_H
#define PYPROF_DUMP_CHANGES_H

#include "dump/snapshot.h"

enum changes_verdict {
	CHANGES_NEW = 1, /* seen in one look only: nothing can be said */
	CHANGES_STUCK,	 /* the same stack in all looks, and it did not run in between */
	CHANGES_WAITING, /* the same stack in all looks, but it ran in between, for hardly any
			    CPU time: it waits there again and again */
	CHANGES_BUSY,	 /* the same stack in all looks, and CPU used: a long call of C, a
			    loop */
	CHANGES_SLOW,	 /* the same calls in all looks, other lines of the last one */
	CHANGES_MOVING,	 /* other stacks */
	CHANGES_UNKNOWN, /* a stack was missing, or not whole */
};

/* A frame that was there in every look. */
struct changes_frame {
	char *function, *file;
	uint64_t code, address;
	int32_t line, last_line; /* the least and the greatest, where it is the last one
				    in common */
};

/* A frame of the last stack. */
struct changes_call {
	uint64_t address, code;
	int32_t line;
};

struct changes_thread {
	pid_t pid, tid;
	uint64_t ident;
	char *name;
	size_t looks;	   /* that it was in */
	size_t first_look; /* number of the look that it was first in, 1 and up… */
	size_t last_seen;  /* …and last: gone, where that is not the last one */
	size_t same; /* the last so many of them had the same stack, this one included; 0:
			it is not known */
	uint64_t first_ns, since_ns,
		last_ns; /* first look, the first of the same ones, the last */
	/* CPU time: at those, and at the look before the last. */
	uint64_t cpu_first, cpu_since, cpu_before, cpu_last;
	bool cpu_known;
	/* How often it got a CPU between looks, in all and during the same ones; not what
	   our pauses are the reason for. */
	uint64_t woken, woken_same, switches_last;
	bool woken_known, paused_last;
	enum changes_verdict verdict; /* over all looks */
	struct changes_frame *common; /* root first: what all looks have in common */
	size_t n_common;
	/* For judging. */
	struct changes_call *last; /* the last whole stack, root first; NULL: none yet */
	size_t n_last;
	bool moved, leaf_stays, missing, ran;
};

struct changes_process {
	pid_t pid;
	char *command, *cwd; /* as in its snapshots */
	size_t last_seen;    /* number of the look that it was last in */
};

struct changes {
	struct changes_process *processes; /* as they came */
	size_t n_processes, cap_processes;
	struct changes_thread *threads; /* as they came */
	size_t n, cap;
	size_t looks;
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC: of the first and the last look */
};

/* NULL: no memory. changes_destroy(NULL) is fine. */
struct changes *changes_create(void);
void changes_destroy(struct changes *changes);

/* Takes one more look in; the snapshots are not kept. Errors: NOMEM (no more may be
 * added). */
enum pyprof_status changes_add(struct changes *changes, const struct snapshots *snapshots,
			       struct pyprof_error *err);

/*
 * NULL where it is not in. *hint is 0 at first, and then left alone: threads that are
 * asked for in their order are found at once.
 */
const struct changes_thread *changes_of(const struct changes *changes, pid_t pid,
					const struct snapshot_thread *thread,
					size_t *hint);

/* "stuck", "busy"… Never NULL. */
const char *changes_verdict_name(enum changes_verdict verdict);

#endif
