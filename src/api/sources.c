/* SPDX-License-Identifier: MIT */
#include "api/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/module.h"

/* What a picture carries at most: files read, bytes of a line, bytes in all. */
#define MAX_FILES 1000
#define MAX_LINE  160
#define MAX_TEXT  (512u << 10)

struct reading {
	struct profile *profile;
	const struct source_root *root;
	int64_t before_ns;
	uint32_t *places; /* location ids of what is shown as a leaf, by file and line */
	size_t n;
	struct str file;
	size_t text; /* bytes kept so far */
	bool failed;
};

static const struct profile_function *function_of(const struct profile *profile, uint32_t location)
{
	return &profile->functions[profile->locations[location].function];
}

/* By file, line and name: what differs in its column alone lies side by side. */
static int compare_places(const struct profile *profile, uint32_t x, uint32_t y)
{
	const struct profile_function *fx = function_of(profile, x), *fy = function_of(profile, y);
	int32_t line_x = profile->locations[x].line, line_y = profile->locations[y].line;

	if (fx->file != fy->file)
		return fx->file < fy->file ? -1 : 1;
	if (line_x != line_y)
		return line_x < line_y ? -1 : 1;
	return fx->name < fy->name ? -1 : fx->name > fy->name;
}

static int by_place(const void *a, const void *b, void *arg)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = compare_places(arg, x, y);

	if (order)
		return order;
	return x < y ? -1 : x > y;
}

/* Leaves of r->places those of which a sample's leaf is shown as the same frame. */
static void keep_shown_as_leaf(struct reading *r, const uint8_t *is_leaf)
{
	size_t n = r->n, to;

	r->n = 0;
	for (size_t from = 0; from < n; from = to) {
		bool any = false;

		for (to = from; to < n && !compare_places(r->profile, r->places[from],
							  r->places[to]); to++)
			any |= is_leaf[r->places[to]];
		for (size_t i = from; any && i < to; i++)
			r->places[r->n++] = r->places[i];
	}
}

/*
 * The locations whose frame is a leaf of any sample, and has a line. A frame is shown with one of
 * its locations, which need not be the one that the sample ended in: so all of them are found.
 */
static bool find_places(struct reading *r)
{
	struct profile *p = r->profile;
	_cleanup_free_ uint8_t *is_leaf = calloc(p->n_locations + 1, 1);

	r->places = calloc(p->n_locations + 1, sizeof(*r->places));
	if (!is_leaf || !r->places)
		return false;
	for (size_t i = 0; i < p->n_samples; i++) {
		uint32_t location = p->nodes[p->samples[i].node].location;

		if (location != PROFILE_NONE)
			is_leaf[location] = 1;
	}
	for (uint32_t i = 0; i < p->n_locations; i++)
		if (p->locations[i].line > 0)
			r->places[r->n++] = i;
	qsort_r(r->places, r->n, sizeof(*r->places), by_place, p);
	keep_shown_as_leaf(r, is_leaf);
	return true;
}

/* The id of a line without its indentation; 0 where it says nothing, or too much is kept. */
static uint32_t line_string(struct reading *r, const char *line, const char *end)
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
		return 0;
	r->text += len;
	string = profile_string(r->profile, line, len);
	r->failed |= string == PROFILE_NONE;
	return r->failed ? 0 : string;
}

/* The lines of one file: those of r->places[from, to). */
static void keep_lines(struct reading *r, size_t from, size_t to)
{
	const struct profile_location *locations = r->profile->locations;
	const char *p = str_cstr(&r->file), *end = p + r->file.len;
	int32_t line = 1;

	while (p < end && from < to && !r->failed) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		uint32_t string = 0;

		if (locations[r->places[from]].line == line)
			string = line_string(r, p, newline ? newline : end);
		for (; from < to && locations[r->places[from]].line == line; from++)
			r->profile->sources[r->places[from]] = string;
		p = newline ? newline + 1 : end;
		line++;
	}
}

static void read_files(struct reading *r)
{
	const struct profile_info *info = &r->profile->info;
	size_t files = 0, to;

	for (size_t from = 0; from < r->n && files < MAX_FILES && !r->failed; from = to) {
		uint32_t file = function_of(r->profile, r->places[from])->file;

		for (to = from; to < r->n && function_of(r->profile, r->places[to])->file == file;)
			to++;
		files++;
		if (source_file_read(r->root, info->cwd, profile_str(r->profile, file),
				     r->before_ns, &r->file))
			keep_lines(r, from, to);
	}
}

enum pyprof_status sources_read(struct profile *profile, const struct source_root *root,
				int64_t before_ns, struct pyprof_error *err)
{
	struct reading r = {
		.profile = profile, .root = root, .before_ns = before_ns, .file = STR_INIT
	};
	bool done;

	free(profile->sources);
	profile->n_sources = 0;
	profile->sources = calloc(profile->n_locations + 1, sizeof(*profile->sources));
	done = profile->sources && find_places(&r);
	if (done) {
		profile->n_sources = profile->n_locations;
		read_files(&r);
	}
	free(r.places);
	str_deinit(&r.file);
	return done && !r.failed ? PYPROF_OK : error_nomem(err);
}

enum source_state sources_read_file(void *arg, const char *path, struct str *text)
{
	const struct sources_reading *reading = arg;
	const struct profile_info *info = reading->info;

	if (source_file_read(reading->root, info->cwd, path, reading->before_ns, text))
		return SOURCE_FOUND;
	if (source_file_read(reading->root, info->cwd, path, 0, text))
		return SOURCE_NEWER;
	return SOURCE_MISSING;
}

static enum source_state look_in_folder(const struct source_places *places, const char *path,
					struct str *text)
{
	const struct sources_reading reading = { &places->folder, places->info,
						 places->info->start_realtime_ns };
	const char *last = module_after_library(path);
	_cleanup_(str_deinit) struct str below = STR_INIT;

	if (!last)
		last = module_after_stdlib(path);
	while (*path) {
		enum source_state state;

		path += strspn(path, "/");
		str_clear(&below);
		str_add_char(&below, '/');
		str_add_cstr(&below, path);
		if (below.failed)
			break;
		state = sources_read_file((void *)(uintptr_t)&reading, str_cstr(&below), text);
		if (state != SOURCE_MISSING || (last && path >= last))
			return state;
		path += strcspn(path, "/");
	}
	return SOURCE_MISSING;
}

enum source_state sources_find_file(void *arg, const char *path, struct str *text)
{
	const struct source_places *places = arg;
	struct sources_reading reading = { places->here, places->info,
					   places->info->start_realtime_ns };

	if (places->folder.fd >= 0) {
		enum source_state state = look_in_folder(places, path, text);

		if (state != SOURCE_MISSING)
			return state;
	}
	if (places->process.fd >= 0)
		reading.root = &places->process;
	return sources_read_file(&reading, path, text);
}
