/* SPDX-License-Identifier: MIT */
#include "format/chrome.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/map.h"
#include "format/times.h"
#include "profile/module.h"

#define TRUNCATED "[truncated]"

/* A frame that is open, from the root on. */
struct frame {
	uint32_t node; /* PROFILE_NONE: the part that is missing */
};

struct writer {
	struct times times;
	const struct profile *profile;
	FILE *out;
	bool counting; /* events are counted, not written */
	uint64_t n_events;
	uint32_t pid, tid; /* of the stream at hand */
	struct frame *open;
	size_t n_open, cap_open;
	uint32_t *path; /* what is to be opened, leaf first */
	size_t n_path, cap_path;
	uint32_t *depths; /* by node; the root's is 0 */
	uint32_t *spans; /* by node: the first one of its function and line below such callers */
};

static const char *const kinds[MODULE_KINDS] = {
	[MODULE_OWN] = "own",	    [MODULE_LIBRARY] = "library",
	[MODULE_STANDARD] = "stdlib", [MODULE_NATIVE] = "native",
	[MODULE_KERNEL] = "kernel",
};

/* ---- events -------------------------------------------------------------------- */

static void begin_event(struct writer *w, const char *phase)
{
	fprintf(w->out, "%s{\"ph\":\"%s\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32,
		w->n_events++ ? ",\n" : "", phase, w->pid, w->tid);
}

static void write_name(struct writer *w, const char *event, const char *name, size_t len)
{
	begin_event(w, "M");
	fprintf(w->out, ",\"name\":\"%s\",\"args\":{\"name\":", event);
	json_write_plain(w->out, name, len);
	fputs("}}", w->out);
}

static void write_string(FILE *out, const struct profile *p, uint32_t string)
{
	json_write_plain(out, p->strings[string], p->string_lengths[string]);
}

/* A frame begins or ends. */
static void write_frame(struct writer *w, const char *phase, uint32_t node, int64_t ns)
{
	const struct profile *p = w->profile;
	uint64_t since = (uint64_t)(ns - w->times.zero_ns);
	const struct profile_location *l;
	const struct profile_function *f;

	if (w->counting) {
		w->n_events++;
		return;
	}
	begin_event(w, phase);
	fprintf(w->out, ",\"ts\":%" PRIu64 ".%03u,\"name\":", since / 1000,
		(unsigned)(since % 1000));
	if (node == PROFILE_NONE) {
		fputs("\"" TRUNCATED "\",\"cat\":\"truncated\",\"args\":{}}", w->out);
		return;
	}
	l = &p->locations[p->nodes[node].location];
	f = &p->functions[l->function];
	write_string(w->out, p, f->name);
	fprintf(w->out, ",\"cat\":\"%s\",\"args\":{",
		kinds[module_kind(p->strings[f->file], p->strings[f->name])]);
	if (f->file) {
		fputs("\"file\":", w->out);
		write_string(w->out, p, f->file);
	}
	if (l->line)
		fprintf(w->out, "%s\"line\":%" PRId32, f->file ? "," : "", l->line);
	if (l->column)
		fprintf(w->out, "%s\"column\":%" PRId32, f->file || l->line ? "," : "",
			l->column);
	fputs("}}", w->out);
}

/* Would an event of the one be the same as one of the other? */
static bool look_alike(const struct profile *p, uint32_t a, uint32_t b)
{
	const struct profile_location *x, *y;
	const struct profile_function *f, *g;

	if (a == PROFILE_NONE || b == PROFILE_NONE)
		return a == b;
	x = &p->locations[p->nodes[a].location];
	y = &p->locations[p->nodes[b].location];
	f = &p->functions[x->function];
	g = &p->functions[y->function];
	return f->name == g->name && f->file == g->file && x->line == y->line &&
	       x->column == y->column;
}

/* ---- stacks -------------------------------------------------------------------- */

/* Is the frame at that depth open, at whatever column? */
static bool is_open(const struct writer *w, uint32_t node, size_t depth)
{
	uint32_t open;

	if (depth > w->n_open)
		return false;
	open = w->open[depth - 1].node;
	return open != PROFILE_NONE && w->spans[open] == w->spans[node];
}

/* Puts what begins into the path; returns how many of the open frames stay so. */
static size_t find_path(struct writer *w, uint32_t node, bool truncated)
{
	const struct profile *p = w->profile;
	size_t depth;

	w->n_path = 0;
	if (truncated)
		w->path[w->n_path++] = PROFILE_NONE;
	for (;; node = p->nodes[node].parent) {
		depth = w->depths[node];
		if (!depth || is_open(w, node, depth))
			break;
		w->path[w->n_path++] = node;
	}
	/* The missing part may stay missing. */
	if (w->n_path == 1 && truncated && depth < w->n_open &&
	    w->open[depth].node == PROFILE_NONE) {
		w->n_path = 0;
		depth++;
	}
	return depth;
}

/* Readers that sort by time, and match by name, would open the new one within the old one. */
static bool is_misleading(const struct writer *w, size_t keep)
{
	uint32_t first = w->n_path ? w->path[w->n_path - 1] : 0;

	for (size_t i = keep; w->n_path && i < w->n_open; i++)
		if (look_alike(w->profile, w->open[i].node, first))
			return true;
	return false;
}

static void close_frames(struct writer *w, size_t keep, int64_t ns)
{
	while (w->n_open > keep)
		write_frame(w, "E", w->open[--w->n_open].node, ns);
}

/* The stack is this one from `ns` on. */
static bool change(struct writer *w, const struct timeline_run *run)
{
	const struct profile_sample *s = &w->profile->samples[run->sample];
	size_t most = w->depths[s->node] + 1u, keep;

	if (!array_reserve((void **)&w->path, &w->cap_path, most, sizeof(*w->path)) ||
	    !array_reserve((void **)&w->open, &w->cap_open, most, sizeof(*w->open)))
		return false;
	keep = find_path(w, s->node, s->marks & PROFILE_MARK_TRUNCATED);
	close_frames(w, keep, run->begin_ns - is_misleading(w, keep));
	while (w->n_path) {
		uint32_t node = w->path[--w->n_path];

		write_frame(w, "B", node, run->begin_ns);
		w->open[w->n_open++].node = node;
	}
	return true;
}

static void write_names(struct writer *w, size_t stream)
{
	const struct profile *p = w->profile;
	uint32_t process = times_process(&w->times, stream);
	size_t len;
	const char *name = times_thread_name(&w->times, stream, &len);

	if (process != PROFILE_NONE && p->processes[process].command)
		write_name(w, "process_name", p->strings[p->processes[process].command],
			   p->string_lengths[p->processes[process].command]);
	if (len)
		write_name(w, "thread_name", name, len);
}

/* There is no use in going on. */
static bool is_over(const struct writer *w)
{
	return w->counting ? w->n_events > CHROME_EVENTS_MAX : ferror(w->out);
}

static bool write_stream(struct writer *w, size_t stream)
{
	struct timeline_cursor cursor = timeline_runs(w->profile->timeline, stream);
	uint32_t process = times_process(&w->times, stream);
	struct timeline_run run;
	int64_t end_ns = 0;

	w->pid = times_pid(&w->times, process);
	w->tid = w->times.tids[stream];
	for (bool first = true; !is_over(w) && times_next(&w->times, &cursor, &run);
	     first = false) {
		if (!first && run.begin_ns != end_ns)
			close_frames(w, 0, end_ns);
		else if (first && !w->counting)
			write_names(w, stream);
		if (!change(w, &run))
			return false;
		end_ns = run.end_ns;
	}
	close_frames(w, 0, end_ns);
	return true;
}

/* ---- the file ------------------------------------------------------------------ */

static void write_info(const struct writer *w)
{
	const struct profile_info *info = &w->profile->info;
	const struct timeline *t = w->profile->timeline;

	fputs("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"product\":\"pyprof " PYPROF_VERSION
	      "\",\"metric\":",
	      w->out);
	json_write_plain_cstr(w->out, w->profile->metrics[w->times.metric].name);
	if (info->command) {
		fputs(",\"command\":", w->out);
		json_write_plain_cstr(w->out, info->command);
	}
	if (info->python_version) {
		fputs(",\"python\":", w->out);
		json_write_plain_cstr(w->out, info->python_version);
	}
	if (info->start_realtime_ns)
		fprintf(w->out, ",\"start_realtime_ns\":\"%" PRId64 "\"",
			info->start_realtime_ns);
	if (t->level)
		fprintf(w->out, ",\"looks_kept\":\"1 of %" PRIu64 "\"", UINT64_C(1) << t->level);
	if (t->lost)
		fprintf(w->out, ",\"looks_without_room\":\"%" PRIu64 "\"", t->lost);
	fputs("},\n\"traceEvents\":[\n", w->out);
}

static bool count_depths(struct writer *w)
{
	const struct profile *p = w->profile;

	w->depths = calloc(p->n_nodes, sizeof(*w->depths));
	for (size_t i = 1; w->depths && i < p->n_nodes; i++)
		w->depths[i] = w->depths[p->nodes[i].parent] + 1;
	return w->depths != NULL;
}

/* Of which the profile may have several, that differ by their columns or those above. */
static bool span_equal(const void *entries, uint32_t index, const void *key)
{
	const struct writer *w = entries;
	const struct profile *p = w->profile;
	const struct profile_node *a = &p->nodes[index], *b = key;
	const struct profile_location *x = &p->locations[a->location];
	const struct profile_location *y = &p->locations[b->location];

	return w->spans[a->parent] == w->spans[b->parent] && x->function == y->function &&
	       x->line == y->line;
}

static bool find_spans(struct writer *w)
{
	const struct profile *p = w->profile;
	struct map map = MAP_INIT;
	bool ok;

	w->spans = calloc(p->n_nodes, sizeof(*w->spans));
	ok = w->spans != NULL;
	for (uint32_t i = 1; ok && i < p->n_nodes; i++) {
		const struct profile_node *node = &p->nodes[i];
		const struct profile_location *l = &p->locations[node->location];
		uint64_t hash = hash_pair(hash_pair(w->spans[node->parent], l->function),
					  (uint32_t)l->line);

		w->spans[i] = map_find(&map, hash, span_equal, w, node);
		if (w->spans[i] != MAP_NONE)
			continue;
		w->spans[i] = i;
		ok = map_insert(&map, hash, i);
	}
	map_deinit(&map);
	return ok;
}

static enum pyprof_status write_streams(struct writer *w, struct pyprof_error *err)
{
	for (size_t i = 0; i < w->profile->timeline->n_streams && !is_over(w); i++)
		if (!write_stream(w, i))
			return error_nomem(err);
	return PYPROF_OK;
}

/* Before anything is written: what many deep stacks become could fill any disk. */
static enum pyprof_status check_events(struct writer *w, struct pyprof_error *err)
{
	enum pyprof_status status;

	w->counting = true;
	status = write_streams(w, err);
	w->counting = false;
	if (!status && w->n_events > CHROME_EVENTS_MAX) {
		status = error_set(err, PYPROF_ERR_LIMIT,
				   "the trace would have more than %u events",
				   CHROME_EVENTS_MAX);
		error_hint(err, "write a part of the profile: that of one thread, say");
	}
	w->n_events = 0;
	return status;
}

static enum pyprof_status chrome_write(const struct format_input *input, FILE *out,
				       struct pyprof_error *err)
{
	struct writer w = { .profile = input->profile, .out = out };
	enum pyprof_status status = times_init(&w.times, input->profile, input->metric, err);

	if (!status && !(count_depths(&w) && find_spans(&w)))
		status = error_nomem(err);
	if (!status)
		status = check_events(&w, err);
	if (!status) {
		write_info(&w);
		status = write_streams(&w, err);
	}
	if (!status)
		fputs("\n]}\n", out);
	times_deinit(&w.times);
	free(w.depths);
	free(w.spans);
	free(w.open);
	free(w.path);
	return status;
}

static const char *const endings[] = { ".trace.json", ".chrome.json", ".chrometrace", NULL };

const struct format format_chrome = {
	.name = "chrome",
	.also = "chrometrace",
	.description = "trace events, with times, for Perfetto, chrome://tracing, speedscope",
	.endings = endings,
	.from_profile = true,
	.wants_times = true,
	.write = chrome_write,
};
