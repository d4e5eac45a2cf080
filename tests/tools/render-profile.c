/* SPDX-License-Identifier: MIT */
/*
 * Draws a flame graph of a profile told on standard input, so that the tests of pictures
 * need no recording. A line a sample, its fields parted by spaces:
 *
 *	VALUE TID,THREAD[,PID,COMMAND] MARKS NAME,FILE,START,LINE ...	frames from the root on
 *	!command TEXT	also !python, !cwd; !pid N, !start NS
 *	!metric NAME UNIT	again: one more; then VALUE is a list, 1,2,3
 *	!stat NAME NUMBER	a counter of struct pyprof_stats, or truncated.CAUSE, failed.CAUSE
 *
 * Every text is percent-encoded, so any byte may be in it. Options: -t by thread, -F by
 * function, -m N another metric, -f folded stacks instead, -o NAME another format, -T with times:
 * line N of the samples, from 0 on, is a look at N + 1 times 10 ms that stands for the time since
 * the line of its thread before, or where that is more than 30 ms ago for 10 ms. Exits 1 with a
 * message on what it cannot read.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "format/folded.h"
#include "render/svg.h"

static struct profile *profile;

static void die(const char *what, const char *on)
{
	fprintf(stderr, "render-profile: %s: %s\n", what, on);
	exit(1);
}

/* Decodes in place; returns the length. */
static size_t decode(char *text)
{
	char *out = text;

	for (char *p = text; *p; p++) {
		char hex[3] = { 0 };

		if (*p == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
			memcpy(hex, p + 1, 2);
			*out++ = (char)strtoul(hex, NULL, 16);
			p += 2;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

static uint32_t intern(char *text)
{
	size_t len = decode(text);

	return profile_string(profile, text, len);
}

/* The next field of *rest, up to `end`; "" where there is none. */
static char *field(char **rest, const char *end)
{
	char *found = strsep(rest, end);

	return found ? found : (char *)"";
}

static char *decoded(char *text)
{
	char *copy = strdup(text);

	decode(copy);
	return copy;
}

static uint64_t *counter(struct pyprof_stats *stats, const char *name)
{
	static const char *const causes[] = { "moved", "fault", "broken", "depth", "code" };
	const char *dot = strchr(name, '.');

	if (!strcmp(name, "ticks"))
		return &stats->ticks;
	if (!strcmp(name, "late_ticks"))
		return &stats->late_ticks;
	if (!strcmp(name, "samples"))
		return &stats->samples;
	if (!strcmp(name, "idle"))
		return &stats->idle;
	if (!strcmp(name, "empty"))
		return &stats->empty;
	if (!strcmp(name, "elapsed_ns"))
		return &stats->elapsed_ns;
	for (size_t i = 0; dot && i < PYPROF_N_CAUSES; i++)
		if (!strcmp(dot + 1, causes[i]))
			return *name == 't' ? &stats->truncated[i] : &stats->failed[i];
	die("no such counter", name);
	return NULL;
}

static void read_stat(char *rest)
{
	struct pyprof_stats *stats = &profile->info.stats;
	const char *name = field(&rest, " "), *number = field(&rest, " ");

	if (!strcmp(name, "rate_asked_hz"))
		stats->rate_asked_hz = strtod(number, NULL);
	else if (!strcmp(name, "rate_hz"))
		stats->rate_hz = strtod(number, NULL);
	else
		*counter(stats, name) = strtoull(number, NULL, 10);
}

/* Metrics come before what else there is: the first takes the place of the usual one. */
static void read_metric(char *line)
{
	static bool again;
	size_t at = again ? profile->n_metrics++ : 0;

	if (at >= PROFILE_MAX_METRICS || profile->n_samples)
		die("too many metrics, or too late", line);
	again = true;
	profile->metrics[at].name = decoded(field(&line, " "));
	profile->metrics[at].unit = decoded(field(&line, " "));
}

static void read_info(char *line)
{
	const char *key = field(&line, " ");
	struct profile_info *info = &profile->info;

	if (!strcmp(key, "command"))
		info->command = decoded(field(&line, " "));
	else if (!strcmp(key, "python"))
		info->python_version = decoded(field(&line, " "));
	else if (!strcmp(key, "cwd"))
		info->cwd = decoded(field(&line, " "));
	else if (!strcmp(key, "pid"))
		info->pid = strtoull(field(&line, " "), NULL, 10);
	else if (!strcmp(key, "start"))
		info->start_realtime_ns = strtoll(field(&line, " "), NULL, 10);
	else if (!strcmp(key, "stat"))
		read_stat(line);
	else if (!strcmp(key, "metric"))
		read_metric(line);
	else
		die("no such key", key);
}

static uint32_t read_thread(char *text)
{
	uint64_t tid = strtoull(field(&text, ","), NULL, 10);
	uint32_t name = intern(field(&text, ","));
	uint64_t pid = text ? strtoull(field(&text, ","), NULL, 10) : profile->info.pid;
	uint32_t process = profile_process(profile, pid, text ? intern(field(&text, ",")) : 0);

	for (uint32_t i = 0; i < profile->n_threads; i++)
		if (profile->threads[i].tid == tid && profile->threads[i].name == name &&
		    profile->threads[i].process == process)
			return i;
	return profile_thread(profile, process, tid, name);
}

static uint32_t read_frame(uint32_t parent, char *text)
{
	uint32_t name = intern(field(&text, ",")), file = intern(field(&text, ","));
	int32_t start = atoi(field(&text, ",")), line = atoi(field(&text, ","));
	uint32_t function = profile_function(profile, name, file, start);

	return profile_node(profile, parent, profile_location(profile, function, line, 0));
}

/* Of each thread, when its last line was. */
static uint64_t *last_ns;
static size_t cap_last_ns;

static uint64_t stands_for(uint32_t thread, uint64_t now_ns)
{
	size_t had = cap_last_ns;
	uint64_t since;

	if (!array_reserve((void **)&last_ns, &cap_last_ns, thread + 1ul, sizeof(*last_ns)))
		die("no memory", "-T");
	memset(last_ns + had, 0, (cap_last_ns - had) * sizeof(*last_ns));
	since = now_ns - last_ns[thread];
	last_ns[thread] = now_ns;
	return since > 30000000 ? 10000000 : since;
}

static void read_sample(char *line)
{
	static uint64_t now_ns;
	char *list = field(&line, " ");
	uint64_t values[PROFILE_MAX_METRICS];
	uint32_t thread = read_thread(field(&line, " "));
	uint32_t marks = (uint32_t)atoi(field(&line, " ")), node = PROFILE_ROOT;

	for (size_t i = 0; i < profile->n_metrics; i++)
		values[i] = strtoull(field(&list, ","), NULL, 10);
	while (line && *line)
		node = read_frame(node, field(&line, " "));
	now_ns += 10000000;
	if (!profile_add_look(profile, node, thread, marks, values, now_ns,
			      stands_for(thread, now_ns)))
		die("could not add", "a sample");
}

int main(int argc, char **argv)
{
	static const struct profile_metric samples = { "samples", "count" };
	const struct format *format = &format_svg;
	struct view_opts opts = { 0 };
	struct pyprof_error err = { 0 };
	struct view *view;
	bool times = false;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	for (int c; (c = getopt(argc, argv, "tFm:fo:T")) != -1;) {
		opts.by_thread |= c == 't';
		opts.by_function |= c == 'F';
		if (c == 'm')
			opts.metric = strtoul(optarg, NULL, 10);
		times |= c == 'T';
		if (c == 'f')
			format = &format_folded;
		if (c == 'o')
			format = format_by_name(optarg);
	}
	if (!format || !format->write)
		die("no format to write", "-o");
	if (format->wants_times && !times)
		die("it has no times", "-o, without -T");
	if (profile_create(&profile, &samples, 1, &err))
		die("profile_create", err.message);
	if (times)
		profile->timeline = timeline_create(TIMELINE_BUDGET);
	while ((len = getline(&line, &cap, stdin)) > 0) {
		line[len - (line[len - 1] == '\n')] = '\0';
		if (*line == '!')
			read_info(line + 1);
		else if (*line)
			read_sample(line);
	}
	profile_shrink(profile);
	opts.all_metrics = format->whole;
	if (view_create(&view, profile, &opts, &err))
		die("view_create", err.message);
	if (format->write(&(struct format_input){ .profile = profile,
						  .view = view,
						  .metric = opts.metric },
			  stdout, &err))
		die("write", err.message);
	if (fflush(stdout) || ferror(stdout))
		die("write", "standard output");
	view_destroy(view);
	return 0;
}
