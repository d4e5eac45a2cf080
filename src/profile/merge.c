/* SPDX-License-Identifier: MIT */
/*
 * Adding one profile to another.
 *
 * Ids differ between the two, so every table of `from` is interned into `into` and remembered
 * in a table of ids. That can run out of memory half-way; values are added after it, in a
 * pass that cannot fail, so a failed merge counts nothing.
 */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

/* For each table, the id in `into` of each element of `from`. */
struct translation {
	uint32_t *strings, *functions, *locations, *nodes, *processes, *threads, *samples;
};

static void translation_deinit(struct translation *t)
{
	free(t->strings);
	free(t->functions);
	free(t->locations);
	free(t->nodes);
	free(t->processes);
	free(t->threads);
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
	t->samples = id_table(from->n_samples);
	return t->strings && t->functions && t->locations && t->nodes && t->processes &&
	       t->threads && t->samples;
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

		t->locations[i] = profile_location(into, t->functions[l->function], l->line);
		if (t->locations[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

static bool intern_threads(struct profile *into, const struct profile *from,
			   struct translation *t)
{
	for (size_t i = 0; i < from->n_processes; i++) {
		const struct profile_process *p = &from->processes[i];

		t->processes[i] = profile_process(into, p->pid, t->strings[p->command]);
		if (t->processes[i] == PROFILE_NONE)
			return false;
	}
	for (size_t i = 0; i < from->n_threads; i++) {
		const struct profile_thread *thread = &from->threads[i];

		t->threads[i] = profile_thread(into, t->processes[thread->process],
					       thread->tid, t->strings[thread->name]);
		if (t->threads[i] == PROFILE_NONE)
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
		uint32_t thread = s->thread;

		if (thread != PROFILE_NONE)
			thread = t->threads[thread];
		t->samples[i] = profile_sample(into, t->nodes[s->node], thread, s->marks);
		if (t->samples[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

/* ---- the info --------------------------------------------------------------- */

/* Texts of `from`'s that `into` shall have, copied before anything is changed. */
struct texts {
	char *command, *python_version, *cwd;
};

static bool copy_text(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return *out || !text;
}

static bool texts_init(struct texts *texts, const struct profile_info *info)
{
	return copy_text(&texts->command, info->command) &&
	       copy_text(&texts->python_version, info->python_version) &&
	       copy_text(&texts->cwd, info->cwd);
}

static void texts_deinit(struct texts *texts)
{
	free(texts->command);
	free(texts->python_version);
	free(texts->cwd);
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
	if (into->rate_asked_hz != from->rate_asked_hz)
		into->rate_asked_hz = 0;
	into->rate_hz = into->elapsed_ns ?
				(double)into->ticks * 1e9 / (double)into->elapsed_ns :
				0;
	if (into->threads < from->threads)
		into->threads = from->threads;
}

static void merge_info(struct profile_info *into, const struct profile_info *from)
{
	merge_text(&into->command, from->command);
	merge_text(&into->python_version, from->python_version);
	merge_text(&into->cwd, from->cwd);
	if (into->pid != from->pid)
		into->pid = 0;
	if (!into->start_realtime_ns || (from->start_realtime_ns &&
					 from->start_realtime_ns < into->start_realtime_ns))
		into->start_realtime_ns = from->start_realtime_ns;
	merge_stats(&into->stats, &from->stats);
}

/* Takes over `texts`. */
static void replace_info(struct profile_info *into, const struct profile_info *from,
			 struct texts *texts)
{
	free(into->command);
	free(into->python_version);
	free(into->cwd);
	*into = *from;
	into->command = texts->command;
	into->python_version = texts->python_version;
	into->cwd = texts->cwd;
	*texts = (struct texts){ 0 };
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

static void add_values(struct profile *into, const struct profile *from,
		       const struct translation *t)
{
	size_t metrics = from->n_metrics;

	for (size_t i = 0; i < from->n_samples; i++) {
		for (size_t m = 0; m < metrics; m++)
			sum(&into->values[t->samples[i] * metrics + m],
			    from->values[i * metrics + m]);
	}
}

enum pyprof_status profile_merge(struct profile *into, const struct profile *from,
				 struct pyprof_error *err)
{
	bool fresh = !into->n_samples && !into->info.stats.ticks;
	struct translation t = { 0 };
	struct texts texts = { 0 };
	enum pyprof_status status = PYPROF_OK;

	if (into == from)
		return error_set(err, PYPROF_ERR_USAGE,
				 "a profile cannot be merged with itself");
	if (!same_metrics(into, from))
		return error_set(err, PYPROF_ERR_USAGE,
				 "profiles of different metrics cannot be merged");
	if (!translation_init(&t, from) || !texts_init(&texts, &from->info) ||
	    !intern_code(into, from, &t) || !intern_threads(into, from, &t) ||
	    !intern_samples(into, from, &t)) {
		status = error_nomem(err);
	} else {
		add_values(into, from, &t);
		if (fresh)
			replace_info(&into->info, &from->info, &texts);
		else
			merge_info(&into->info, &from->info);
	}
	translation_deinit(&t);
	texts_deinit(&texts);
	return status;
}
