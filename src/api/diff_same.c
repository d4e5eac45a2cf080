/* SPDX-License-Identifier: MIT */
#include "api/diff_same.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#define CHUNK 65536

struct given {
	const struct profile_info *info;
	const char *name;
	size_t at; /* in the order that they were given in */
	bool is_file;
	dev_t device;
	ino_t inode;
	off_t size;
	uint64_t digest; /* of the bytes of a file whose size another has */
};

static int in_turn(const struct given *a, const struct given *b)
{
	return a->at < b->at ? -1 : a->at > b->at;
}

static int by_inode(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	if (x->is_file != y->is_file)
		return x->is_file ? -1 : 1;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return in_turn(x, y);
}

static int by_start(const void *a, const void *b)
{
	const struct profile_info *x = ((const struct given *)a)->info;
	const struct profile_info *y = ((const struct given *)b)->info;

	if (x->start_realtime_ns != y->start_realtime_ns)
		return x->start_realtime_ns < y->start_realtime_ns ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return in_turn(a, b);
}

static int by_bytes(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	if (x->is_file != y->is_file)
		return x->is_file ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->digest != y->digest)
		return x->digest < y->digest ? -1 : 1;
	return in_turn(x, y);
}

static bool one_file(const struct given *a, const struct given *b)
{
	return a->is_file && b->is_file && a->device == b->device && a->inode == b->inode;
}

static bool one_recording(const struct given *a, const struct given *b)
{
	return a->info->start_realtime_ns && a->info->pid &&
	       a->info->start_realtime_ns == b->info->start_realtime_ns &&
	       a->info->pid == b->info->pid && a->info->stats.ticks == b->info->stats.ticks &&
	       a->info->stats.samples == b->info->stats.samples;
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* What cannot be read again, such as a pipe, is not known to be the same. */
static bool equal_bytes(const struct given *a, const struct given *b)
{
	_cleanup_(close_file) FILE *first = NULL, *second = NULL;
	char chunk[2][CHUNK / 2];
	size_t n;

	if (!a->is_file || !b->is_file || a->size != b->size || !a->size)
		return false;
	first = fopen(a->name, "rbe");
	second = fopen(b->name, "rbe");
	if (!first || !second)
		return false;
	while ((n = fread(chunk[0], 1, sizeof(chunk[0]), first)) > 0)
		if (fread(chunk[1], 1, sizeof(chunk[1]), second) != n ||
		    memcmp(chunk[0], chunk[1], n) != 0)
			return false;
	return !ferror(first) && !ferror(second);
}

/* FNV-1a, to find which to compare. What cannot be read has 0. */
static uint64_t digest_of(const char *path)
{
	_cleanup_(close_file) FILE *file = fopen(path, "rbe");
	uint64_t digest = 0xcbf29ce484222325u;
	char chunk[CHUNK];
	size_t n;

	while (file && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		for (size_t i = 0; i < n; i++)
			digest = (digest ^ (unsigned char)chunk[i]) * 0x100000001b3u;
	return file ? digest : 0;
}

/* They are in the order of their sizes. */
static void add_digests(struct given *given, size_t n)
{
	for (size_t i = 0; i < n && given[i].is_file; i++)
		if ((i && given[i - 1].is_file && given[i - 1].size == given[i].size) ||
		    (i + 1 < n && given[i + 1].is_file && given[i + 1].size == given[i].size))
			given[i].digest = digest_of(given[i].name);
}

static struct given give(const struct diff_runs *runs, size_t i, size_t at)
{
	struct given given = {
		.info = &runs->profiles[i]->info, .name = runs->names[i], .at = at
	};
	struct stat st;

	if (stat(given.name, &st) == 0 && S_ISREG(st.st_mode)) {
		given.is_file = true;
		given.device = st.st_dev;
		given.inode = st.st_ino;
		given.size = st.st_size;
	}
	return given;
}

bool diff_find_same(struct pyprof_diff *diff)
{
	static const struct {
		int (*order)(const void *, const void *);
		bool (*same)(const struct given *, const struct given *);
	} ways[] = { { by_inode, one_file }, { by_start, one_recording }, { by_bytes, equal_bytes } };
	size_t n = 0, all = diff->runs[SIDE_BASE].n + diff->runs[SIDE_HEAD].n;
	_cleanup_free_ struct given *given = calloc(all + 1, sizeof(*given));

	if (!given)
		return false;
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (size_t i = 0; !diff->runs[side].borrowed && i < diff->runs[side].n; i++, n++)
			given[n] = give(&diff->runs[side], i, n);
	for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
		qsort(given, n, sizeof(*given), ways[w].order);
		if (ways[w].same == equal_bytes) {
			add_digests(given, n);
			qsort(given, n, sizeof(*given), ways[w].order);
		}
		for (size_t i = 1; i < n; i++) {
			const struct given *a = &given[i - 1], *b = &given[i];

			if (!ways[w].same(a, b))
				continue;
			if (!strcmp(a->name, b->name))
				str_printf(&diff->same, "%.200s is given twice", a->name);
			else
				str_printf(&diff->same,
					   "%.200s and %.200s are one and the same recording",
					   a->name, b->name);
			return !diff->same.failed;
		}
	}
	return true;
}
