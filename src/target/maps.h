/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/maps, parsed: ranges, and the modules (ELF objects) that they belong to.
 *
 * Invariant: mappings are sorted by address and do not overlap (a text that says
 * otherwise is CORRUPT). Paths have the kernel's \012 escapes undone and its
 * " (deleted)" taken off into a flag. Both marks are ambiguous in the text itself: a file
 * whose own name ends in " (deleted)", or holds a backslash and "012", looks the same. Who
 * opens a path compares device and inode (see target_open_module()). The owner calls
 * maps_deinit().
 */
#ifndef PYPROF_TARGET_MAPS_H
#define PYPROF_TARGET_MAPS_H

#include "base/error.h"
#include "base/str.h"

/* The most text that is taken: half a million mappings with paths of usual length. */
#define MAPS_MAX_BYTES (64u << 20)

struct mapping {
	uint64_t start, end; /* end is the first byte behind */
	uint64_t offset;     /* in the file */
	uint64_t device;     /* makedev(); 0 where anonymous */
	uint64_t inode;	     /* 0 where anonymous */
	const char *path;    /* "" where anonymous; "[heap]", "[stack]", "[vdso]"… */
	bool readable, writable, executable, deleted;
};

/*
 * The mappings of one object, in address order: from the one that holds offset 0 of the file
 * on, upwards while offsets grow. An object that is mapped twice at different places is two
 * modules. What has no mapping of offset 0, or nothing executable between its first and its
 * last mapping, is data and no module.
 */
struct module {
	const char *path; /* as of its mappings */
	uint64_t base;	  /* where offset 0 of the file is mapped (its ELF header) */
	/*
	 * End of its last mapping, a following .bss included. The kernel merges a .bss with
	 * anonymous memory behind it, so this is an upper bound; the program headers know.
	 */
	uint64_t end;
	size_t first, last; /* indexes into maps.mappings */
	uint64_t device, inode;
	bool deleted;
};

struct maps {
	struct mapping *mappings;
	size_t n, cap;
	struct module *modules; /* in address order */
	size_t n_modules, cap_modules;
	char *text; /* paths point into it */
};

#define MAPS_INIT { 0 }

/*
 * Parses `len` bytes of text (copied) into *maps, which is empty (MAPS_INIT) before, and after
 * a failure. Errors: CORRUPT (naming the line), NOMEM, LIMIT.
 */
enum pyprof_status maps_parse(struct maps *maps, const char *text, size_t len,
			      struct pyprof_error *err);
void maps_deinit(struct maps *maps);

/* Appends the text that maps_parse() reads back to the same. */
void maps_format(const struct maps *maps, struct str *out);

/* The mapping that holds `addr`, or NULL. */
const struct mapping *maps_find(const struct maps *maps, uint64_t addr);

/* Is all of [addr, addr+len) readable? An empty range is. */
bool maps_readable(const struct maps *maps, uint64_t addr, uint64_t len);

/* File name of the path behind its last '/'. */
const char *module_name(const struct module *module);

#endif
