/* SPDX-License-Identifier: MIT */
#include "format/austin_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

/* All that there may be; what the file does not have is taken out in the end. */
enum metric {
	SAMPLES,
	WALL,
	CPU,
	GROWN,
	SHRUNK,
	N_METRICS,
};

static const struct profile_metric metrics[N_METRICS] = {
	[SAMPLES] = { "samples", "count" },  [WALL] = { "wall", "nanoseconds" },
	[CPU] = { "cpu", "nanoseconds" },    [GROWN] = { "rss-grown", "bytes" },
	[SHRUNK] = { "rss-shrunk", "bytes" },
};

enum pyprof_status austin_begin(struct austin_build *b, struct pyprof_error *err)
{
	*b = (struct austin_build){ .err = err };
	return profile_create(&b->profile, metrics, N_METRICS, err);
}

static bool is(struct austin_text text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.bytes, word, text.len) == 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

bool austin_number(struct austin_text text, unsigned base, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned d = (unsigned)digit(text.bytes[i]);

		if (d >= base || __builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, d, number))
			return false;
	}
	return text.len > 0;
}

/* ---- what is known of the recording ------------------------------------------------- */

static uint64_t nanoseconds(uint64_t microseconds)
{
	uint64_t ns;

	return __builtin_mul_overflow(microseconds, 1000, &ns) ? UINT64_MAX : ns;
}

/* How many ranges begin at `address` or before: it lies in the last of them. */
static size_t ranges_up_to(const struct austin_build *b, uint64_t address)
{
	size_t low = 0, high = b->n_ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->ranges[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes a range begin at `address`. False: no memory. */
static bool split_range(struct austin_build *b, uint64_t address)
{
	size_t i = ranges_up_to(b, address);

	if (i && b->ranges[i - 1].start == address)
		return true;
	if (!array_grow(b->ranges, b->n_ranges, b->cap_ranges))
		return false;
	memmove(b->ranges + i + 1, b->ranges + i, (b->n_ranges++ - i) * sizeof(*b->ranges));
	b->ranges[i] = (struct austin_range){ address, i ? b->ranges[i - 1].file : 0 };
	return true;
}

/* The mappings of several processes are not told apart. False: no memory. */
static bool add_range(struct austin_build *b, const struct profile_mapping *mapping)
{
	size_t end;

	if (mapping->start >= mapping->limit || !mapping->file)
		return true;
	if (!split_range(b, mapping->start) || !split_range(b, mapping->limit))
		return false;
	end = ranges_up_to(b, mapping->limit) - 1;
	for (size_t i = ranges_up_to(b, mapping->start) - 1; i < end; i++) {
		uint32_t *file = &b->ranges[i].file;

		*file = !*file || *file == mapping->file ? mapping->file : AUSTIN_SEVERAL;
	}
	return true;
}

/* "5607a1033000-5607a1034000 /usr/bin/python3": a file may be mapped in several pieces. */
static enum pyprof_status add_mapping(struct austin_build *b, struct austin_text value)
{
	const char *end = value.bytes + value.len;
	const char *dash = memchr(value.bytes, '-', value.len);
	const char *space = dash ? memchr(dash, ' ', (size_t)(end - dash)) : NULL;
	struct profile_mapping mapping = { 0 };
	struct austin_text start, limit, file;

	if (!space)
		return PYPROF_OK;
	start = (struct austin_text){ value.bytes, (size_t)(dash - value.bytes) };
	limit = (struct austin_text){ dash + 1, (size_t)(space - dash - 1) };
	if (!austin_number(start, 16, &mapping.start) ||
	    !austin_number(limit, 16, &mapping.limit))
		return PYPROF_OK;
	if (b->profile->n_mappings >= AUSTIN_MAX_MAPPINGS)
		return error_set(b->err, PYPROF_ERR_LIMIT, "it has more than %u mappings",
				 AUSTIN_MAX_MAPPINGS);
	file = (struct austin_text){ space + 1, (size_t)(end - space - 1) };
	mapping.file = austin_string(b, file);
	if (mapping.file == PROFILE_NONE || !add_range(b, &mapping) ||
	    profile_mapping(b->profile, &mapping) == PROFILE_NONE)
		return error_nomem(b->err);
	return PYPROF_OK;
}

static void add_comment(struct austin_build *b, struct austin_text key,
			struct austin_text value)
{
	if (b->comments.len)
		str_add_char(&b->comments, '\n');
	str_add(&b->comments, key.bytes, key.len);
	str_add_cstr(&b->comments, ": ");
	str_add(&b->comments, value.bytes, value.len);
}

enum pyprof_status austin_metadata(struct austin_build *b, struct austin_text key,
				   struct austin_text value)
{
	struct profile_info *info = &b->profile->info;
	uint64_t number;

	if (is(key, "map"))
		return add_mapping(b, value);
	if (is(key, "interval") && austin_number(value, 10, &number) && number) {
		info->period = nanoseconds(number);
		info->stats.rate_asked_hz = 1e6 / (double)number;
	} else if (is(key, "duration") && austin_number(value, 10, &number)) {
		info->stats.elapsed_ns = nanoseconds(number);
	} else if (is(key, "python") && !info->python_version) {
		info->python_version = strndup(value.bytes, value.len);
		if (!info->python_version)
			return error_nomem(b->err);
	} else {
		if (is(key, "mode") && value.len < sizeof(b->mode)) {
			memcpy(b->mode, value.bytes, value.len);
			b->mode[value.len] = '\0';
		}
		add_comment(b, key, value);
	}
	return b->comments.failed ? error_nomem(b->err) : PYPROF_OK;
}

/* ---- texts ------------------------------------------------------------------------------ */

uint32_t austin_string(struct austin_build *b, struct austin_text text)
{
	if (utf8_valid((const uint8_t *)text.bytes, text.len))
		return profile_string(b->profile, text.bytes, text.len);
	str_clear(&b->scratch);
	utf8_add_clean(&b->scratch, text.bytes, text.len);
	if (b->scratch.failed)
		return PROFILE_NONE;
	return profile_string(b->profile, str_cstr(&b->scratch), b->scratch.len);
}

/* ---- frames ----------------------------------------------------------------------------- */

/* The file that lies at `address`: a string id, 0 where it is not known. */
static uint32_t file_at(const struct austin_build *b, uint64_t address)
{
	size_t n = ranges_up_to(b, address);

	return !n || b->ranges[n - 1].file == AUSTIN_SEVERAL ? 0 : b->ranges[n - 1].file;
}

uint32_t austin_location(struct austin_build *b, struct austin_text name,
			 struct austin_text file, int32_t line, int32_t column)
{
	static const char native[] = "native@";
	size_t prefix = strlen(native);
	uint32_t name_id = austin_string(b, name), file_id;
	struct austin_text rest;
	uint64_t address;

	if (file.len > prefix && memcmp(file.bytes, native, prefix) == 0) {
		rest = (struct austin_text){ file.bytes + prefix, file.len - prefix };
		if (austin_number(rest, 16, &address)) {
			file_id = file_at(b, address);
			return profile_location(
				b->profile, profile_function(b->profile, name_id, file_id, 0),
				0, 0);
		}
	}
	file_id = austin_string(b, file);
	return profile_location(b->profile, profile_function(b->profile, name_id, file_id, 0),
				line, column);
}

/* ---- samples ---------------------------------------------------------------------------- */

static bool thread_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_thread *a = (const struct profile_thread *)entries + index;
	const struct profile_thread *k = key;

	return a->process == k->process && a->tid == k->tid && a->name == k->name;
}

/* PROFILE_NONE: no memory. */
static uint32_t find_thread(struct austin_build *b, const struct austin_sample *sample)
{
	struct profile_thread key = { 0 };
	uint64_t hash;
	uint32_t id;

	key.process = profile_process(b->profile, sample->pid, 0);
	if (!austin_number(sample->thread, sample->hexadecimal ? 16 : 10, &key.tid)) {
		key.tid = 0;
		key.name = austin_string(b, sample->thread);
	}
	if (key.process == PROFILE_NONE || key.name == PROFILE_NONE)
		return PROFILE_NONE;
	hash = hash_pair(hash_pair(key.process, key.tid), key.name);
	id = map_find(&b->threads, hash, thread_equal, b->profile->threads, &key);
	if (id != MAP_NONE)
		return id;
	id = profile_thread(b->profile, key.process, key.tid, key.name);
	if (id != PROFILE_NONE && !map_insert(&b->threads, hash, id))
		return PROFILE_NONE;
	return id;
}

/* The set of the label; 0: none. */
static uint32_t interpreter_label(struct austin_build *b, int64_t interpreter)
{
	static const char key[] = "interpreter";
	struct profile_label label = { .number = interpreter };

	if (!interpreter)
		return 0;
	label.key = profile_string(b->profile, key, strlen(key));
	return profile_label_set(b->profile, &label, 1);
}

enum pyprof_status austin_add(struct austin_build *b, const struct austin_sample *sample)
{
	struct profile_sample key = { .node = sample->node };
	uint64_t time = sample->has_time ? nanoseconds(sample->time) : 0;
	const uint64_t values[N_METRICS] = {
		[SAMPLES] = 1,
		[WALL] = time,
		[CPU] = sample->idle ? 0 : time,
		[GROWN] = sample->grown,
		[SHRUNK] = sample->shrunk,
	};

	b->any_time |= sample->has_time;
	b->any_memory |= sample->has_memory;
	b->any_idle |= sample->idle;
	b->profile->info.stats.samples++;
	key.thread = find_thread(b, sample);
	key.labels = interpreter_label(b, sample->interpreter);
	if (key.thread == PROFILE_NONE || !profile_add_to(b->profile, &key, values))
		return error_nomem(b->err);
	return PYPROF_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */

static size_t choose_metrics(const struct austin_build *b, size_t *chosen)
{
	bool full = !strcmp(b->mode, "full"), cpu = !strcmp(b->mode, "cpu");
	bool memory = !strcmp(b->mode, "memory");
	size_t n = 0;

	chosen[n++] = SAMPLES;
	if (!cpu && (b->any_time || full || !(memory || b->any_memory)))
		chosen[n++] = WALL;
	if (cpu || full || b->any_idle)
		chosen[n++] = CPU;
	/* mojo2austin writes the times alone, whatever the mode was. */
	if (memory || b->any_memory) {
		chosen[n++] = GROWN;
		chosen[n++] = SHRUNK;
	}
	return n;
}

static enum pyprof_status finish(struct austin_build *b)
{
	struct profile *profile = b->profile;
	struct profile_info *info = &profile->info;
	size_t chosen[N_METRICS], n = choose_metrics(b, chosen);

	profile_keep_metrics(profile, chosen, n);
	profile->default_metric = 1;
	info->stats.processes = (uint32_t)profile->n_processes;
	if (profile->n_processes == 1)
		info->pid = profile->processes[0].pid;
	if (info->period) {
		/* The interval is one of wall time in all modes. */
		info->period_type = strdup("wall");
		info->period_unit = strdup("nanoseconds");
		if (!info->period_type || !info->period_unit)
			return error_nomem(b->err);
	}
	if (b->comments.len) {
		info->comments = str_take(&b->comments);
		if (!info->comments)
			return error_nomem(b->err);
	}
	return PYPROF_OK;
}

enum pyprof_status austin_end(struct austin_build *b, enum pyprof_status status,
			      struct profile **out)
{
	*out = NULL;
	if (!status)
		status = finish(b);
	map_deinit(&b->threads);
	free(b->ranges);
	str_deinit(&b->comments);
	str_deinit(&b->scratch);
	if (status)
		profile_destroy(b->profile);
	else
		*out = b->profile;
	return status;
}
