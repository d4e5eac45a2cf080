/* SPDX-License-Identifier: MIT */
/*
 * Adding one profile to another.
 *
 * Ids differ between the two, so every table of `from` is interned into `into` and remembered
 * in a table of ids. That can run out of memory half-way; values are added after it, in a
 * pass that cannot fail, so a failed merge counts nothing.
 */
#include "profile/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"

/* For each table, the id in `into` of each element of `from`. */
struct translation {
	uint32_t *strings, *functions, *locations, *nodes, *processes, *threads, *label_sets,
		*samples;
};

static void translation_deinit(struct translation *t)
{
	free(t->strings);
	free(t->functions);
	free(t->locations);
	free(t->nodes);
	free(t->processes);
	free(t->threads);
	free(t->label_sets);
	free(t->samples);
}

static uint32_t *id_table(size_t n)
{
	return calloc(n + 1, sizeof(uint32_t)); /* never of size 0, whose NULL means nothing */
}

static bool translation_init(struct translation *t, const struct profile *from)
{
	t->strings = id_table(from->n_strings);
	t->functions = id_table(from->n_functions);
	t->locations = id_table(from->n_locations);
	t->nodes = id_table(from->n_nodes);
	t->processes = id_table(from->n_processes);
	t->threads = id_table(from->n_threads);
	t->label_sets = id_table(from->n_label_sets);
	t->samples = id_table(from->n_samples);
	return t->strings && t->functions && t->locations && t->nodes && t->processes &&
	       t->threads && t->label_sets && t->samples;
}

static bool intern_code(struct profile *into, const struct profile *from,
			struct translation *t)
{
	for (size_t i = 0; i < from->n_strings; i++) {
		t->strings[i] =
			profile_string(into, from->strings[i], from->string_lengths[i]);
		if (t->strings[i] == PROFILE_NONE)
			return false;
	}
	for (size_t i = 0; i < from->n_functions; i++) {
		const struct profile_function *f = &from->functions[i];

		t->functions[i] = profile_function(into, t->strings[f->name],
						   t->strings[f->file], f->start_line);
		if (t->functions[i] == PROFILE_NONE)
			return false;
	}
	for (size_t i = 0; i < from->n_locations; i++) {
		const struct profile_location *l = &from->locations[i];

		t->locations[i] = profile_location(into, t->functions[l->function], l->line,
						   l->column);
		if (t->locations[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

static uint64_t thread_hash(const struct profile_thread *t)
{
	return hash_pair((uint64_t)t->process << 32 | t->name, t->tid);
}

static bool thread_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_thread *t = (const struct profile_thread *)entries + index;
	const struct profile_thread *k = key;

	return t->process == k->process && t->tid == k->tid && t->name == k->name;
}

/* The threads that are there, the first of those that are equal. */
static bool map_threads(struct map *map, const struct profile *profile)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < profile->n_threads; i++) {
		const struct profile_thread *t = &profile->threads[i];
		uint64_t hash = thread_hash(t);

		if (map_find(map, hash, thread_equal, profile->threads, t) == MAP_NONE)
			ok = map_insert(map, hash, i);
	}
	return ok;
}

/* The equal one of `map`, where there is a map and such a thread; else a new one. */
static uint32_t join_thread(struct profile *into, const struct profile_thread *key,
			    struct map *map)
{
	uint64_t hash = thread_hash(key);
	uint32_t id = map ? map_find(map, hash, thread_equal, into->threads, key) : MAP_NONE;

	if (id != MAP_NONE)
		return id;
	id = profile_thread(into, key->process, key->tid, key->name);
	return !map || id == PROFILE_NONE || map_insert(map, hash, id) ? id : PROFILE_NONE;
}

/* `map` NULL: threads of the two stay apart. */
static bool intern_threads(struct profile *into, const struct profile *from,
			   struct translation *t, struct map *map)
{
	for (size_t i = 0; i < from->n_processes; i++) {
		const struct profile_process *p = &from->processes[i];

		t->processes[i] = profile_process(into, p->pid, t->strings[p->command]);
		if (t->processes[i] == PROFILE_NONE)
			return false;
	}
	for (size_t i = 0; i < from->n_threads; i++) {
		struct profile_thread thread = from->threads[i];

		thread.process = t->processes[thread.process];
		thread.name = t->strings[thread.name];
		t->threads[i] = join_thread(into, &thread, map);
		if (t->threads[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

/* `more`: a label of `into` that all get, key PROFILE_NONE: none. */
static bool intern_labels(struct profile *into, const struct profile *from,
			  struct translation *t, const struct profile_label *more)
{
	struct profile_label *labels = NULL;
	bool has_more = more->key != PROFILE_NONE;
	size_t cap = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < from->n_label_sets; i++) {
		const struct profile_label_set *set = &from->label_sets[i];

		ok = array_reserve((void **)&labels, &cap, set->n + 2u, sizeof(*labels));
		for (size_t k = 0; ok && k < set->n; k++) {
			const struct profile_label *l = &from->labels[set->first + k];

			labels[k] = (struct profile_label){ .key = t->strings[l->key],
							    .text = t->strings[l->text],
							    .number = l->number,
							    .unit = t->strings[l->unit] };
		}
		if (ok && has_more)
			labels[set->n] = *more;
		if (ok)
			t->label_sets[i] =
				profile_label_set(into, labels, (size_t)set->n + has_more);
		ok = ok && t->label_sets[i] != PROFILE_NONE;
	}
	free(labels);
	return ok;
}

static bool intern_mappings(struct profile *into, const struct profile *from,
			   const struct translation *t)
{
	for (size_t i = 0; i < from->n_mappings; i++) {
		struct profile_mapping mapping = from->mappings[i];

		mapping.file = t->strings[mapping.file];
		mapping.build_id = t->strings[mapping.build_id];
		if (profile_mapping(into, &mapping) == PROFILE_NONE)
			return false;
	}
	return true;
}

static bool intern_samples(struct profile *into, const struct profile *from,
			   struct translation *t)
{
	t->nodes[PROFILE_ROOT] = PROFILE_ROOT;
	for (size_t i = PROFILE_ROOT + 1; i < from->n_nodes; i++) {
		const struct profile_node *n = &from->nodes[i];

		t->nodes[i] =
			profile_node(into, t->nodes[n->parent], t->locations[n->location]);
		if (t->nodes[i] == PROFILE_NONE)
			return false;
	}
	for (size_t i = 0; i < from->n_samples; i++) {
		const struct profile_sample *s = &from->samples[i];
		struct profile_sample key = { .node = t->nodes[s->node],
					      .thread = s->thread,
					      .marks = s->marks,
					      .labels = t->label_sets[s->labels] };

		if (key.thread != PROFILE_NONE)
			key.thread = t->threads[key.thread];
		t->samples[i] = profile_sample(into, &key);
		if (t->samples[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

/* ---- the info --------------------------------------------------------------- */

static bool has_line(const char *lines, const char *line, size_t len)
{
	for (; lines; lines = strchr(lines, '\n')) {
		lines += *lines == '\n';
		if (!strncmp(lines, line, len) && (lines[len] == '\n' || !lines[len]))
			return true;
	}
	return false;
}

/* Puts into info->comments what others say of either profile, each line once. */
static bool join_comments(struct profile_info *info, const char *first)
{
	struct str all = STR_INIT;

	if (!first)
		return true;
	str_add_cstr(&all, first);
	for (const char *line = info->comments; line && *line;) {
		size_t len = strcspn(line, "\n");

		if (!has_line(first, line, len)) {
			str_add_char(&all, '\n');
			str_add(&all, line, len);
		}
		line += len + (line[len] == '\n');
	}
	free(info->comments);
	info->comments = str_take(&all);
	return info->comments != NULL;
}

static void merge_text(char **into, const char *from)
{
	if (*into && (!from || strcmp(*into, from) != 0)) {
		free(*into);
		*into = NULL;
	}
}

static void sum(uint64_t *into, uint64_t from)
{
	*into = profile_add_saturating(*into, from);
}

/* What one of the two does not know is not known of both. */
static void sum_known(uint64_t *into, uint64_t from)
{
	*into = *into && from ? profile_add_saturating(*into, from) : 0;
}

static void merge_stats(struct pyprof_stats *into, const struct pyprof_stats *from)
{
	sum(&into->ticks, from->ticks);
	sum(&into->late_ticks, from->late_ticks);
	sum(&into->samples, from->samples);
	sum(&into->idle, from->idle);
	sum(&into->empty, from->empty);
	for (int i = 0; i < PYPROF_N_CAUSES; i++) {
		sum(&into->truncated[i], from->truncated[i]);
		sum(&into->failed[i], from->failed[i]);
	}
	sum(&into->elapsed_ns, from->elapsed_ns);
	sum(&into->cpu_ns, from->cpu_ns);
	sum(&into->lost_frames, from->lost_frames);
	sum(&into->read_once, from->read_once);
	sum(&into->paused, from->paused);
	sum(&into->paused_ns, from->paused_ns);
	sum(&into->unpaused_budget, from->unpaused_budget);
	sum(&into->unpaused_refused, from->unpaused_refused);
	into->processes += from->processes;
	into->processes_missed += from->processes_missed;
	if (from->lowest_rate_hz > 0 &&
	    (into->lowest_rate_hz <= 0 || from->lowest_rate_hz < into->lowest_rate_hz))
		into->lowest_rate_hz = from->lowest_rate_hz;
	if (into->rate_asked_hz != from->rate_asked_hz)
		into->rate_asked_hz = 0;
	into->rate_hz = into->elapsed_ns ?
				(double)into->ticks * 1e9 / (double)into->elapsed_ns :
				0;
	if (into->threads < from->threads)
		into->threads = from->threads;
	if (into->timeline_every < from->timeline_every)
		into->timeline_every = from->timeline_every;
	sum(&into->timeline_lost, from->timeline_lost);
	sum_known(&into->run_cpu_ns, from->run_cpu_ns);
	sum_known(&into->run_wall_ns, from->run_wall_ns);
}

/* `comments` of both, the profile's from now on. */
static void merge_info(struct profile_info *into, const struct profile_info *from,
		       char *comments)
{
	for (size_t i = 0; i < PROFILE_INFO_TEXTS; i++)
		merge_text(profile_info_text(into, i),
			   *profile_info_text((struct profile_info *)from, i));
	free(into->comments);
	into->comments = comments;
	if (into->period != from->period)
		into->period = 0;
	if (into->pid != from->pid)
		into->pid = 0;
	/* Keep in step with merge_times(). */
	if (!into->start_realtime_ns || (from->start_realtime_ns &&
					 from->start_realtime_ns < into->start_realtime_ns))
		into->start_realtime_ns = from->start_realtime_ns;
	merge_stats(&into->stats, &from->stats);
}

bool profile_info_merge(struct profile_info *into, const struct profile_info *from)
{
	struct profile_info copy;
	bool ok;

	if (!profile_info_copy(&copy, from))
		return false;
	ok = join_comments(&copy, into->comments);
	if (ok)
		merge_info(into, from, take_ptr(copy.comments));
	profile_info_deinit(&copy);
	return ok;
}

/* Takes over the copies. */
static void replace_info(struct profile_info *into, struct profile_info *copies)
{
	profile_info_deinit(into);
	*into = *copies;
	*copies = (struct profile_info){ 0 };
}

/* ---- the times -------------------------------------------------------------- */

/* By how much the times of `into` and `from` grow, where `into` begins with the earlier one. */
static void shifts(const struct profile *into, const struct profile *from, int64_t *into_ns,
		   int64_t *from_ns)
{
	int64_t a = into->info.start_realtime_ns, b = from->info.start_realtime_ns;
	int64_t later = 0;

	*into_ns = *from_ns = 0;
	if (!a || !b || __builtin_sub_overflow(b, a, &later) || later > TIMELINE_NS_MAX ||
	    later < -TIMELINE_NS_MAX)
		return;
	*into_ns = later < 0 ? -later : 0;
	*from_ns = later > 0 ? later : 0;
	/* Files may say anything; what cannot be told apart in 64 bits is put side by side. */
	if ((into->timeline && timeline_end(into->timeline) + *into_ns > TIMELINE_NS_MAX) ||
	    (from->timeline && timeline_end(from->timeline) + *from_ns > TIMELINE_NS_MAX))
		*into_ns = *from_ns = 0;
}

/* Were samples taken of which nobody knows when? Theirs would count at the others' times. */
static bool lacks_times(const struct profile *profile, size_t n_samples)
{
	return n_samples && !profile->timeline;
}

/*
 * `n_samples`: how many `into` had. On failure (no memory) the times of `into` are as they were, but
 * may be fewer.
 */
static bool merge_times(struct profile *into, size_t n_samples, const struct profile *from,
			const struct translation *t)
{
	bool new = !into->timeline;
	int64_t into_ns, from_ns;

	if (lacks_times(into, n_samples) || lacks_times(from, from->n_samples)) {
		timeline_destroy(into->timeline);
		into->timeline = NULL;
		return true;
	}
	if (!from->timeline && new)
		return true;
	shifts(into, from, &into_ns, &from_ns);
	if (from->timeline) {
		if (new)
			into->timeline = timeline_create(TIMELINE_BUDGET);
		if (!into->timeline ||
		    !timeline_add(into->timeline, from->timeline, t->samples, t->threads,
				  from_ns - into_ns)) {
			if (new) {
				timeline_destroy(into->timeline);
				into->timeline = NULL;
			}
			return false;
		}
	}
	timeline_shift(into->timeline, into_ns);
	return true;
}

/* ---- merging ---------------------------------------------------------------- */

static bool same_metrics(const struct profile *a, const struct profile *b)
{
	if (a->n_metrics != b->n_metrics)
		return false;
	for (size_t i = 0; i < a->n_metrics; i++) {
		if (strcmp(a->metrics[i].name, b->metrics[i].name) != 0 ||
		    strcmp(a->metrics[i].unit, b->metrics[i].unit) != 0)
			return false;
	}
	return true;
}

/* Values above what a file can hold are as much as it can. */
static int64_t as_signed(uint64_t value)
{
	return value < INT64_MAX ? (int64_t)value : INT64_MAX;
}

static void subtract(uint64_t *into, uint64_t from)
{
	int64_t difference;

	if (__builtin_sub_overflow((int64_t)*into, as_signed(from), &difference))
		difference = INT64_MIN;
	*into = (uint64_t)difference;
}

static void add_values(struct profile *into, const struct profile *from,
		       const struct translation *t)
{
	size_t metrics = from->n_metrics;

	for (size_t i = 0; i < from->n_samples; i++) {
		for (size_t m = 0; m < metrics; m++)
			sum(&into->values[t->samples[i] * metrics + m],
			    from->values[i * metrics + m]);
		profile_touch(into, t->samples[i]);
	}
}

static void subtract_values(struct profile *into, const struct profile *from,
			    const struct translation *t)
{
	size_t metrics = from->n_metrics;

	for (size_t i = 0; i < into->n_samples * metrics; i++)
		into->values[i] = (uint64_t)as_signed(into->values[i]);
	for (size_t i = 0; i < from->n_samples; i++)
		for (size_t m = 0; m < metrics; m++)
			subtract(&into->values[t->samples[i] * metrics + m],
				 from->values[i * metrics + m]);
}

static enum pyprof_status check_mergeable(const struct profile *into, const struct profile *from,
					  struct pyprof_error *err)
{
	if (into == from)
		return error_set(err, PYPROF_ERR_USAGE,
				 "a profile cannot be merged with itself");
	if (into->is_difference || from->is_difference)
		return error_set(err, PYPROF_ERR_USAGE, "differences cannot be merged");
	if (!same_metrics(into, from))
		return error_set(err, PYPROF_ERR_USAGE,
				 "profiles of different metrics cannot be merged");
	return PYPROF_OK;
}

static bool intern_all(struct profile *into, const struct profile *from, struct translation *t,
		       enum merge_how how, bool label)
{
	struct profile_label more = { .key = PROFILE_NONE };
	struct map threads = MAP_INIT;
	bool ok = true;

	if (label) {
		more.key = profile_string(into, MERGE_BASE_LABEL, strlen(MERGE_BASE_LABEL));
		more.text = profile_string(into, "true", 4);
		ok = more.key != PROFILE_NONE && more.text != PROFILE_NONE;
	}
	if (how != MERGE_ADD)
		ok = ok && map_threads(&threads, into);
	ok = ok && intern_code(into, from, t) &&
	     intern_threads(into, from, t, how != MERGE_ADD ? &threads : NULL) &&
	     intern_labels(into, from, t, &more) && intern_mappings(into, from, t) &&
	     intern_samples(into, from, t);
	map_deinit(&threads);
	return ok;
}

enum pyprof_status profile_merge_how(struct profile *into, const struct profile *from,
				     enum merge_how how, bool label, struct pyprof_error *err)
{
	size_t n_samples = into->n_samples;
	bool fresh = !n_samples && !into->info.stats.ticks;
	enum pyprof_status status = check_mergeable(into, from, err);
	struct translation t = { 0 };
	struct profile_info info = { 0 };

	if (status)
		return status;
	if (how == MERGE_SUBTRACT) /* of an empty one, too, it is the base that is subtracted */
		fresh = false;
	if (!translation_init(&t, from) || !profile_info_copy(&info, &from->info) ||
	    (!fresh && !join_comments(&info, into->info.comments)) ||
	    !intern_all(into, from, &t, how, label) ||
	    (how == MERGE_ADD && !merge_times(into, n_samples, from, &t))) {
		status = error_nomem(err);
	} else {
		if (how == MERGE_SUBTRACT)
			subtract_values(into, from, &t);
		else
			add_values(into, from, &t);
		if (fresh)
			into->default_metric = from->default_metric;
		if (fresh)
			replace_info(&into->info, &info);
		else
			merge_info(&into->info, &from->info, take_ptr(info.comments));
		if (!into->timeline)
			into->info.stats.timeline_every = into->info.stats.timeline_lost = 0;
	}
	translation_deinit(&t);
	profile_info_deinit(&info);
	return status;
}

enum pyprof_status profile_merge(struct profile *into, const struct profile *from,
				 struct pyprof_error *err)
{
	return profile_merge_how(into, from, MERGE_ADD, false, err);
}
