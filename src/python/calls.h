/* SPDX-License-Identifier: MIT */
/*
 * What calls what in one process, as far as it was proven: from each call site (a code object, and
 * the place in it) to the code that was called there. And what was read of code for that: how long
 * its frames are, and which instructions return.
 *
 * Bounded: when there are too many calls, all are forgotten and learnt again.
 */
#ifndef PYPROF_PYTHON_CALLS_H
#define PYPROF_PYTHON_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

struct py_frame;

struct py_call {
	uint64_t code, lasti; /* of the caller */
	uint64_t callee;      /* its code; odd: in a frame outside of the datastack; see calls.c */
	uint32_t value; /* see calls.c */
};

struct py_calls {
	struct map map;
	struct py_call *calls;
	size_t n, cap;
};

void py_calls_deinit(struct py_calls *calls);

/* Forgets all: an address that code objects had may now be another's. */
void py_calls_clear(struct py_calls *calls);

/*
 * `caller` waits for `callee`: a look, of that number, has found it so. Enough of what so many looks
 * give is believed: looks that were misled have nothing in common. (One in some 50,000 is, to
 * one of a thousand calls: the same one twice among so many is not to be expected.) Without memory
 * nothing is learnt.
 */
#define PY_CALLS_ROUND	  65536
#define PY_CALLS_SIGHTED  1u /* in one reading, which proves nothing */
#define PY_CALLS_AGREED	  2u /* in two */
#define PY_CALLS_ENOUGH	  4u /* while the thread stood */
void py_calls_learn(struct py_calls *calls, const struct py_frame *caller,
		    const struct py_frame *callee, uint32_t weight, uint64_t look);

/* Has just that call been proven once? */
bool py_calls_known(const struct py_calls *calls, const struct py_frame *caller,
		    const struct py_frame *callee);

/* Is anything called where `caller` stands; is it, at times, a generator? */
bool py_calls_site(const struct py_calls *calls, const struct py_frame *caller);
bool py_calls_generators(const struct py_calls *calls, const struct py_frame *caller);

/* Does the instruction where `frame` stands return from it? */
enum py_returns { PY_RETURNS_UNKNOWN, PY_RETURNS, PY_RETURNS_NOT };

enum py_returns py_calls_returns(const struct py_calls *calls, const struct py_frame *frame);
void py_calls_learn_returns(struct py_calls *calls, const struct py_frame *frame,
			    enum py_returns returns);

/*
 * Bytes of a frame of that code object in the datastack; 0 where that is not known. They are a multiple
 * of 8, and have two flags: the call only makes a generator, or a coroutine, of it; it has variables.
 */
#define PY_CALLS_GENERATES 1u
#define PY_CALLS_VARIABLES 2u
#define PY_CALLS_FLAGS	   7u
uint32_t py_calls_frame_size(const struct py_calls *calls, uint64_t code);
void py_calls_learn_size(struct py_calls *calls, uint64_t code, uint32_t size);

#endif
