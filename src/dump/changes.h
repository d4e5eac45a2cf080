/* SPDX-License-Identifier: MIT */
/*
 * What changed from look to look, to tell what is stuck from what is slow. Fed with one look after
 * the other, it keeps of each thread what the looks had in common, and no look.
 *
 * A thread is the same one while process, native id and ident are. A frame is the same one while
 * its address, code object and line are: what returned and was called again from the same line, at
 * the same place, cannot be told from what went on.
 */
#ifndef PYPROF_DUMP_CHANGES_H
#define PYPROF_DUMP_CHANGES_H

#include "dump/snapshot.h"

enum changes_verdict {
	CHANGES_NEW = 1, /* seen in one look only: nothing can be said */
	CHANGES_STUCK,	 /* the same stack in all looks, and (next to) no CPU used */
	CHANGES_BUSY,	 /* the same stack in all looks, and CPU used: one long call of C, or a loop of a line */
	CHANGES_SLOW,	 /* the same calls in all looks, other lines of the last one */
	CHANGES_MOVING,	 /* other stacks */
	CHANGES_UNKNOWN, /* a stack was missing, or not whole */
};

/* A frame that was there in every look. */
struct changes_frame {
	char *function, *file;
	uint64_t code, address;
	int32_t line, last_line; /* the least and the greatest, where it is the last one in common */
};

struct changes_thread {
	pid_t pid, tid;
	uint64_t ident;
	char *name;
	size_t looks;	    /* that it was in */
	size_t same;	    /* the last so many had the same stack, this one included */
	uint64_t first_ns, since_ns, last_ns; /* first look, the first of the same ones, the last */
	uint64_t cpu_first, cpu_before, cpu_since, cpu_last; /* CPU time: at those, at the one before the last */
	bool cpu_known;
	enum changes_verdict verdict; /* over all looks */
	struct changes_frame *common; /* root first: what all looks have in common */
	size_t n_common;
	bool common_whole;  /* no look has more than these, and at the same lines */
	bool gone;	    /* not in the last look */
	size_t last_seen;   /* number of the look that it was last in, 1 and up */
	struct snapshot_frame *leaf; /* for private use */
};

struct changes {
	struct changes_thread *threads; /* as they came */
	size_t n, cap;
	size_t looks;
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC: of the first and the last look */
	void *parts;
};

/* NULL: no memory. changes_destroy(NULL) is fine. */
struct changes *changes_create(void);
void changes_destroy(struct changes *changes);

/* Takes one more look in; the snapshots are not kept. Errors: NOMEM (no more may be added). */
enum pyprof_status changes_add(struct changes *changes, const struct snapshots *snapshots,
			       struct pyprof_error *err);

/* NULL where it is not in. */
const struct changes_thread *changes_of(const struct changes *changes, pid_t pid,
					const struct snapshot_thread *thread);

/* "stuck", "busy"… Never NULL. */
const char *changes_verdict_name(enum changes_verdict verdict);

#endif
