/* SPDX-License-Identifier: MIT */
#include "api/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* What a picture carries at most: files read, bytes of a line, bytes in all. */
#define MAX_FILES 1000
#define MAX_LINE  160
#define MAX_TEXT  (512u << 10)

struct reading {
	struct profile *profile;
	const struct source_root *root;
	uint32_t *leaves; /* location ids, by file and line, each once */
	size_t n;
	struct str file;
	size_t text; /* bytes kept so far */
	bool failed;
};

static const struct profile_function *function_of(const struct profile *profile, uint32_t location)
{
	return &profile->functions[profile->locations[location].function];
}

static int by_place(const void *a, const void *b, void *arg)
{
	const struct profile *profile = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t file_x = function_of(profile, x)->file, file_y = function_of(profile, y)->file;
	int32_t line_x = profile->locations[x].line, line_y = profile->locations[y].line;

	if (file_x != file_y)
		return file_x < file_y ? -1 : 1;
	if (line_x != line_y)
		return line_x < line_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* The locations that are a leaf of any sample, and have a line. */
static bool find_leaves(struct reading *r)
{
	struct profile *p = r->profile;
	_cleanup_free_ uint8_t *is_leaf = calloc(p->n_locations + 1, 1);

	r->leaves = calloc(p->n_locations + 1, sizeof(*r->leaves));
	if (!is_leaf || !r->leaves)
		return false;
	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t location = p->nodes[p->samples[i].node].location;

		if (location != PROFILE_NONE && p->locations[location].line > 0)
			is_leaf[location] = 1;
	}
	for (uint32_t i = 0; i < p->n_locations; i++)
		if (is_leaf[i])
			r->leaves[r->n++] = i;
	qsort_r(r->leaves, r->n, sizeof(*r->leaves), by_place, p);
	return true;
}

/* Keeps a line without its indentation, if it says anything. */
static void keep(struct reading *r, uint32_t location, const char *line, const char *end)
{
	uint32_t string;
	size_t len;

	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	while (line < end && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	len = (size_t)(end - line) < MAX_LINE ? (size_t)(end - line) : MAX_LINE;
	/* No character is cut in two. */
	while (len && line + len < end && (line[len] & 0xc0) == 0x80)
		len--;
	if (!len || r->text + len > MAX_TEXT)
		return;
	r->text += len;
	string = profile_string(r->profile, line, len);
	r->failed |= string == PROFILE_NONE;
	if (!r->failed)
		r->profile->sources[location] = string;
}

/* The lines of one file: those of r->leaves[from, to). */
static void keep_lines(struct reading *r, size_t from, size_t to)
{
	const char *p = str_cstr(&r->file), *end = p + r->file.len;
	int32_t line = 1;

	while (p < end && from < to && !r->failed) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;

		for (; from < to && r->profile->locations[r->leaves[from]].line == line; from++)
			keep(r, r->leaves[from], p, stop);
		p = newline ? newline + 1 : end;
		line++;
	}
}

static void read_files(struct reading *r)
{
	const struct profile_info *info = &r->profile->info;
	size_t files = 0, to;

	for (size_t from = 0; from < r->n && files < MAX_FILES && !r->failed; from = to) {
		uint32_t file = function_of(r->profile, r->leaves[from])->file;

		for (to = from; to < r->n && function_of(r->profile, r->leaves[to])->file == file;)
			to++;
		files++;
		if (source_file_read(r->root, info->cwd, profile_str(r->profile, file),
				     info->start_realtime_ns, &r->file))
			keep_lines(r, from, to);
	}
}

enum pyprof_status sources_read(struct profile *profile, const struct source_root *root,
				struct pyprof_error *err)
{
	struct reading r = { .profile = profile, .root = root, .file = STR_INIT };
	bool done;

	free(profile->sources);
	profile->n_sources = 0;
	profile->sources = calloc(profile->n_locations + 1, sizeof(*profile->sources));
	done = profile->sources && find_leaves(&r);
	if (done) {
		profile->n_sources = profile->n_locations;
		read_files(&r);
	}
	free(r.leaves);
	str_deinit(&r.file);
	return done && !r.failed ? PYPROF_OK : error_nomem(err);
}

enum source_state sources_read_file(void *arg, const char *path, struct str *text)
{
	const struct sources_reading *reading = arg;
	const struct profile_info *info = reading->info;

	if (source_file_read(reading->root, info->cwd, path, info->start_realtime_ns, text))
		return SOURCE_FOUND;
	if (source_file_read(reading->root, info->cwd, path, 0, text))
		return SOURCE_NEWER;
	return SOURCE_MISSING;
}
