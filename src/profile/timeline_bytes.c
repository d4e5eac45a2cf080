/* SPDX-License-Identifier: MIT */
#include "profile/timeline_bytes.h"

#include <inttypes.h>

#include "profile/varint.h"

uint8_t *timeline_put_run(uint8_t *p, const struct timeline_run *run, uint32_t last_sample,
			  int64_t last_ns)
{
	uint64_t step = varint_zigzag((int64_t)run->sample - last_sample);
	uint64_t gap = (uint64_t)(run->begin_ns - last_ns);

	p = varint_put(p, step << 2 | (run->looks > 1 ? TIMELINE_HAS_LOOKS : 0) |
				  (gap ? TIMELINE_HAS_GAP : 0));
	if (run->looks > 1)
		p = varint_put(p, run->looks);
	if (gap)
		p = varint_put(p, gap);
	return varint_put(p, (uint64_t)(run->end_ns - run->begin_ns));
}

/* ---- writing ------------------------------------------------------------------- */

static void add_varint(struct str *out, uint64_t n)
{
	uint8_t bytes[VARINT_MAX];

	str_add(out, bytes, (size_t)(varint_put(bytes, n) - bytes));
}

/* The next run of a sample that is in the file. */
static bool next_run(struct timeline_cursor *cursor, const uint32_t *numbers,
		     struct timeline_run *run)
{
	while (timeline_next(cursor, run)) {
		if (!numbers)
			return true;
		run->sample = numbers[run->sample];
		if (run->sample != PROFILE_NONE)
			return true;
	}
	return false;
}

static void write_stream(struct str *out, const struct timeline *timeline, size_t stream,
			 const uint32_t *numbers)
{
	struct timeline_cursor cursor = timeline_runs(timeline, stream);
	struct timeline_run run;
	uint8_t bytes[TIMELINE_RUN_MAX];
	uint64_t n = 0;
	uint32_t sample = 0;
	int64_t ns = 0;

	while (next_run(&cursor, numbers, &run))
		n++;
	if (!n)
		return;
	add_varint(out, n);
	cursor = timeline_runs(timeline, stream);
	for (bool first = true; next_run(&cursor, numbers, &run); first = false) {
		if (first) {
			ns = run.begin_ns;
			add_varint(out, varint_zigzag(ns));
		}
		str_add(out, bytes, (size_t)(timeline_put_run(bytes, &run, sample, ns) - bytes));
		sample = run.sample;
		ns = run.end_ns;
	}
}

void timeline_write(struct str *out, const struct timeline *timeline, const uint32_t *numbers)
{
	add_varint(out, TIMELINE_VERSION);
	add_varint(out, timeline->level);
	add_varint(out, timeline->lost);
	for (size_t i = 0; i < timeline->n_streams; i++)
		write_stream(out, timeline, i, numbers);
}

/* ---- reading ------------------------------------------------------------------- */

struct reader {
	const uint8_t *start, *p, *end;
	uint64_t at; /* of *start in the file */
	struct profile *profile;
	struct timeline *timeline;
	const uint32_t *samples;
	size_t n_samples;
	struct pyprof_error *err;
};

static enum pyprof_status corrupt(const struct reader *r, const uint8_t *where, const char *why)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "byte %" PRIu64 ": timeline: %s",
			 r->at + (uint64_t)(where - r->start), why);
}

static enum pyprof_status take(struct reader *r, uint64_t *n)
{
	const uint8_t *next = varint_read(r->p, r->end, n);

	if (!next)
		return corrupt(r, r->p, "no whole number here");
	r->p = next;
	return PYPROF_OK;
}

/* What is in the run before becomes the one that follows. */
static enum pyprof_status take_run(struct reader *r, struct timeline_run *run)
{
	const uint8_t *where = r->p;
	uint64_t head, gap = 0, length;
	int64_t number;

	run->looks = 1;
	if (take(r, &head) || ((head & TIMELINE_HAS_LOOKS) && take(r, &run->looks)) ||
	    ((head & TIMELINE_HAS_GAP) && take(r, &gap)) || take(r, &length))
		return PYPROF_ERR_CORRUPT;
	if (!run->looks)
		return corrupt(r, where, "a run of no looks");
	if (gap > TIMELINE_NS_MAX || length > TIMELINE_NS_MAX ||
	    run->end_ns + (int64_t)gap + (int64_t)length > TIMELINE_NS_MAX)
		return corrupt(r, where, "a time that is too far away");
	number = run->sample + varint_unzigzag(head >> 2);
	if (number < 0 || (uint64_t)number >= r->n_samples)
		return corrupt(r, where, "there is no such sample");
	run->sample = (uint32_t)number;
	run->begin_ns = run->end_ns + (int64_t)gap;
	run->end_ns = run->begin_ns + (int64_t)length;
	return PYPROF_OK;
}

static enum pyprof_status keep(struct reader *r, uint32_t *stream, unsigned level,
			       const struct timeline_run *run)
{
	uint32_t thread = r->profile->samples[run->sample].thread;

	if (*stream == PROFILE_NONE)
		*stream = timeline_add_stream(r->timeline, thread);
	if (*stream == PROFILE_NONE) {
		r->timeline->lost = profile_add_saturating(r->timeline->lost, run->looks);
		return r->timeline->full ? PYPROF_OK : error_nomem(r->err);
	}
	if (r->timeline->streams[*stream].thread != thread)
		return corrupt(r, r->p, "samples of several threads in one stream");
	if (timeline_append(r->timeline, *stream, run, 1ull << (r->timeline->level - level)) ||
	    r->timeline->full)
		return PYPROF_OK;
	return error_nomem(r->err);
}

static enum pyprof_status read_stream(struct reader *r, unsigned level)
{
	struct timeline_run run = { .sample = 0 };
	uint32_t stream = PROFILE_NONE;
	const uint8_t *where = r->p;
	enum pyprof_status status;
	uint64_t n, first;

	status = take(r, &n);
	if (!status && !n)
		return corrupt(r, where, "a stream of no runs");
	where = r->p;
	if (!status)
		status = take(r, &first);
	if (status)
		return status;
	run.end_ns = varint_unzigzag(first);
	if (run.end_ns < -TIMELINE_NS_MAX || run.end_ns > TIMELINE_NS_MAX)
		return corrupt(r, where, "a time that is too far away");
	for (; !status && n; n--) {
		struct timeline_run known;

		status = take_run(r, &run);
		if (status)
			break;
		known = run;
		known.sample = r->samples[run.sample];
		if (known.sample >= r->profile->n_samples)
			status = corrupt(r, r->p, "there is no such sample");
		else
			status = keep(r, &stream, level, &known);
	}
	return status;
}

static enum pyprof_status read_all(struct reader *r)
{
	uint64_t version, level = 0;
	const uint8_t *where;
	enum pyprof_status status = take(r, &version);

	if (!status && version != TIMELINE_VERSION)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "byte %" PRIu64 ": timeline: version %" PRIu64
				 " is not known: this reads version %u",
				 r->at, version, TIMELINE_VERSION);
	where = r->p;
	if (!status)
		status = take(r, &level);
	if (!status && level > TIMELINE_LEVEL_MAX)
		return corrupt(r, where, "one look in so many is none at all");
	r->timeline->level = (unsigned)level;
	if (!status)
		status = take(r, &r->timeline->lost);
	while (!status && r->p < r->end)
		status = read_stream(r, (unsigned)level);
	return status;
}

enum pyprof_status timeline_read(struct profile *profile, const void *bytes, size_t len,
				 uint64_t at, const uint32_t *samples, size_t n,
				 struct pyprof_error *err)
{
	struct reader r = { .start = bytes,
			    .p = bytes,
			    .end = (const uint8_t *)bytes + len,
			    .at = at,
			    .profile = profile,
			    .timeline = timeline_create(TIMELINE_BUDGET),
			    .samples = samples,
			    .n_samples = n,
			    .err = err };
	enum pyprof_status status = r.timeline ? read_all(&r) : error_nomem(err);

	if (status)
		timeline_destroy(r.timeline);
	else
		profile->timeline = r.timeline;
	return status;
}
