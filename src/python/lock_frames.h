/* SPDX-License-Identifier: MIT */
/*
 * What a frame holds: its variables, what lies on its value stack, and the objects whose `with`
 * statements it is inside.
 *
 * The value stack keeps what was on it, so most of what lies there is stale. What is alive for
 * sure is told by the blocks that the frame is in (to 3.10, f_blockstack), or by its code's
 * exception table (from 3.11): a handler that is to be jumped to relies on so much of the stack.
 * Sources: Python/ceval.c (SETUP_WITH, BEFORE_WITH, LOAD_SPECIAL), Objects/exception_handling_notes
 * and InternalDocs/exception_handling.md of each release.
 */
#ifndef PYPROF_PYTHON_LOCK_FRAMES_H
#define PYPROF_PYTHON_LOCK_FRAMES_H

#include "python/frames.h"
#include "python/lock_types.h"

#define LOCK_LOCALS_MAX	 256u /* variables of one frame that are looked at */
#define LOCK_STACK_MAX	 64u  /* items of its value stack */
#define LOCK_WITHS_MAX	 24u
#define LOCK_EXCEPTIONS_MAX (1u << 20) /* bytes of an exception table */

struct lock_code {
	uint64_t addr;
	uint64_t names, name, filename;
	uint64_t variables[3]; /* tuples of their names, in the order of the variables; 0: none */
	uint32_t n_variables, stacksize; /* from 3.11; before, the frame tells */
	uint64_t start;			 /* of its instructions, from 3.11 */
	uint8_t *exceptions;		 /* its exception table */
	size_t n_exceptions;
	bool broken; /* it cannot be read */
};

struct lock_frames {
	const struct py_runtime *rt; /* not owned */
	struct lock_types *types;    /* not owned */
	struct lock_code *codes;
	size_t n, cap;
	struct map by_addr;
	bool nomem;
};

void lock_frames_deinit(struct lock_frames *frames);

/* Of the frame; NULL where its code object makes no sense. Valid until the next call. */
const struct lock_code *lock_frame_code(struct lock_frames *frames, const struct py_frame *frame);

/*
 * The values of its variables, cells as they are, and 0 where one is not bound: the first `max` of
 * them. Gives how many.
 */
size_t lock_frame_locals(struct lock_frames *frames, const struct py_frame *frame, uint64_t *out,
			 size_t max);

/* What lies on its stack, alive or stale. */
size_t lock_frame_stack(struct lock_frames *frames, const struct py_frame *frame, uint64_t *out,
			size_t max);

/* Appends the name of variable `i`; false where it has none that can be read. */
bool lock_frame_local_name(struct lock_frames *frames, const struct lock_code *code, size_t i,
			   struct str *out);

/*
 * The objects whose __exit__ will be called when the frame leaves the `with` statements that it is
 * inside, outermost first; not those that it is just about to enter, or is leaving.
 */
size_t lock_frame_withs(struct lock_frames *frames, const struct py_frame *frame,
			uint64_t out[LOCK_WITHS_MAX]);

/*
 * The frame of a suspended generator, as far as this file needs it; false where `object` is none.
 */
bool lock_generator_frame(const struct lock_frames *frames, uint64_t object,
			  struct py_frame *frame);

/* The object that a bound method is of; 0 where `object` is none. */
uint64_t lock_method_self(const struct lock_frames *frames, uint64_t object, enum lock_type type);

/* Does the code use a global or an attribute of this name? True also where it cannot be told. */
bool lock_code_uses(const struct lock_frames *frames, const struct lock_code *code,
		    const char *name);

#endif
