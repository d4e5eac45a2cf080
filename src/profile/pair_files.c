/* SPDX-License-Identifier: MIT */
#include "profile/pair_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "profile/view.h"

/* Texts of the match, which has one of each for all functions of a file. */
struct pair_file {
	const char *path, *file;
	uint32_t string;
};

/* A whole path where it is shown as it should be, else what is shown. */
static uint32_t make_file(struct profile *joined, const struct match_function *f)
{
	const char *path = f->path;

	if (strcmp(view_short_path_of(path, joined->info.cwd), f->file) != 0)
		return profile_string(joined, f->file, f->file_len);
	/* What is shown is the path's end: behind it may be more than a NUL ends. */
	return profile_string(joined, path, strlen(path) - strlen(f->file) + f->file_len);
}

static bool file_equal(const void *entries, uint32_t index, const void *key)
{
	const struct pair_file *file = (const struct pair_file *)entries + index;
	const struct match_function *f = key;

	return file->path == f->path && file->file == f->file;
}

/* Paths can be long, and of many functions: each is looked at once. */
uint32_t pair_file(struct pair_files *files, struct profile *joined, const struct match_function *f)
{
	uint64_t hash = hash_pair((uintptr_t)f->path, (uintptr_t)f->file);
	uint32_t id = map_find(&files->map, hash, file_equal, files->items, f);
	uint32_t string;

	if (id != MAP_NONE)
		return files->items[id].string;
	string = make_file(joined, f);
	if (string == PROFILE_NONE || !array_grow(files->items, files->n, files->cap) ||
	    !map_insert(&files->map, hash, (uint32_t)files->n))
		return PROFILE_NONE;
	files->items[files->n++] = (struct pair_file){ f->path, f->file, string };
	return string;
}

void pair_files_deinit(struct pair_files *files)
{
	free(files->items);
	map_deinit(&files->map);
}
