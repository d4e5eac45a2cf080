/* SPDX-License-Identifier: MIT */
/* The text of the lines that frames stand at, from the files that the process sees. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "dump/take_state.h"
#include "target/source_file.h"

/* Files that are read; where there are more, the rest stays without. */
#define FILES_MAX 4096u
/* Bytes of a line; what is longer is cut. */
#define LINE_MAX_BYTES 1024u
/* A file that was written so soon after the start of the process may be a part of starting it. */
#define START_SLACK_NS 1000000000

struct places {
	struct snapshot_frame **frames;
	size_t n, cap;
};

static int compare_places(const void *a, const void *b)
{
	const struct snapshot_frame *x = *(struct snapshot_frame *const *)a;
	const struct snapshot_frame *y = *(struct snapshot_frame *const *)b;
	int files = strcmp(x->file, y->file);

	return files ? files : (x->line > y->line) - (x->line < y->line);
}

static bool list_places(struct places *places, struct snapshot *out)
{
	for (size_t i = 0; i < out->n_threads; i++)
		for (size_t k = 0; k < out->threads[i].n_frames; k++) {
			struct snapshot_frame *frame = &out->threads[i].frames[k];

			if (frame->line <= 0)
				continue;
			if (!array_grow(places->frames, places->n, places->cap))
				return false;
			places->frames[places->n++] = frame;
		}
	if (places->n)
		qsort(places->frames, places->n, sizeof(places->frames[0]), compare_places);
	return true;
}

/* Without its indent, and what stands behind it. Bytes that are no UTF-8 become U+FFFD. */
static char *line_text(const char *line, size_t len)
{
	struct str out = STR_INIT;

	while (len && strchr(" \t\f", *line)) {
		line++;
		len--;
	}
	while (len && strchr(" \t\f", line[len - 1]))
		len--;
	for (size_t at = 0; at < len && out.len < LINE_MAX_BYTES;) {
		uint32_t code;
		size_t n = utf8_decode(line + at, len - at, &code);

		if (code == 0 || (code >= 0xd800 && code <= 0xdfff))
			str_add_cstr(&out, "\xef\xbf\xbd");
		else
			str_add(&out, line + at, n);
		at += n;
	}
	if (out.failed) {
		str_deinit(&out);
		return NULL;
	}
	return out.data ? str_take(&out) : strdup("");
}

/* The frames from..to are of one file, by line. False: no memory. */
static bool give_lines(struct snapshot_frame **frames, size_t n, const struct str *file)
{
	const char *at = str_cstr(file), *end = at + file->len;
	int32_t line = 1;

	for (size_t i = 0; i < n && at < end; line++) {
		size_t len = 0;

		/* As Python reads it: \n, \r\n and \r each end a line. */
		while (at + len < end && at[len] != '\n' && at[len] != '\r')
			len++;
		for (; i < n && frames[i]->line == line; i++) {
			frames[i]->source = line_text(at, len);
			if (!frames[i]->source)
				return false;
		}
		at += len;
		if (at < end)
			at += at[0] == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1;
	}
	return true;
}

/* When the process began, by the clock that files have; 0 unknown. */
static int64_t started_ns(const struct target *target)
{
	struct timespec real, boot;
	long ticks = sysconf(_SC_CLK_TCK);

	if (!target->start_time || ticks <= 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (int64_t)(real.tv_sec - boot.tv_sec) * 1000000000 + real.tv_nsec - boot.tv_nsec +
	       (int64_t)(target->start_time * (1000000000u / (uint64_t)ticks)) + START_SLACK_NS;
}

static bool note_changed(struct snapshot *out, const char *path)
{
	size_t cap = out->n_changed;
	char *copy = strdup(path);

	if (!copy || !array_grow(out->changed, out->n_changed, cap)) {
		free(copy);
		return false;
	}
	out->changed[out->n_changed++] = copy;
	return true;
}

/*
 * A file that has been changed since the process began may not be what it has loaded: then it is named,
 * and its lines are not shown.
 */
enum pyprof_status take_source(struct take *take, struct snapshot *out, struct pyprof_error *err)
{
	const struct target *target = take->rt->target;
	struct source_root root;
	struct places places = { 0 };
	struct str file = STR_INIT;
	int64_t before = take->live ? started_ns(target) : take->opts->source_before_ns;
	size_t files = 0, from = 0, to;
	bool ok;

	if (!take->live && !take->opts->source_folder)
		return PYPROF_OK;
	/* The main thread may have ended by itself, and has no root any more. */
	root = take->live ? source_root_open(target->mem_tid) :
			    source_root_open_folder(take->opts->source_folder);
	if (root.fd < 0)
		return PYPROF_OK;
	ok = list_places(&places, out);
	for (; ok && from < places.n && files < FILES_MAX; from = to, files++) {
		const char *path = places.frames[from]->file;

		for (to = from; to < places.n && strcmp(places.frames[to]->file, path) == 0;)
			to++;
		if (source_file_read(&root, target->cwd, path, before, &file))
			ok = give_lines(&places.frames[from], to - from, &file);
		else if (errno == ESTALE)
			ok = note_changed(out, path);
	}
	str_deinit(&file);
	free(places.frames);
	source_root_close(&root);
	return ok ? PYPROF_OK : error_nomem(err);
}
