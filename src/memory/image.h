/* SPDX-License-Identifier: MIT */
/*
 * A recorded image of another program's memory: the bytes that a reader touched,
 * and named notes beside them (its maps, thread ids, what it said of itself).
 *
 * File, all numbers little-endian:
 *   "PYPROF-IMAGE 1\n"
 *   u32 n_notes,  then per note:   u32 name_len, u32 len, name bytes, bytes
 *   u32 n_regions, then per region: u64 addr, u32 len, bytes
 * Regions are sorted by address, do not overlap and are not empty; of two notes of one
 * name the first counts. A file may be gzip of that: it is told by its bytes, and written
 * where the name ends in .gz. A hostile file gives an error, never a crash; at most
 * IMAGE_MAX_BYTES (uncompressed).
 */
#ifndef PYPROF_MEMORY_IMAGE_H
#define PYPROF_MEMORY_IMAGE_H

#include "memory/memory.h"

#define IMAGE_MAX_BYTES (256u << 20)

struct memory_image;

/* Reads an image from a file, or from bytes (copied). Errors: IO, CORRUPT, LIMIT. */
enum pyprof_status memory_image_open(struct memory_image **out, const char *path,
				     struct pyprof_error *err);
enum pyprof_status memory_image_parse(struct memory_image **out, const void *data,
				      size_t len, struct pyprof_error *err);

/* The note called `name`, or NULL; *len may be NULL. Valid while the image is. NUL-terminated. */
const char *memory_image_note(const struct memory_image *image, const char *name,
			      size_t *len);

/* The image as memory; owned by the image, so do not memory_destroy() it. */
struct memory *memory_image_memory(struct memory_image *image);

void memory_image_destroy(struct memory_image *image); /* NULL is fine */

/* ---- recording one ------------------------------------------------------- */

/*
 * A trace passes reads on to another memory and keeps a copy of what was read, byte by byte.
 *
 * Of a byte that is read more than once the FIRST reading is kept. A target that runs gives
 * no image of one moment either way, but the first look at it starts with nothing known and
 * so reads all that it follows: the image then holds what that one look saw. Keeping the
 * last reading instead would mix the newest pointers with objects that a reader had cached
 * and did not read again. What was read before the look worth keeping (an interpreter that
 * was still starting) is dropped by memory_trace_forget().
 */
struct memory_trace;

/* `under` is not owned. NULL: no memory. */
struct memory_trace *memory_trace_create(struct memory *under);

/* The trace as memory; owned by the trace, so do not memory_destroy() it. */
struct memory *memory_trace_memory(struct memory_trace *trace);
void memory_trace_destroy(struct memory_trace *trace); /* NULL is fine */

/* Drops the bytes kept so far; notes stay. */
void memory_trace_forget(struct memory_trace *trace);

/* Adds a note (bytes copied), or replaces the one of that name. False: no memory. */
bool memory_trace_note(struct memory_trace *trace, const char *name, const void *bytes,
		       size_t len);

/*
 * Writes everything read so far, and the notes, to `path` (.gz: compressed). Errors: IO,
 * NOMEM (also where memory ran out while recording: the image would have holes), LIMIT
 * (over IMAGE_MAX_BYTES). On failure nothing is left at `path`.
 */
enum pyprof_status memory_trace_write(struct memory_trace *trace, const char *path,
				      struct pyprof_error *err);

#endif
