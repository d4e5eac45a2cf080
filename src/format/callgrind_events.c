/* SPDX-License-Identifier: MIT */
/* Events of callgrind's format: which there are has to be known before the first cost. */
#include "format/callgrind.h"
#include "format/callgrind_reader.h"

size_t callgrind_find_event(const struct callgrind_reader *r, struct text word)
{
	size_t k = 0, len = (size_t)(word.end - word.p);

	while (k < r->n_events &&
	       ((size_t)(r->event_names[k].end - r->event_names[k].p) != len ||
		memcmp(word.p, r->event_names[k].p, len) != 0))
		k++;
	return k;
}

static enum pyprof_status add_events(struct callgrind_reader *r, struct text t)
{
	for (;;) {
		struct text word = next_word(&t);

		if (word.p == word.end)
			return PYPROF_OK;
		if (callgrind_find_event(r, word) < r->n_events)
			continue;
		if (r->n_events == PROFILE_MAX_METRICS)
			return callgrind_fail(r, PYPROF_ERR_LIMIT, word.p,
					      "more than 40 events");
		r->event_names[r->n_events++] = word;
	}
}

static enum pyprof_status find_events(struct callgrind_reader *r, struct text rest)
{
	enum pyprof_status status = PYPROF_OK;
	struct text t;

	while (!status && next_line(&rest, &t)) {
		r->line_number++;
		skip_spaces(&t);
		if (take(&t, "events:")) {
			status = add_events(r, t);
		} else if (take(&t, "creator:")) {
			skip_spaces(&t);
			r->from_us = r->from_us || word_is(t, CALLGRIND_CREATOR);
			r->has_totals =
				r->has_totals || r->from_us || take(&t, "callgrind");
		}
	}
	if (!status && !r->n_events)
		status = callgrind_fail(r, PYPROF_ERR_CORRUPT, rest.end,
					"it ends without the line \"events:\"");
	r->line_number = 0;
	return status;
}

/* Where our writer told how a metric is called: "event: wall : wall/nanoseconds". */
static bool told_name(struct text rest, struct text event, struct text *name,
		      struct text *unit)
{
	struct text t;

	while (next_line(&rest, &t)) {
		struct text word;
		const char *slash;

		if (!take(&t, "event:"))
			continue;
		word = next_word(&t);
		skip_spaces(&t);
		if (word.end - word.p != event.end - event.p ||
		    memcmp(word.p, event.p, (size_t)(event.end - event.p)) != 0 ||
		    !take(&t, ":"))
			continue;
		skip_spaces(&t);
		slash = memrchr(t.p, '/', (size_t)(t.end - t.p));
		if (!slash)
			continue;
		*name = (struct text){t.p, slash};
		*unit = (struct text){slash + 1, t.end};
		return true;
	}
	return false;
}

static enum pyprof_status make_profile(struct callgrind_reader *r, struct text all)
{
	struct profile_metric metrics[PROFILE_MAX_METRICS];
	struct str names[PROFILE_MAX_METRICS] = {0}, units[PROFILE_MAX_METRICS] = {0};
	enum pyprof_status status = PYPROF_OK;

	for (size_t k = 0; k < r->n_events; k++) {
		struct text name = r->event_names[k], unit = {NULL, NULL};

		if (!r->from_us || !told_name(all, r->event_names[k], &name, &unit))
			str_add_cstr(&units[k], "count");
		callgrind_clean(r, &names[k], name);
		if (unit.p)
			callgrind_clean(r, &units[k], unit);
		metrics[k] =
			(struct profile_metric){str_cstr(&names[k]), str_cstr(&units[k])};
		if (names[k].failed || units[k].failed)
			status = error_nomem(r->err);
	}
	if (!status)
		status = profile_create(&r->profile, metrics, r->n_events, r->err);
	for (size_t k = 0; k < r->n_events; k++) {
		str_deinit(&names[k]);
		str_deinit(&units[k]);
	}
	return status;
}

enum pyprof_status callgrind_begin(struct callgrind_reader *r, struct text all)
{
	enum pyprof_status status = find_events(r, all);

	return status ? status : make_profile(r, all);
}
