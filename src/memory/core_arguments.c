/* SPDX-License-Identifier: MIT */
/*
 * The program's path and its arguments. What a program starts with lies at the end of its stack, in
 * this order: argc, the argv pointers, NULL, the environment's, NULL, the auxiliary vector, and
 * above it the texts (System V ABI for AMD64, "Process Initialization"; the kernel's
 * create_elf_tables()). NT_AUXV has the same vector: so it is found there by its bytes.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "memory/core_parts.h"

/* The kernel moves the stack by up to 8 KiB, and puts two short texts behind the vector. */
#define SEARCH_BYTES 16384u
/* Bytes of the vector that are compared: its first entries are the same in no other place. */
#define COMPARED_MAX 128u
#define ARGS_MAX     (1u << 16)
#define TEXT_MAX     8192u
#define WORDS	     512u

static uint64_t auxv_value(const struct core_parts *parts, uint64_t type)
{
	for (size_t at = 0; at + 16 <= parts->auxv_len; at += 16) {
		uint64_t entry[2];

		memcpy(entry, parts->auxv + at, sizeof(entry));
		if (entry[0] == AT_NULL)
			break;
		if (entry[0] == type)
			return entry[1];
	}
	return 0;
}

/* ---- the program ----------------------------------------------------------------------- */

static const char *path_at(const struct core_parts *parts, uint64_t addr)
{
	for (size_t i = 0; addr && i < parts->n_ranges; i++)
		if (addr >= parts->ranges[i].start && addr < parts->ranges[i].end)
			return parts->ranges[i].path;
	return NULL;
}

/* Its program headers are the program's; where nothing says where these are: by its name. */
static const char *find_exe(const struct core_parts *parts)
{
	const char *path = path_at(parts, auxv_value(parts, AT_PHDR)), *slash;
	size_t len = strlen(parts->core->name);

	if (!path)
		path = path_at(parts, auxv_value(parts, AT_ENTRY));
	for (size_t i = 0; !path && len && i < parts->n_ranges; i++) {
		const char *file = parts->ranges[i].path;

		slash = file ? strrchr(file, '/') : NULL;
		if (slash && strncmp(slash + 1, parts->core->name, len) == 0)
			path = file;
	}
	return path ? path : "";
}

/* ---- arguments --------------------------------------------------------------------------- */

/* Address of the vector on the stack; 0: it is not there. */
static uint64_t find_auxv(struct core_parts *parts)
{
	size_t want = parts->auxv_len < COMPARED_MAX ? parts->auxv_len : COMPARED_MAX;
	uint64_t top = auxv_value(parts, AT_RANDOM) & ~(uint64_t)7;
	uint8_t bytes[SEARCH_BYTES];

	want -= want % 16;
	if (!parts->auxv || want < 64 || top < SEARCH_BYTES ||
	    memory_read(&parts->memory, top - SEARCH_BYTES, bytes, SEARCH_BYTES, NULL))
		return 0;
	for (size_t at = SEARCH_BYTES - want; at >= 8; at -= 8)
		if (memcmp(bytes + at, parts->auxv, want) == 0)
			return top - SEARCH_BYTES + at;
	return 0;
}

/* Words of the target, read downwards. */
struct words {
	struct memory *memory;
	uint64_t at; /* of words[0] */
	uint64_t words[WORDS];
};

/* The word at `addr`; false where it cannot be read. */
static bool word_at(struct words *w, uint64_t addr, uint64_t *out)
{
	if (addr < w->at || addr - w->at >= sizeof(w->words)) {
		if (addr < sizeof(w->words))
			return false;
		w->at = addr + 8 - sizeof(w->words);
		if (memory_read(w->memory, w->at, w->words, sizeof(w->words), NULL)) {
			w->at = UINT64_MAX;
			return false;
		}
	}
	*out = w->words[(addr - w->at) / 8];
	return true;
}

/* Below the NULL at `end`: how many pointers, down to the next NULL (or to their number: argc). */
static bool count_down(struct words *w, uint64_t end, bool to_argc, uint64_t *n)
{
	uint64_t word;

	for (*n = 0; *n < ARGS_MAX; ++*n) {
		if (!word_at(w, end - 8 * (*n + 1), &word))
			return false;
		if (to_argc ? word == *n && *n > 0 : word == 0)
			return true;
	}
	return false;
}

/* First and last argument, and the first text behind them (0: there is none). */
static bool find_arguments(struct core_parts *parts, uint64_t *first, uint64_t *last,
			   uint64_t *behind)
{
	struct words w = { .memory = &parts->memory, .at = UINT64_MAX };
	uint64_t auxv = find_auxv(parts), env_end, argv_end, n_env, n_args, word;

	/* The vector stands behind the NULL that ends the environment. */
	if (!auxv || !word_at(&w, auxv - 8, &word) || word ||
	    !count_down(&w, auxv - 8, false, &n_env))
		return false;
	env_end = auxv - 8;
	argv_end = env_end - 8 * (n_env + 1);
	if (!count_down(&w, argv_end, true, &n_args))
		return false;
	*behind = 0;
	return word_at(&w, argv_end - 8 * n_args, first) && word_at(&w, argv_end - 8, last) &&
	       (!n_env || word_at(&w, argv_end + 8, behind));
}

/* The texts lie behind each other, as /proc/PID/cmdline shows them. */
static enum pyprof_status read_texts(struct core_parts *parts, uint64_t first, uint64_t last,
				     uint64_t behind, struct pyprof_error *err)
{
	struct core *core = parts->core;
	uint64_t len = behind - first;
	size_t got;

	if (last < first)
		return PYPROF_OK;
	if (behind <= last || len > TEXT_MAX)
		len = TEXT_MAX;
	core->arguments = malloc(TEXT_MAX);
	if (!core->arguments)
		return error_nomem(err);
	if (memory_read_prefix(&parts->memory, first, core->arguments, (size_t)len, &got, NULL))
		return PYPROF_OK;
	if (behind <= last && last - first < got) {
		/* No environment tells where the last one ends. */
		size_t at = (size_t)(last - first);

		got = at + strnlen(core->arguments + at, got - at);
	}
	core->arguments_len = got;
	return PYPROF_OK;
}

enum pyprof_status core_read_arguments(struct core_parts *parts, struct pyprof_error *err)
{
	struct core *core = parts->core;
	uint64_t first, last, behind;

	free(core->exe);
	core->exe = strdup(find_exe(parts));
	if (!core->exe)
		return error_nomem(err);
	if (!find_arguments(parts, &first, &last, &behind))
		return PYPROF_OK;
	return read_texts(parts, first, last, behind, err);
}
