/* SPDX-License-Identifier: MIT */
/*
 * A recorded image of another program's memory: the bytes that a reader touched,
 * and named notes beside them (its maps, thread ids, what it said of itself).
 *
 * File, all numbers little-endian:
 *   "PYPROF-IMAGE 1\n"
 *   u32 n_notes,  then per note:   u32 name_len, u32 len, name bytes, bytes
 *   u32 n_regions, then per region: u64 addr, u32 len, bytes
 * Regions are sorted by address and do not overlap. Files whose name ends in .gz are
 * gzip of that. A hostile file gives an error, never a crash; at most IMAGE_MAX_BYTES.
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

void memory_image_destroy(struct memory_image *image);

/* ---- recording one ------------------------------------------------------- */

struct memory_trace;

/* A backend that reads through `under` (not owned) and keeps a copy of what was read. */
struct memory_trace *memory_trace_create(struct memory *under);
struct memory *memory_trace_memory(struct memory_trace *trace);
void memory_trace_destroy(struct memory_trace *trace);

/* Adds a note (bytes copied). False: no memory. */
bool memory_trace_note(struct memory_trace *trace, const char *name, const void *bytes,
		       size_t len);

/* Writes everything read so far, and the notes, to `path` (.gz: compressed). Errors: IO. */
enum pyprof_status memory_trace_write(struct memory_trace *trace, const char *path,
				      struct pyprof_error *err);

#endif
