/* SPDX-License-Identifier: MIT */
/*
 * One look: both passes over a thread's footprint around the moment that its current frame is
 * read. Shared by frames.c (which judges what was seen) and search.c (which finds frames in
 * unknown places); private to python/.
 */
#ifndef PYPROF_PYTHON_LOOK_H
#define PYPROF_PYTHON_LOOK_H

#include "python/frames.h"

enum look_result {
	LOOK_SEEN,    /* both passes are in the buffers */
	LOOK_AGAIN,   /* an expected place is gone, and forgotten; or the cframe has moved */
	LOOK_SLOW,    /* it was held up: what was seen proves nothing */
	LOOK_FAULT,   /* the thread state itself cannot be read */
	LOOK_NOMEM,
};

/*
 * Reads both passes; *current is the frame that was current at the moment, 0 for none. The
 * walker gets the datastack's newest chunk and its top at the moment.
 */
enum look_result look_read(struct py_walker *walker, uint64_t tstate,
			   struct py_thread_memory *memory, uint64_t *current);

/* What the thread state said at the walker's moment: the word for its current frame. */
uint64_t look_current(struct py_walker *walker);

/* What was read before either pass: of one range alone. */
#define LOOK_FIRST 2

/*
 * The frame at `addr` as pass 0 or 1, or LOOK_FIRST, saw it. False where it was not read. Sets *alive
 * to whether the bytes can be a frame in use at all.
 */
bool look_frame(struct py_walker *walker, const struct py_thread_memory *memory, int pass,
		uint64_t addr, size_t *hint, struct py_frame *frame, bool *alive);

/* The word at `addr` as that pass has it. False where it was not read. */
bool look_word(const struct py_walker *walker, const struct py_thread_memory *memory, int pass,
	       uint64_t addr, size_t *hint, uint64_t *word);

/*
 * Was the place in use, as far as the datastack's top tells, all the while that its bytes were
 * read? A frame may be left and another one come to stand there in between, again and again; what
 * is read in such turns is not to be taken for one that stood.
 */
bool look_in_use(const struct py_walker *walker, const struct py_thread_memory *memory,
		 uint64_t addr);

/* What is read of the frame at `addr`: from here up to there. */
static inline uint64_t look_start(const struct py_walker *walker, uint64_t addr)
{
	return addr + (uint64_t)(int64_t)walker->span_from;
}

static inline uint64_t look_end(const struct py_walker *walker, uint64_t addr)
{
	return addr + (uint64_t)(int64_t)walker->span_to;
}

/* The bytes that all passes of a look have. */
size_t look_bytes(const struct py_walker *walker);

/* The bytes of a pass, counted from the moment that is being judged. */
uint8_t *look_pass(const struct py_walker *walker, size_t pass);

/* Does `addr` lie in the thread's newest datastack chunk, as far as that is known? */
static inline bool look_in_newest_chunk(const struct py_thread_memory *memory, uint64_t addr)
{
	return addr >= memory->chunk_start && addr < memory->chunk_end;
}

/* Where the newest datastack chunk of the thread, which begins at `chunk`, ends. */
void search_newest_chunk(struct py_walker *walker, struct py_thread_memory *memory,
			 uint64_t chunk);

/* Decodes the bytes of a span (span_from to span_to around the frame's address). */
bool look_decode(struct py_walker *walker, const uint8_t *span, uint64_t addr,
		 struct py_frame *frame);

/*
 * Learns where the frame at `addr`, and its callers in unknown places, lie: their datastack
 * chunk, or each by itself. What it followed is walker->searched. False where nothing could be
 * learnt.
 */
bool search_frames(struct py_walker *walker, uint64_t tstate,
		   struct py_thread_memory *memory, uint64_t addr);

#endif
