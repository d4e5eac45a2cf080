/* SPDX-License-Identifier: MIT */
/*
 * Memory that is not ours, behind one small table of functions: a live process, a
 * recorded image, later a core file.
 *
 * A read either fills every byte asked for or fails; it never writes to the
 * target. Addresses are the target's and may be garbage: a backend refuses, it does
 * not trust. What memory_live_create() made is the caller's to memory_destroy(); that of
 * an image or a trace belongs to these (see memory/image.h). One thread at a time.
 *
 * To add a backend: a struct that begins with struct memory, a const struct memory_ops,
 * a create function here or in a header of its own; nobody else has to know.
 */
#ifndef PYPROF_MEMORY_MEMORY_H
#define PYPROF_MEMORY_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

/* One range to read: `len` bytes at `addr` of the target into `buf` of ours. */
struct memory_piece {
	uint64_t addr;
	void *buf;
	size_t len;
};

/* The most pieces of one memory_readv(). */
#define MEMORY_MAX_PIECES 512

struct memory;

struct memory_ops {
	const char *name;
	/*
	 * Reads the pieces in their order, in one system call where the backend can:
	 * a live backend promises that piece i is copied before piece i+1. Returns the
	 * number of pieces read whole from the first on; what lies behind is undefined.
	 * On a short read *status says why (FAULT, GONE, PERMISSION); else it is left
	 * alone.
	 */
	size_t (*readv)(struct memory *memory, const struct memory_piece *pieces,
			size_t n, enum pyprof_status *status);
	void (*destroy)(struct memory *memory); /* NULL: somebody else owns it */
};

struct memory {
	const struct memory_ops *ops;
	uint64_t reads; /* calls of readv so far */
	uint64_t bytes; /* bytes asked for so far */
};

/* Frees the backend and the memory itself; NULL is fine. */
void memory_destroy(struct memory *memory);

/*
 * Reads all pieces (n at most MEMORY_MAX_PIECES, else USAGE) in order. Gives the number
 * of pieces read whole; less than n is a failure whose reason is *status (OK where all
 * went well). No allocation, no error text: made for the sampling path.
 */
size_t memory_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
		    enum pyprof_status *status);

/* Reads exactly `len` bytes. Errors: FAULT (with the address), GONE, PERMISSION. */
enum pyprof_status memory_read(struct memory *memory, uint64_t addr, void *buf, size_t len,
			       struct pyprof_error *err);

/*
 * Reads what can be read of `len` bytes at `addr`, page by page; *got is the length of the
 * readable prefix, which in an image may end anywhere. Fails only where not one byte can be
 * read. The buffer behind *got is undefined.
 */
enum pyprof_status memory_read_prefix(struct memory *memory, uint64_t addr, void *buf,
				      size_t len, size_t *got, struct pyprof_error *err);

enum pyprof_status memory_read_u64(struct memory *memory, uint64_t addr, uint64_t *out,
				   struct pyprof_error *err);
enum pyprof_status memory_read_u32(struct memory *memory, uint64_t addr, uint32_t *out,
				   struct pyprof_error *err);

/*
 * Appends the NUL-terminated text at `addr` to *out; LIMIT where it is longer than `limit`
 * bytes. On failure *out is as it was.
 */
enum pyprof_status memory_read_cstr(struct memory *memory, uint64_t addr, size_t limit,
				    struct str *out, struct pyprof_error *err);

/*
 * A live process, by process_vm_readv(2). `pid` is not checked here: what has taken over
 * the number, or the program that was exec'ed, is read just as well. NULL: no memory.
 */
struct memory *memory_live_create(pid_t pid);

/* Reads the same address space through another of its threads from now on. */
void memory_live_rebind(struct memory *memory, pid_t tid);

#endif
