/* SPDX-License-Identifier: MIT */
#include "profile/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "profile/pair_files.h"
#include "profile/pair_renames.h"
#include "profile/pair_threads.h"

struct build {
	struct pair *pair;
	struct profile *joined;
	const struct match *match;
	const struct match_side *sides;
	uint32_t *functions;	   /* by function of the match: the joined one */
	uint32_t **threads[SIDES]; /* pair_threads() */
	struct pair_files files;
};

/* ---- metrics ---------------------------------------------------------------------- */

static void list_metrics(struct str *out, const struct profile *p)
{
	for (size_t i = 0; i < p->n_metrics; i++)
		str_printf(out, "%s%s/%s", i ? ", " : "", p->metrics[i].name,
			   p->metrics[i].unit);
}

static enum pyprof_status none_in_common(const struct match_side sides[SIDES],
					 struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str base = STR_INIT;
	_cleanup_(str_deinit) struct str head = STR_INIT;

	list_metrics(&base, sides[SIDE_BASE].profiles[0]);
	list_metrics(&head, sides[SIDE_HEAD].profiles[0]);
	return error_set(err, PYPROF_ERR_USAGE,
			 "no metric is in all profiles: the base has %.200s, the head %.200s",
			 str_cstr(&base), str_cstr(&head));
}

/* Those that all have, for both sides. */
static enum pyprof_status make_joined(struct build *b, struct pyprof_error *err)
{
	const struct profile *first;
	struct profile_metric metrics[2 * PROFILE_MAX_METRICS];
	size_t n = 0, usual = 0;
	enum pyprof_status status;

	if (!b->sides[SIDE_BASE].n || !b->sides[SIDE_HEAD].n)
		return error_set(err, PYPROF_ERR_USAGE, "a side has no profile");
	first = b->sides[SIDE_HEAD].profiles[0];
	for (size_t i = 0; i < first->n_metrics; i++) {
		const char *name = first->metrics[i].name, *unit = first->metrics[i].unit;

		/* Of two of one name the first is all that can be found. */
		if (profile_find_metric(first, name, unit) != i ||
		    !match_all_have(b->sides, name, unit))
			continue;
		if (i == first->default_metric)
			usual = n;
		metrics[n++] = first->metrics[i];
	}
	if (!n)
		return none_in_common(b->sides, err);
	if (n > PROFILE_MAX_METRICS / 2)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "the profiles have %zu metrics in common, more than %d", n,
				 PROFILE_MAX_METRICS / 2);
	memcpy(metrics + n, metrics, n * sizeof(*metrics));
	b->pair->n_metrics = n;
	status = profile_create(&b->pair->profile, metrics, 2 * n, err);
	if (status)
		return status;
	b->joined = b->pair->profile;
	b->joined->default_metric = usual;
	if (!profile_info_copy(&b->joined->info, &first->info))
		return error_nomem(err);
	for (size_t i = 1; i < b->sides[SIDE_HEAD].n; i++)
		if (!profile_info_merge(&b->joined->info,
					&b->sides[SIDE_HEAD].profiles[i]->info))
			return error_nomem(err);
	return PYPROF_OK;
}

/* ---- functions ---------------------------------------------------------------------- */

/* An id that no other function of the match has; where lines collide, without its line. */
static uint32_t own_function(struct build *b, const struct match_function *f)
{
	struct profile *joined = b->joined;
	uint32_t name = profile_string(joined, f->name, f->name_len), file = pair_file(&b->files, joined, f);
	int32_t line = f->in[SIDE_HEAD] ? f->line[SIDE_HEAD] : f->line[SIDE_BASE];
	size_t n = joined->n_functions;
	uint32_t id = profile_function(joined, name, file, line);

	if (id != PROFILE_NONE && joined->n_functions == n)
		id = profile_function(joined, name, file, 0);
	/* That, too, was there already: what profile_function() finds is another one. */
	if (id != PROFILE_NONE && joined->n_functions == n) {
		if (!array_grow(joined->functions, n, joined->cap_functions))
			return PROFILE_NONE;
		joined->functions[n] = joined->functions[id];
		id = (uint32_t)joined->n_functions++;
	}
	return id;
}

static bool add_functions(struct build *b)
{
	const struct match *match = b->match;

	b->functions = profile_id_table(match->n);
	b->pair->match_of = profile_id_table(match->n);
	b->pair->in = calloc(match->n + 1, sizeof(*b->pair->in));
	if (!b->functions || !b->pair->match_of || !b->pair->in)
		return false;
	/* The head's first: theirs are the lines that are kept. */
	for (size_t pass = 0; pass < SIDES; pass++) {
		for (size_t i = 0; i < match->n; i++) {
			const struct match_function *f = &match->functions[i];
			uint32_t id;

			if (f->in[SIDE_HEAD] != (pass == 0))
				continue;
			id = own_function(b, f);
			if (id == PROFILE_NONE)
				return false;
			b->functions[i] = id;
			if (b->pair->match_of[id] == PROFILE_NONE)
				b->pair->match_of[id] = (uint32_t)i;
			b->pair->in[id] |= (uint32_t)f->in[SIDE_BASE] << SIDE_BASE |
					   (uint32_t)f->in[SIDE_HEAD] << SIDE_HEAD;
		}
	}
	return true;
}

/* ---- the tree ------------------------------------------------------------------------ */

/* A line where the head has it, if the function's start tells by how much it moved. */
static int32_t moved_line(const struct match_function *f, const struct profile_function *own,
			  enum side side, int32_t line)
{
	int64_t there;

	/* Where several functions are one it is not known how far this one moved. */
	if (side == SIDE_HEAD || line <= 0 || !f->in[SIDE_HEAD] || f->line[SIDE_HEAD] <= 0 ||
	    f->line[SIDE_BASE] <= 0 || own->start_line != f->line[SIDE_BASE])
		return line;
	there = (int64_t)line + f->line[SIDE_HEAD] - f->line[SIDE_BASE];
	return there > 0 && there <= INT32_MAX ? (int32_t)there : line;
}

/* By location of the profile; the caller frees it. NULL: no memory. */
static uint32_t *join_locations(struct build *b, enum side side, size_t index)
{
	const struct profile *from = b->sides[side].profiles[index];
	const uint32_t *of = b->match->of[side][index];
	uint32_t *table = profile_id_table(from->n_locations);

	for (size_t i = 0; table && i < from->n_locations; i++) {
		const struct profile_location *l = &from->locations[i];
		uint32_t f = of[l->function];

		table[i] = profile_location(b->joined, b->functions[f],
					    moved_line(&b->match->functions[f],
						       &from->functions[l->function], side,
						       l->line),
					    l->column);
		if (table[i] == PROFILE_NONE) {
			free(table);
			return NULL;
		}
	}
	return table;
}

static bool join_nodes(struct build *b, const struct profile *from, const uint32_t *locations,
		       uint32_t *nodes)
{
	nodes[PROFILE_ROOT] = PROFILE_ROOT;
	for (size_t i = PROFILE_ROOT + 1; i < from->n_nodes; i++) {
		const struct profile_node *n = &from->nodes[i];

		nodes[i] = profile_node(b->joined, nodes[n->parent], locations[n->location]);
		if (nodes[i] == PROFILE_NONE)
			return false;
	}
	return true;
}

static bool join_samples(struct build *b, enum side side, size_t index, const uint32_t *nodes)
{
	const struct profile *from = b->sides[side].profiles[index];
	const uint32_t *threads = b->threads[side][index];
	uint64_t values[PROFILE_MAX_METRICS] = { 0 };
	size_t at[PROFILE_MAX_METRICS];

	for (size_t m = 0; m < b->pair->n_metrics; m++)
		at[m] = profile_find_metric(from, b->joined->metrics[m].name,
					    b->joined->metrics[m].unit);
	for (size_t i = 0; i < from->n_samples; i++) {
		const struct profile_sample *s = &from->samples[i];
		uint32_t thread = s->thread == PROFILE_NONE ? PROFILE_NONE : threads[s->thread];

		for (size_t m = 0; m < b->pair->n_metrics; m++)
			values[pair_metric(b->pair, m, side)] =
				from->values[i * from->n_metrics + at[m]];
		if (!profile_add(b->joined, nodes[s->node], thread, s->marks, values))
			return false;
	}
	return true;
}

static bool join_profile(struct build *b, enum side side, size_t index)
{
	const struct profile *from = b->sides[side].profiles[index];
	uint32_t *locations = join_locations(b, side, index);
	uint32_t *nodes = profile_id_table(from->n_nodes);
	bool ok = locations && nodes && join_nodes(b, from, locations, nodes) &&
		  join_samples(b, side, index, nodes);

	free(nodes);
	free(locations);
	return ok;
}

static bool join(struct build *b)
{
	if (!add_functions(b) || !pair_threads(b->joined, b->sides, b->threads))
		return false;
	for (size_t side = SIDES; side-- > 0;)
		for (size_t i = 0; i < b->sides[side].n; i++)
			if (!join_profile(b, (enum side)side, i))
				return false;
	return true;
}

enum pyprof_status pair_create(struct pair **out, const struct match *match,
			       const struct match_side sides[SIDES], struct pyprof_error *err)
{
	struct build b = { .pair = calloc(1, sizeof(*b.pair)), .match = match, .sides = sides };
	enum pyprof_status status = b.pair ? make_joined(&b, err) : error_nomem(err);

	*out = NULL;
	if (!status && (!join(&b) || !pair_find_renames(b.pair)))
		status = error_nomem(err);
	pair_threads_free(sides, b.threads);
	free(b.functions);
	pair_files_deinit(&b.files);
	if (status)
		pair_destroy(b.pair);
	else
		*out = b.pair;
	return status;
}

void pair_destroy(struct pair *pair)
{
	if (!pair)
		return;
	profile_destroy(pair->profile);
	free(pair->match_of);
	free(pair->in);
	free(pair->renames);
	free(pair);
}
