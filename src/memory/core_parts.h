/* SPDX-License-Identifier: MIT */
/* What a core file is made of, for its readers. Private to the room. */
#ifndef PYPROF_MEMORY_CORE_PARTS_H
#define PYPROF_MEMORY_CORE_PARTS_H

#include "memory/core.h"

#define CORE_NO_FILE SIZE_MAX

/* Where the bytes of core->mappings[i] are. */
struct core_segment {
	/*
	 * So many, from the mapping's start on, are in the core, or were to be: what was cut off is
	 * not in the file either, as of what is read-only that may have been relocated.
	 */
	uint64_t in_core;
	uint64_t at;	/* from this byte of it on */
	size_t file;	/* index of the file that has the others, or CORE_NO_FILE */
	bool untold;	/* only NT_FILE has it: what may be done there is the file's to say */
};

enum core_file_state {
	CORE_FILE_UNTRIED = 0,
	CORE_FILE_OPEN,
	CORE_FILE_REFUSED,
};

/* A file that the process had mapped. */
struct core_file {
	const char *path; /* the core's: that of one of its mappings */
	enum core_file_state state;
	int fd; /* -1 unless open */
};

/* One range of the note NT_FILE. */
struct core_range {
	uint64_t start, end, offset;
	const char *path;
};

struct core_parts {
	struct memory memory; /* first: it is what we give out */
	struct core *core;
	const char *path; /* as it was given; for messages, while it is opened */
	char *exe, *root; /* of the options; NULL */
	int fd;		  /* the core, unpacked */
	uint64_t size;	  /* bytes of it */
	struct core_segment *segments; /* as many as mappings */
	struct core_file *files;
	size_t n_files, cap_files;
	struct core_range *ranges; /* by address */
	size_t n_ranges, cap_ranges;
	char *range_text; /* the note, which has the paths */
	char *auxv;
	size_t auxv_len;
	bool has_anonymous; /* anonymous memory that was written to is in it */
};

/* Reads `len` bytes of the core at byte `at`; false: they are not there. */
bool core_pread(int fd, uint64_t at, void *buf, size_t len);

/* Adds a sentence to core->missing. False: no memory. */
bool core_miss(struct core *core, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * core_unpack.c: opens `path`, and where it is compressed gives an unlinked temporary file of what
 * is in it; *cut where it ends before it should. Errors: IO, CORRUPT, UNSUPPORTED, LIMIT, NOMEM.
 */
enum pyprof_status core_unpack(int *fd, uint64_t *size, bool *cut, const char *path,
			       struct pyprof_error *err);

/* core_notes.c: reads the notes of `len` bytes at byte `at`. Errors: CORRUPT, LIMIT, NOMEM. */
enum pyprof_status core_read_notes(struct core_parts *parts, uint64_t at, uint64_t len,
				   struct pyprof_error *err);

/* core_segments.c: threads, mappings and segments from headers and notes. Errors: as core_open(). */
enum pyprof_status core_read_headers(struct core_parts *parts, struct pyprof_error *err);

/* core_files.c: a file that may be read, -1 none. False: no memory to say why not. */
bool core_file_fd(struct core_parts *parts, size_t file, int *fd);

/* The same: permissions of the mappings that are untold, by their files' program headers. */
void core_take_permissions(struct core_parts *parts);

/* core_arguments.c: core->exe, and core->arguments where the stack is there. Errors: NOMEM. */
enum pyprof_status core_read_arguments(struct core_parts *parts, struct pyprof_error *err);

#endif
