/* SPDX-License-Identifier: MIT */
/*
 * From a walked stack to a node of the profile's call tree.
 *
 * What a thread's stack shares with its last one, from the root up, is not looked up again. A
 * code object is compared with the target whenever its frame is not part of that, so a
 * name never belongs to an object that died (3.14 and later count the deaths, which costs one
 * word to read).
 */
#ifndef PYPROF_SAMPLE_STACKS_H
#define PYPROF_SAMPLE_STACKS_H

#include "profile/profile.h"
#include "python/code.h"
#include "python/frames.h"

/* One frame of a thread's last stack. */
struct stack_entry {
	struct py_frame frame;
	uint32_t code;	     /* index into py_codes; PY_CODE_NONE: not a code object, not shown */
	uint32_t generation; /* of that entry */
	int32_t unit;
	uint32_t node; /* in the call tree, this frame included */
};

struct stack_memory {
	struct stack_entry *entries;
	size_t n, cap;
	uint32_t epoch; /* of py_codes */
	uint64_t checked_ns; /* when all of its code objects were last compared */
};

/* What the profile calls one code object: its function, and a location a unit. */
struct code_ids {
	uint32_t generation, epoch;
	uint32_t function;
	uint32_t *locations; /* n_units + 1, from unit -1 on; PROFILE_NONE: not asked yet */
	size_t n_locations;
};

struct stacks {
	struct py_codes codes;
	struct profile *profile; /* not owned */
	struct code_ids *ids;	 /* beside codes.codes */
	size_t n_ids, cap_ids;
	uint32_t *to_check;
	size_t cap_to_check;
	uint64_t trusted_since_ns; /* no code object has died since (3.14 and later) */
};

/* How a stack came out. */
struct stack_result {
	uint32_t node; /* PROFILE_NONE: out of memory */
	bool truncated;
	enum pyprof_cause cause;
};

void stacks_init(struct stacks *stacks, struct py_runtime *rt, struct profile *profile);
void stacks_deinit(struct stacks *stacks);
void stack_memory_deinit(struct stack_memory *memory);

/* The node for `stack`, as seen at `now_ns` in the interpreter at `interp`. */
struct stack_result stacks_node(struct stacks *stacks, struct stack_memory *memory,
				const struct py_stack *stack, uint64_t interp,
				uint64_t now_ns);

#endif
