/* SPDX-License-Identifier: MIT */
/*
 * A thread's stack, proven to have stood at one moment.
 *
 * One look reads, in one system call (more where frames lie in hundreds of places) and in this
 * order: every range where the thread's frames
 * are expected (first pass), the pointer to its current frame (the moment), every range again
 * (second pass). A frame whose links and code are the same in both passes was there at
 * the moment; a caller whose instruction did not move either was waiting for the frame
 * above it. So the frames that agree from the root up, and hang together from the current
 * frame, stood together. Where they do not reach the current frame the stack is marked
 * truncated. A chain that does not reach its root is no stack at all.
 *
 * What is truncated hangs together with the root alone, and the place of a frame that was left
 * may by now hold one of another thread, with callers that are not this thread's. So either a
 * frame of it lies in the datastack of the thread, or its root is the one that the thread's
 * last stack had, or that it was seen with twice.
 *
 * What is not where it was expected is searched for, and looked at again, a few times at
 * most: that is about unknown places, not about waiting for quiet.
 *
 * Nothing is allocated once the buffers fit the deepest stack seen.
 */
#ifndef PYPROF_PYTHON_FRAMES_H
#define PYPROF_PYTHON_FRAMES_H

#include "python/footprint.h"
#include "python/runtime.h"

/* The bytes of a frame that are read, at most. */
#define PY_FRAME_SPAN_MAX 512

/* Frames of one stack, at most; deeper ones fail with PYPROF_CAUSE_DEPTH. */
#define PY_MAX_DEPTH (1u << 17)

struct py_frame {
	uint64_t addr;
	uint64_t code;	  /* address of the code object (or of what stands in for it) */
	uint64_t prev;	  /* address of the caller's frame, 0 at the root */
	uint64_t lasti;	  /* f_lasti, or the instruction pointer: see py_lasti_model */
	uint32_t tlbc;	  /* index of the thread-local bytecode, free-threaded only */
	bool c_frame;	  /* stands for C code that entered the interpreter: not shown */
	bool running;	  /* to 3.10: says of itself that it runs, or waits for a call */
};

struct py_stack {
	const struct py_frame *frames; /* root first, C frames left out; the walker's */
	size_t n;
	bool truncated;
	enum pyprof_cause cause; /* why truncated, or why failed */
};

enum py_walk_result {
	PY_WALK_STACK,	/* a stack, whole or truncated */
	PY_WALK_EMPTY,	/* the thread runs no Python */
	PY_WALK_FAILED, /* nothing could be proven; stack->cause says why */
};

/* Buffers and numbers that the threads of one process share. */
struct py_walker {
	const struct py_runtime *rt; /* not owned */
	int32_t span_from, span_to;  /* the bytes of a frame that are read */
	uint8_t *pass[2];
	size_t pass_cap;
	struct memory_piece *pieces;
	size_t pieces_cap;
	struct py_frame *chain; /* leaf first */
	size_t chain_cap;
	struct py_frame *frames;
	size_t frames_cap;
	uint64_t newest_chunk, stack_top; /* of the datastack at the moment (3.11 and later) */
	uint64_t *searched; /* what the last search followed, leaf first */
	size_t n_searched, searched_cap;
	const struct memory_piece *extra; /* read at the moment too; the caller's */
	size_t n_extra;
	bool extra_read; /* the last look has read them all */
	uint64_t looks;	 /* system calls that read both passes */
	uint64_t misses; /* looks that met a frame in an unknown place */
};

/* C code that calls Python code has a cframe of its own: so many are read at each look. */
#define PY_CFRAMES 8

/* What is remembered of one thread between looks. */
struct py_thread_memory {
	struct footprint footprint;
	uint64_t cframes[PY_CFRAMES]; /* 3.11, 3.12: where the current frame's pointer was */
	size_t next_cframe;	      /* which of these is forgotten next */
	uint64_t root;	     /* outermost frame of its last stack; 0: none is known */
	uint64_t maybe_root; /* one that was seen, but not proven to be this thread's */
	uint64_t chunk_start, chunk_end; /* the newest datastack chunk */
	size_t leaf_range;   /* index of the range that held the leaf */
	uint64_t *last;	     /* the proven frames of its last chain, leaf first */
	size_t n_last, last_cap;
};

/* False where the layout spreads a frame's fields too far to be true. */
bool py_walker_init(struct py_walker *walker, const struct py_runtime *rt);
void py_walker_deinit(struct py_walker *walker);
void py_thread_memory_deinit(struct py_thread_memory *memory);

/* Walks the thread whose state lies at `tstate`. *stack is valid until the next walk. */
enum py_walk_result py_walk(struct py_walker *walker, uint64_t tstate,
			    struct py_thread_memory *memory, struct py_stack *stack);

#endif
