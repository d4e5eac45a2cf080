/* SPDX-License-Identifier: MIT */
#include "format/firefox.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "format/firefox_tables.h"
#include "format/times.h"

/* The version that is written, and that of the format it once came from, which nobody asks for. */
#define PROCESSED_VERSION "60"
#define GECKO_VERSION	  "31"

struct writer {
	struct times times;
	struct firefox_tables tables;
	const struct profile *profile;
	uint64_t *looks; /* by sample: how many there are in the timeline */
	FILE *out;
	double scale;	    /* a weight of 1 is so much of the metric */
	const char *weights; /* of which type they are */
};

/* ---- how many samples there are ------------------------------------------------ */

static uint64_t rows_of(const struct timeline_run *run)
{
	return run->looks < FIREFOX_RUN_MAX ? run->looks : FIREFOX_RUN_MAX;
}

/* Before anything is written: what many runs become could fill any disk. */
static enum pyprof_status check_rows(const struct writer *w, struct pyprof_error *err)
{
	struct timeline_run run;
	uint64_t n = 0;

	for (size_t i = 0; i < w->profile->timeline->n_streams; i++) {
		struct timeline_cursor cursor = timeline_runs(w->profile->timeline, i);
		int64_t end_ns = 0;
		bool any = false;

		for (; times_next(&w->times, &cursor, &run); any = true) {
			n += rows_of(&run) + (any && run.begin_ns != end_ns);
			end_ns = run.end_ns;
		}
		n += any;
	}
	if (n <= FIREFOX_ROWS_MAX)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_LIMIT,
		  "Firefox Profiler's file would have %" PRIu64 " samples, more than %u", n,
		  FIREFOX_ROWS_MAX);
	error_hint(err, "write a part of the profile: that of one thread, say");
	return PYPROF_ERR_LIMIT;
}

/* ---- the samples of a thread --------------------------------------------------- */

/* What a thread's samples are made of: looks, and where gaps begin. */
struct row {
	const struct timeline_run *run; /* NULL: a gap */
	uint64_t number, of;		/* which of the run's samples, and how many these are */
	int64_t ns;
};

typedef void row_fn(const struct writer *w, const struct row *row);

static void write_run(const struct writer *w, const struct timeline_run *run, row_fn *fn,
		      bool first)
{
	uint64_t length = (uint64_t)(run->end_ns - run->begin_ns);
	struct row row = { .run = run, .of = rows_of(run) };

	for (; row.number < row.of; row.number++) {
		/* Of 64 bits, so that the product of the two cannot be more. */
		row.ns = run->begin_ns + (int64_t)(length / row.of * row.number +
						   length % row.of * row.number / row.of);
		if (!first || row.number)
			putc(',', w->out);
		fn(w, &row);
	}
}

/* Writes one column. Returns how many rows it has. */
static uint64_t write_rows(const struct writer *w, size_t stream, row_fn *fn)
{
	struct timeline_cursor cursor = timeline_runs(w->profile->timeline, stream);
	struct timeline_run run;
	struct row gap = { 0 };
	uint64_t n = 0;

	while (times_next(&w->times, &cursor, &run) && !ferror(w->out)) {
		if (n && run.begin_ns != gap.ns) {
			putc(',', w->out);
			fn(w, &gap);
			n++;
		}
		write_run(w, &run, fn, !n);
		n += rows_of(&run);
		gap.ns = run.end_ns;
	}
	if (n) {
		putc(',', w->out);
		fn(w, &gap);
		n++;
	}
	return n;
}

static void write_stack(const struct writer *w, const struct row *row)
{
	uint32_t stack = PROFILE_NONE;

	if (row->run)
		stack = firefox_stack(&w->tables, &w->profile->samples[row->run->sample]);
	if (stack == PROFILE_NONE)
		fputs("null", w->out);
	else
		fprintf(w->out, "%" PRIu32, stack);
}

static void write_ms(FILE *out, int64_t ns)
{
	fprintf(out, "%" PRId64 ".%06d", ns / 1000000, (int)(ns % 1000000));
}

static void write_time(const struct writer *w, const struct row *row)
{
	write_ms(w->out, row->ns - w->times.zero_ns);
}

/* With a point, whatever the locale has there. */
static void write_real(FILE *out, double value)
{
	char text[64];
	size_t whole, rest;

	snprintf(text, sizeof(text), "%.15g", value);
	whole = strspn(text, "0123456789");
	rest = whole + strcspn(text + whole, "0123456789e");
	fprintf(out, "%.*s%s%s", (int)whole, text, rest > whole ? "." : "", text + rest);
}

/* The part of the stack's value that falls to this look. */
static void write_weight(const struct writer *w, const struct row *row)
{
	const struct profile *p = w->profile;
	uint64_t value, looks;

	if (!row->run) {
		putc('0', w->out);
		return;
	}
	value = p->values[row->run->sample * p->n_metrics + w->times.metric];
	looks = w->looks[row->run->sample];
	if (row->of == row->run->looks && w->scale == 1 && value % looks == 0)
		fprintf(w->out, "%" PRIu64, value / looks);
	else
		write_real(w->out, (double)value / w->scale / (double)looks *
					   (double)row->run->looks / (double)row->of);
}

static void write_samples(const struct writer *w, size_t stream)
{
	uint64_t n;

	fputs("\"samples\":{\"weightType\":\"", w->out);
	fprintf(w->out, "%s\",\n\"stack\":[", w->weights);
	write_rows(w, stream, write_stack);
	fputs("],\n\"time\":[", w->out);
	write_rows(w, stream, write_time);
	fputs("],\n\"weight\":[", w->out);
	n = write_rows(w, stream, write_weight);
	fprintf(w->out, "],\n\"length\":%" PRIu64 "}", n);
}

/* ---- threads ------------------------------------------------------------------- */

static bool is_shown(const struct writer *w, size_t stream)
{
	struct timeline_cursor cursor = timeline_runs(w->profile->timeline, stream);
	struct timeline_run run;

	return times_next(&w->times, &cursor, &run);
}

static void write_name(const struct writer *w, const char *key, const char *what, const char *name,
		       size_t len, uint32_t number)
{
	fprintf(w->out, ",\"%s\":", key);
	if (len)
		json_write_plain(w->out, name, len);
	else
		fprintf(w->out, "\"%s %" PRIu32 "\"", what, number);
}

static void begin_thread(const struct writer *w, uint32_t pid, uint32_t tid)
{
	fprintf(w->out,
		"\n{\"processType\":\"default\",\"processStartupTime\":0,"
		"\"processShutdownTime\":null,\"registerTime\":0,\"unregisterTime\":null,"
		"\"pausedRanges\":[],\"pid\":\"%" PRIu32 "\",\"tid\":%" PRIu32
		",\"isMainThread\":%s,"
		"\"markers\":{\"data\":[],\"name\":[],\"startTime\":[],\"endTime\":[],"
		"\"phase\":[],\"category\":[],\"length\":0}",
		pid, tid, tid == pid ? "true" : "false");
}

static void write_thread(const struct writer *w, size_t stream)
{
	const struct profile *p = w->profile;
	uint32_t process = times_process(&w->times, stream);
	uint32_t pid = times_pid(&w->times, process), tid = w->times.tids[stream];
	uint32_t command = process == PROFILE_NONE ? 0 : p->processes[process].command;
	size_t len;
	const char *name = times_thread_name(&w->times, stream, &len);

	begin_thread(w, pid, tid);
	write_name(w, "name", "thread", name, len, tid);
	write_name(w, "processName", "process", p->strings[command], p->string_lengths[command],
		   pid);
	fputs(",\n", w->out);
	write_samples(w, stream);
	putc('}', w->out);
}

/* There has to be one: a file without threads cannot be opened. */
static void write_no_thread(const struct writer *w)
{
	begin_thread(w, 0, 0);
	fputs(",\"name\":\"no samples\",\"processName\":\"no samples\",\"samples\":{"
	      "\"weightType\":\"samples\",\"stack\":[null],\"time\":[0],\"weight\":[0],"
	      "\"length\":1}}",
	      w->out);
}

static void write_threads(const struct writer *w)
{
	bool any = false;

	fputs("\"threads\":[", w->out);
	for (size_t i = 0; i < w->profile->timeline->n_streams && !ferror(w->out); i++) {
		if (!is_shown(w, i))
			continue;
		if (any)
			putc(',', w->out);
		write_thread(w, i);
		any = true;
	}
	if (!any)
		write_no_thread(w);
	putc(']', w->out);
}

/* ---- what is known of the whole ------------------------------------------------ */

static void write_entry(const struct writer *w, const char *label, const char *value, bool first)
{
	fprintf(w->out, "%s{\"label\":\"%s\",\"format\":\"string\",\"value\":", first ? "" : ",",
		label);
	json_write_plain_cstr(w->out, value);
	putc('}', w->out);
}

static void write_extra(const struct writer *w)
{
	const struct profile_info *info = &w->profile->info;
	const struct timeline *t = w->profile->timeline;
	char text[64];

	fputs(",\"extra\":[{\"label\":\"Recording\",\"entries\":[", w->out);
	write_entry(w, "Metric", w->profile->metrics[w->times.metric].name, true);
	if (info->python_version)
		write_entry(w, "Python", info->python_version, false);
	if (t->level) {
		snprintf(text, sizeof(text), "1 of %" PRIu64, UINT64_C(1) << t->level);
		write_entry(w, "Looks whose times were kept", text, false);
	}
	if (t->lost) {
		snprintf(text, sizeof(text), "%" PRIu64, t->lost);
		write_entry(w, "Looks whose times there was no room for", text, false);
	}
	fputs("]}]", w->out);
}

/* In nanoseconds; a millisecond where it is not known, since there has to be one. */
static int64_t interval_ns(const struct profile_info *info)
{
	bool known = info->period && info->period_unit &&
		     !strcmp(info->period_unit, "nanoseconds") && info->period < INT64_MAX;

	return known ? (int64_t)info->period : 1000000;
}

static void write_meta(const struct writer *w)
{
	const struct profile_info *info = &w->profile->info;
	int64_t zero = w->times.zero_ns, start = info->start_realtime_ns;

	fputs("\"meta\":{\"interval\":", w->out);
	write_ms(w->out, interval_ns(info));
	fputs(",\"startTime\":", w->out);
	write_ms(w->out, start > 0 && start > -zero ? start + zero : 0);
	/* What lies before the start would not be shown. */
	fputs(",\"profilingStartTime\":0,\"profilingEndTime\":", w->out);
	write_ms(w->out, timeline_end(w->profile->timeline) - zero);
	fputs(",\"product\":", w->out);
	json_write_plain_cstr(w->out, info->command ? info->command : "Python");
	fputs(",\"importedFrom\":\"pyprof " PYPROF_VERSION "\",\"processType\":0,\"stackwalk\":1,"
	      "\"version\":" GECKO_VERSION ",\"preprocessedProfileVersion\":" PROCESSED_VERSION
	      ",\"symbolicated\":true,\"symbolicationNotSupported\":true,"
	      "\"usesOnlyOneStackType\":true,\"sourceCodeIsNotOnSearchfox\":true,"
	      "\"markerSchema\":[],\"sampleUnits\":{\"time\":\"ms\",\"eventDelay\":\"ms\","
	      "\"threadCPUDelta\":\"ns\"}",
	      w->out);
	write_extra(w);
	fputs(",\n", w->out);
	firefox_write_categories(w->out);
	fputs("}", w->out);
}

static void choose_weights(struct writer *w)
{
	const char *unit = w->profile->metrics[w->times.metric].unit;

	w->scale = 1;
	w->weights = "samples";
	if (!strcmp(unit, "nanoseconds")) {
		w->scale = 1e6;
		w->weights = "tracing-ms";
	} else if (!strcmp(unit, "bytes")) {
		w->weights = "bytes";
	}
}

static enum pyprof_status firefox_write(const struct format_input *input, FILE *out,
					struct pyprof_error *err)
{
	const struct profile *p = input->profile;
	struct writer w = { .profile = p, .out = out };
	enum pyprof_status status = times_init(&w.times, p, input->metric, err);

	if (!status)
		status = check_rows(&w, err);
	if (!status)
		status = firefox_tables_init(&w.tables, p, err);
	if (!status) {
		w.looks = times_count(&w.times);
		status = w.looks ? PYPROF_OK : error_nomem(err);
	}
	if (!status) {
		choose_weights(&w);
		fputs("{", out);
		write_meta(&w);
		fputs(",\n\"libs\":[],\n", out);
		firefox_write_shared(&w.tables, out);
		fputs(",\n", out);
		write_threads(&w);
		fputs("}\n", out);
	}
	free(w.looks);
	firefox_tables_deinit(&w.tables);
	times_deinit(&w.times);
	return status;
}

static const char *const endings[] = { ".firefox.json", NULL };

const struct format format_firefox = {
	.name = "firefox",
	.description = "Firefox Profiler's file, with times, for profiler.firefox.com",
	.endings = endings,
	.from_profile = true,
	.wants_times = true,
	.write = firefox_write,
};
