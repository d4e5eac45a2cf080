/* SPDX-License-Identifier: MIT */
/*
 * From a walked stack to a node of the profile's call tree.
 *
 * What a thread's stack shares with its last one, from the root up, is not looked up again. A
 * name must not belong to a code object that died: what is read for the first time asks for
 * another walk, and what is known is compared again after the walk, unless the interpreter's
 * count of deaths (3.14 and later) has not moved. That is enough where code objects have numbers
 * (3.12 and later). Before, those at addresses where others come and go are compared within
 * the walk, at its moment (python/code_watch.h). Frames that have not moved since the last look
 * hold on to their code objects, except that another call may stand in the very same place: of
 * these the objects are compared, and their texts less and less often the longer they have lived.
 */
#ifndef PYPROF_SAMPLE_STACKS_H
#define PYPROF_SAMPLE_STACKS_H

#include "profile/profile.h"
#include "python/code_watch.h"
#include "python/frames.h"

/* One frame of a thread's last stack. */
struct stack_entry {
	struct py_frame frame;
	uint32_t code;	     /* index into py_codes */
	uint32_t generation; /* of that entry */
	int32_t unit;
	uint32_t node; /* in the call tree, this frame included */
};

struct stack_memory {
	struct stack_entry *entries;
	size_t n, cap;
	uint32_t epoch; /* of py_codes */
	struct py_code_watch watch; /* what the next walk has to read at its moment */
	struct py_code_watch after; /* and right after it */
	struct py_code_watch before; /* what `after` was for the walk before */
	size_t n_before;	     /* of `after`, what belongs to the last stack */
	uint64_t looked_ns;	    /* when the last walk was */
	struct memory_piece deaths_piece;
	uint64_t deaths; /* of code objects in its interpreter, as the last look read it */
	uint64_t round;	 /* of checks, that the last stack was of */
	bool clean;	 /* and nothing was left to be compared of that one */
	uint64_t renewals, trusted_since; /* what they were then */
	bool had_volatile; /* that stack had code to be read at the moment */
	bool trusted; /* the count of deaths spoke for each of its code objects */
};

/* What the profile calls one code object: its function, and a location a unit. */
struct code_ids {
	uint32_t generation;
	uint32_t function;
	uint32_t *locations; /* n_units + 1, from unit -1 on; PROFILE_NONE: not asked yet */
	size_t n_locations;
};

/* How many code objects have died in an interpreter, when last asked. */
struct deaths {
	uint64_t interp, count;
};

struct stacks {
	struct py_codes codes;
	struct profile *profile; /* not owned */
	struct code_ids *ids;	 /* beside codes.codes */
	size_t n_ids, cap_ids;
	uint32_t ids_epoch; /* of py_codes, that the ids belong to */
	struct py_code_watch check; /* what is compared after a walk */
	struct deaths *deaths; /* 3.14 and later */
	size_t n_deaths, cap_deaths;
	bool counted;		/* of this round: the count of deaths is known */
	size_t anew;		/* and so many code objects turned out to be others */
	uint64_t trusted_since; /* round of checks since which nothing is known to have died */
};

/* How a stack came out. */
struct stack_result {
	uint32_t node; /* PROFILE_NONE: out of memory */
	bool truncated;
	bool climbed; /* whole, but its upper end was read once only */
	size_t lost; /* frames that were seen above what is kept */
	enum pyprof_cause cause;
	bool again; /* something was read for the first time: walk again, and ask again */
	bool apart; /* its root is not that of the thread's last stack */
};

void stacks_init(struct stacks *stacks, struct py_runtime *rt, struct profile *profile);
void stacks_deinit(struct stacks *stacks);
void stack_memory_deinit(struct stack_memory *memory);

/* Has the walker read, beside the thread's stack, what stacks_begin() will want to know. */
void stacks_ask(struct stacks *stacks, struct stack_memory *memory, uint64_t interp,
		struct py_walker *walker);

/*
 * A look at the thread was taken, with what stacks_ask() asked for: compares the code objects that
 * were read with it. To be called before the stacks of its moments are given to stacks_node().
 */
void stacks_begin(struct stacks *stacks, struct stack_memory *memory, uint64_t interp,
		  const struct py_walker *walker, uint64_t now_ns);

/*
 * The node for `stack`, of the last look. With `last` there will be no other walk: the stack is cut
 * off (PYPROF_CAUSE_CODE) at the first code object that is not known to be the one that was there.
 */
struct stack_result stacks_node(struct stacks *stacks, struct stack_memory *memory,
				const struct py_stack *stack, uint64_t now_ns, bool last);

#endif
