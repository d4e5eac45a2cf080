/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The node that every stack starts at; it has no location and is never looked up. */
static bool add_root(struct profile *profile)
{
	if (!array_grow(profile->nodes, profile->n_nodes, profile->cap_nodes))
		return false;
	profile->nodes[profile->n_nodes++] =
		(struct profile_node){ .parent = PROFILE_NONE, .location = PROFILE_NONE };
	return true;
}

/* The set of no labels, which has id 0. */
static bool add_empty_label_set(struct profile *profile)
{
	if (!array_grow(profile->label_sets, profile->n_label_sets, profile->cap_label_sets))
		return false;
	profile->label_sets[profile->n_label_sets++] = (struct profile_label_set){ 0 };
	return true;
}

static bool copy_metrics(struct profile *profile, const struct profile_metric *metrics,
			 size_t n)
{
	for (; profile->n_metrics < n; profile->n_metrics++) {
		struct profile_metric *to = &profile->metrics[profile->n_metrics];

		to->name = strdup(metrics[profile->n_metrics].name);
		to->unit = strdup(metrics[profile->n_metrics].unit);
		if (!to->name || !to->unit) {
			profile->n_metrics++;
			return false;
		}
	}
	return true;
}

enum pyprof_status profile_create(struct profile **out, const struct profile_metric *metrics,
				  size_t n_metrics, struct pyprof_error *err)
{
	struct profile *profile;

	*out = NULL;
	if (!n_metrics || n_metrics > PROFILE_MAX_METRICS)
		return error_set(err, PYPROF_ERR_USAGE,
				 "a profile has 1 to %d metrics, not %zu", PROFILE_MAX_METRICS,
				 n_metrics);
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return error_nomem(err);
	if (!copy_metrics(profile, metrics, n_metrics) || profile_string(profile, "", 0) != 0 ||
	    !add_root(profile) || !add_empty_label_set(profile)) {
		profile_destroy(profile);
		return error_nomem(err);
	}
	*out = profile;
	return PYPROF_OK;
}

void profile_destroy(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < profile->n_strings; i++)
		free(profile->strings[i]);
	free(profile->strings);
	free(profile->string_lengths);
	free(profile->functions);
	free(profile->locations);
	free(profile->nodes);
	free(profile->threads);
	free(profile->processes);
	free(profile->labels);
	free(profile->label_sets);
	free(profile->mappings);
	free(profile->samples);
	free(profile->values);
	free(profile->sources);
	free(profile->next_touched);
	timeline_destroy(profile->timeline);
	map_deinit(&profile->string_map);
	map_deinit(&profile->function_map);
	map_deinit(&profile->location_map);
	map_deinit(&profile->node_map);
	map_deinit(&profile->process_map);
	map_deinit(&profile->label_map);
	map_deinit(&profile->mapping_map);
	map_deinit(&profile->sample_map);
	for (size_t i = 0; i < profile->n_metrics; i++) {
		free((char *)profile->metrics[i].name);
		free((char *)profile->metrics[i].unit);
	}
	profile_info_deinit(&profile->info);
	free(profile);
}

char **profile_info_text(struct profile_info *info, size_t i)
{
	char **const texts[PROFILE_INFO_TEXTS] = { &info->command,	&info->python_version,
						   &info->cwd,		&info->comments,
						   &info->period_type, &info->period_unit,
						   &info->revision, &info->machine,
						   &info->ended };

	return texts[i];
}

bool profile_info_copy(struct profile_info *copy, const struct profile_info *from)
{
	bool ok = true;

	*copy = *from;
	for (size_t i = 0; i < PROFILE_INFO_TEXTS; i++)
		*profile_info_text(copy, i) = NULL;
	for (size_t i = 0; i < PROFILE_INFO_TEXTS; i++) {
		const char *text = *profile_info_text((struct profile_info *)from, i);

		if (text)
			ok &= (*profile_info_text(copy, i) = strdup(text)) != NULL;
	}
	if (!ok)
		profile_info_deinit(copy);
	return ok;
}

void profile_info_deinit(struct profile_info *info)
{
	for (size_t i = 0; i < PROFILE_INFO_TEXTS; i++)
		free(*profile_info_text(info, i));
	*info = (struct profile_info){ 0 };
}

bool profile_add(struct profile *profile, uint32_t node, uint32_t thread, uint32_t marks,
		 const uint64_t *values)
{
	struct profile_sample key = { .node = node, .thread = thread, .marks = marks };

	return profile_add_to(profile, &key, values);
}

static uint64_t add_signed(uint64_t a, uint64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow((int64_t)a, (int64_t)b, &sum))
		sum = (int64_t)a < 0 ? INT64_MIN : INT64_MAX;
	return (uint64_t)sum;
}

static void add_values(struct profile *profile, uint32_t id, const uint64_t *values)
{
	uint64_t *sums = profile->values + id * profile->n_metrics;

	for (size_t i = 0; i < profile->n_metrics; i++)
		sums[i] = profile->is_difference ? add_signed(sums[i], values[i]) :
						   profile_add_saturating(sums[i], values[i]);
	profile_touch(profile, id);
}

bool profile_add_to(struct profile *profile, const struct profile_sample *key,
		    const uint64_t *values)
{
	uint32_t id = profile_sample(profile, key);

	if (id != PROFILE_NONE)
		add_values(profile, id, values);
	return id != PROFILE_NONE;
}

bool profile_add_look(struct profile *profile, uint32_t node, uint32_t thread, uint32_t marks,
		      const uint64_t *values, uint64_t now_ns, uint64_t ns)
{
	struct profile_sample key = { .node = node, .thread = thread, .marks = marks };
	uint32_t id = profile_sample(profile, &key);

	if (id == PROFILE_NONE)
		return false;
	add_values(profile, id, values);
	if (profile->timeline)
		timeline_look(profile->timeline, thread, id, now_ns, ns);
	return true;
}

uint32_t *profile_id_table(size_t n)
{
	uint32_t *table = malloc((n + 1) * sizeof(*table));

	if (table)
		memset(table, 0xff, (n + 1) * sizeof(*table));
	return table;
}

bool profile_watch(struct profile *profile)
{
	size_t room = profile->n_samples ? profile->n_samples : 1;

	if (!array_reserve((void **)&profile->next_touched, &profile->cap_touched, room,
			   sizeof(*profile->next_touched)))
		return false;
	memset(profile->next_touched, 0xff, room * sizeof(*profile->next_touched));
	profile->first_touched = PROFILE_NONE;
	profile->watched = true;
	return true;
}

void profile_forget_touched(struct profile *profile)
{
	uint32_t *next = profile->next_touched;

	while (profile->first_touched != PROFILE_NONE) {
		uint32_t at = profile->first_touched;

		profile->first_touched = next[at] == at ? PROFILE_NONE : next[at];
		next[at] = PROFILE_NONE;
	}
}

size_t profile_find_metric(const struct profile *profile, const char *name, const char *unit)
{
	for (size_t i = 0; i < profile->n_metrics; i++)
		if (!strcmp(profile->metrics[i].name, name) &&
		    (!unit || !strcmp(profile->metrics[i].unit, unit)))
			return i;
	return SIZE_MAX;
}

uint64_t profile_total(const struct profile *profile, size_t metric)
{
	uint64_t total = 0;

	if (metric >= profile->n_metrics)
		return 0;
	for (size_t i = 0; i < profile->n_samples; i++)
		total = profile_add_saturating(
			total, profile->values[i * profile->n_metrics + metric]);
	return total;
}

void profile_keep_metrics(struct profile *profile, const size_t *metrics, size_t n)
{
	struct profile_metric old[PROFILE_MAX_METRICS];
	uint64_t values[PROFILE_MAX_METRICS];
	size_t had = profile->n_metrics, usual = 0;

	memcpy(old, profile->metrics, sizeof(old));
	for (size_t i = 0; i < profile->n_samples; i++) {
		memcpy(values, profile->values + i * had, had * sizeof(*values));
		for (size_t k = 0; k < n; k++)
			profile->values[i * n + k] = values[metrics[k]];
	}
	for (size_t k = 0; k < n; k++) {
		profile->metrics[k] = old[metrics[k]];
		old[metrics[k]] = (struct profile_metric){ 0 };
		if (metrics[k] == profile->default_metric)
			usual = k;
	}
	for (size_t i = 0; i < had; i++) {
		free((char *)old[i].name);
		free((char *)old[i].unit);
	}
	profile->n_metrics = n;
	profile->default_metric = usual;
}

const char *profile_str(const struct profile *profile, uint32_t string_id)
{
	return string_id < profile->n_strings ? profile->strings[string_id] : "";
}
