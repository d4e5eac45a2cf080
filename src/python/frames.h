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
 * frame, stood together. Where they do not reach the current frame, and one reading alone does not
 * tell what was above (climb.h), the stack is marked truncated. A chain that does not reach its
 * root is no stack at all.
 *
 * What was there before and after may not have been there at the moment: a thread calls one
 * function and another in turn, and their frames stand in the same places. So what changes
 * often is read nearest to the moment; what lay beyond the datastack's top right before or
 * after is not believed; and a look that took far longer than usual, during which a whole round
 * of calls may have passed, is taken again.
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

#include "python/c_code.h"
#include "python/calls.h"
#include "python/footprint.h"
#include "python/look_time.h"
#include "python/runtime.h"

/* The bytes of a frame that are read, at most. */
#define PY_FRAME_SPAN_MAX 512
/* The same of a thread state. */
#define PY_THREAD_SPAN_MAX 512

/* Frames of one stack, at most; deeper ones fail with PYPROF_CAUSE_DEPTH. */
#define PY_MAX_DEPTH (1u << 17)

struct py_frame {
	uint64_t addr;
	uint64_t code;	  /* address of the code object (or of what stands in for it) */
	uint64_t prev;	  /* address of the caller's frame, 0 at the root */
	uint64_t lasti;	  /* f_lasti, or the instruction pointer: see py_lasti_model */
	uint64_t top;	  /* from 3.11: address behind its stack, while that is put away; or 0 */
	uint32_t tlbc;	  /* index of the thread-local bytecode, free-threaded only */
	bool c_frame;	  /* stands for C code that entered the interpreter: not shown */
	bool generator;	  /* from 3.11: belongs to a generator, and lies in it */
	bool running;	  /* to 3.10: says of itself that it runs, or waits for a call */
	bool waits;	  /* from 3.11: its stack is put away: it has called, or been left */
	bool left;	  /* from 3.13: empty, as one is that has been left */
	bool entry;	  /* 3.11: C code entered the interpreter with it */
	uint32_t shown;	  /* in a chain: frames from the root up to it, without C's */
};

struct py_stack {
	const struct py_frame *frames; /* root first, C frames left out; the thread's memory's */
	size_t n;
	size_t same; /* so many are as they were in the thread's stack before this one */
	bool truncated;
	enum pyprof_cause cause; /* why truncated, or why failed */
	size_t lost;		 /* frames that were seen above, but not proven; others may be */
	bool climbed;		 /* whole, but its upper end was read once only (climb.h) */
};

enum py_walk_result {
	PY_WALK_STACK,	/* a stack, whole or truncated */
	PY_WALK_EMPTY,	/* the thread runs no Python */
	PY_WALK_FAILED, /* nothing could be proven; stack->cause says why */
};

/* When a look asks the thread state: at the moment, and right around the datastack's readings. */
enum look_when { LOOK_BEFORE, LOOK_MOMENT, LOOK_AFTER, LOOK_TIMES };

/* Moments of one system call, at most: what is read after one is also what is read before the next. */
#define PY_BURST_MAX 32
/* Places of their own for which a look has one moment only: they are read from far to near. */
#define PY_BURST_RANGES 32

/* The newest chunk of a thread's datastack, and where its part in use ends. */
struct py_datastack {
	uint64_t chunk, top;
};

/*
 * What a look reads beside the stack, for its caller, in the same system call: code objects, at
 * the very moment; and, so as not to make that longer, a microsecond later: who holds the GIL, how
 * many code objects have died, and code objects of which that is enough.
 */
enum py_aside {
	PY_ASIDE_CODES, /* at the moment; the others after it */
	PY_ASIDE_GIL,
	PY_ASIDE_DEATHS,
	PY_ASIDE_AFTER,
	PY_N_ASIDES,
};

struct py_aside_pieces {
	const struct memory_piece *pieces; /* the caller's */
	size_t n;
	bool read; /* by the last look, all of them */
};

/* A part of the window (window.h): what lies between two addresses of a range. */
struct py_window_part {
	size_t range;
	uint64_t from, to;
};

/* Datastack chunks and generators: a window in more parts is none. */
#define PY_WINDOW_PARTS 8

/* Buffers and numbers that the threads of one process share. */
struct py_walker {
	const struct py_runtime *rt; /* not owned */
	int32_t span_from, span_to;  /* the bytes of a frame that are read */
	uint8_t *passes; /* as many as moments */
	uint8_t *last_pass; /* the one behind them; the thread's memory's */
	size_t pass_bytes, passes_cap;
	uint8_t *cframes;
	size_t cframes_cap;
	struct memory_piece *pieces;
	size_t n_pieces, pieces_cap;
	struct py_frame *chain; /* leaf first */
	size_t chain_cap;
	uint32_t thread_from, thread_to; /* the bytes of a thread state that are read */
	bool has_datastack;		 /* 3.11 and later */
	uint8_t thread_words[PY_BURST_MAX + 2][PY_THREAD_SPAN_MAX];
	struct py_datastack datastack[LOOK_TIMES];
	uint64_t current; /* the frame that was, at the moment that is being judged */
	bool climbs;	  /* what moved is followed in one reading of it (climb.h) */
	struct py_calls calls;
	struct py_frame climb_base, *climbed; /* callers first */
	uint8_t *first; /* one range as it was when the look began, laid out as a pass is (climb.h) */
	size_t first_cap, first_range; /* its index; SIZE_MAX: none */
	uint64_t first_from;	       /* what of it lies below that address was not read */
	size_t n_climbed, climbed_cap;
	struct py_frame *searched; /* what the last search followed, leaf first */
	size_t n_searched, searched_cap;
	struct py_aside_pieces asides[PY_N_ASIDES];
	size_t burst;	 /* moments that the next looks are to have; 0 and 1: one */
	bool windowed; /* the passes in its middle have the upper end of the stack only (window.h) */
	size_t window_bytes;
	size_t window_first; /* its first frame, of the thread's last chain */
	struct py_window_part window[PY_WINDOW_PARTS];
	size_t n_window;
	size_t n_moments, moment; /* of the last look; which of them is being judged */
	bool comparable; /* the look before was laid out as this one is */
	bool stands;	 /* the thread is paused: nothing moves, however long a look takes */
	struct py_c_codes c_codes;
	uint64_t (*clock)(void); /* nanoseconds; tests have their own */
	uint64_t looks;	 /* system calls that read both passes */
	uint64_t misses; /* looks that met a frame in an unknown place */
};

/* So many frames may be asked for by one look that the next one is to read. */
#define PY_WANTED_MAX 4

/* What is remembered of one thread between looks. */
struct py_thread_memory {
	struct footprint footprint;
	struct footprint cframes; /* 3.11, 3.12: where the current frame's pointer was */
	uint64_t root;	     /* outermost frame of its last stack; 0: none is known */
	uint64_t maybe_root; /* one that was seen, but not proven to be this thread's */
	struct py_frame sentinel; /* 3.14 and later: the root, within the thread state */
	uint64_t chunk_start, chunk_end; /* the newest datastack chunk */
	uint64_t left_start, left_end;	 /* one that was it before, and is not in use any more */
	struct look_time time;
	size_t leaf_range;   /* index of the range that held the leaf */
	struct py_frame *chain; /* the proven frames of its last chain, root first, C's too */
	size_t n_chain, chain_cap;
	bool judged; /* the last moment of the last look gave the chain */
	size_t judged_moment; /* one more than the moment of the look that gave it */
	struct py_frame *frames; /* its last stack */
	size_t n_frames, frames_cap;
	size_t n_matching; /* so many of its first ones are those of the chain; SIZE_MAX: all */
	size_t n_last; /* frames of the one before: what lies behind is still the array's */
	uint64_t wanted[PY_WANTED_MAX]; /* frames that were missed: the next look reads them too */
	size_t n_wanted;
	uint8_t *fresh, *old; /* the last passes of this look and of the one before */
	size_t fresh_cap, old_cap;
	struct footprint_range *old_ranges; /* what `old` was laid out by; none: it tells nothing */
	size_t n_old_ranges, old_ranges_cap;
};

/* False where the layout spreads fields too far to be true. */
bool py_walker_init(struct py_walker *walker, const struct py_runtime *rt);
void py_walker_deinit(struct py_walker *walker);
void py_thread_memory_deinit(struct py_thread_memory *memory);

/* Walks the thread whose state lies at `tstate`. *stack is valid until the next walk. */
enum py_walk_result py_walk(struct py_walker *walker, uint64_t tstate,
			    struct py_thread_memory *memory, struct py_stack *stack);

/*
 * The stack at the next moment of the same look; false where there is none. What is not where it
 * was expected is not searched for.
 */
bool py_walk_next(struct py_walker *walker, uint64_t tstate, struct py_thread_memory *memory,
		  struct py_stack *stack, enum py_walk_result *result);

#endif
