/* SPDX-License-Identifier: MIT */
#include "profile/pair_shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* What a function cost by one of its callers, callees or lines. */
struct piece {
	uint32_t function;
	enum shape_part part;
	uint64_t what;
	double cost;
};

struct build {
	const struct pair *pair;
	const struct profile *profile;
	struct piece *pieces;
	size_t n, cap;
	struct map map;
	double *total[SIDES]; /* by node, with all below it */
	double *self[SIDES];
	double *seen[SIDES]; /* samples, as total; NULL: not known */
	struct shape *shapes; /* by function */
	bool *wanted;	      /* by function: one of those whose pieces are looked at */
	double all[SIDES];
};

/* Which side has it alone; SIDES: both do. */
static enum side only_side(const struct build *b, uint32_t function)
{
	uint32_t in = b->pair->in[function];

	if (in == 1u << SIDE_BASE)
		return SIDE_BASE;
	return in == 1u << SIDE_HEAD ? SIDE_HEAD : SIDES;
}

static bool piece_equal(const void *entries, uint32_t index, const void *key)
{
	const struct piece *piece = (const struct piece *)entries + index;
	const struct piece *k = key;

	return piece->function == k->function && piece->part == k->part &&
	       piece->what == k->what;
}

static bool add_piece(struct build *b, uint32_t function, enum shape_part part, uint64_t what,
		      double cost)
{
	struct piece key = { function, part, what, 0 };
	uint64_t hash = hash_pair((uint64_t)function << 2 | part, what);
	uint32_t id;

	if (cost <= 0)
		return true;
	id = map_find(&b->map, hash, piece_equal, b->pieces, &key);
	if (id == MAP_NONE) {
		id = (uint32_t)b->n;
		if (b->n >= MAP_NONE || !array_grow(b->pieces, b->n, b->cap) ||
		    !map_insert(&b->map, hash, id))
			return false;
		b->pieces[b->n++] = key;
	}
	b->pieces[id].cost += cost;
	return true;
}

/* ---- costs by node -------------------------------------------------------------------- */

/* The metric to go by: the usual one, else the first that both sides have something in. */
static size_t find_metric(const struct pair *pair)
{
	size_t metric = pair->profile->default_metric;

	for (size_t i = 0; i <= pair->n_metrics; i++) {
		if (i)
			metric = i - 1;
		if (profile_total(pair->profile, pair_metric(pair, metric, SIDE_BASE)) &&
		    profile_total(pair->profile, pair_metric(pair, metric, SIDE_HEAD)))
			return metric;
	}
	return pair->profile->default_metric;
}

static double *totals_of(const struct build *b, size_t at)
{
	const struct profile *p = b->profile;
	double *total = calloc(p->n_nodes, sizeof(*total));

	if (!total)
		return NULL;
	for (size_t i = 0; i < p->n_samples; i++)
		total[p->samples[i].node] += (double)p->values[i * p->n_metrics + at];
	for (size_t i = p->n_nodes; i-- > PROFILE_ROOT + 1;)
		total[p->nodes[i].parent] += total[i];
	return total;
}

/* How often each node was seen, where there is a metric that says so. */
static bool add_up_seen(struct build *b)
{
	const struct profile *p = b->profile;

	for (size_t i = 0; i < b->pair->n_metrics; i++) {
		if (strcmp(p->metrics[i].name, "samples") != 0)
			continue;
		for (size_t side = 0; side < SIDES; side++) {
			b->seen[side] = totals_of(b, pair_metric(b->pair, i, (enum side)side));
			if (!b->seen[side])
				return false;
		}
		return true;
	}
	return true;
}

static bool add_up_nodes(struct build *b)
{
	const struct profile *p = b->profile;
	size_t metric = find_metric(b->pair);

	for (size_t side = 0; side < SIDES; side++) {
		size_t at = pair_metric(b->pair, metric, (enum side)side);

		b->total[side] = totals_of(b, at);
		b->self[side] = calloc(p->n_nodes, sizeof(*b->self[side]));
		if (!b->total[side] || !b->self[side])
			return false;
		for (size_t i = 0; i < p->n_samples; i++)
			if (!(p->samples[i].marks & PROFILE_MARK_TRUNCATED))
				b->self[side][p->samples[i].node] +=
					(double)p->values[i * p->n_metrics + at];
		b->all[side] = b->total[side][PROFILE_ROOT];
	}
	return true;
}

/* ---- whom to look at ----------------------------------------------------------------------- */

static uint32_t function_at(const struct profile *p, uint32_t node)
{
	return node == PROFILE_ROOT ? PROFILE_NONE :
				      p->locations[p->nodes[node].location].function;
}

/* What functions that one side alone has cost with all below them; recursion counts once. */
static void add_up_functions(struct build *b)
{
	const struct profile *p = b->profile;

	for (uint32_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		uint32_t function = function_at(p, i);
		enum side side = only_side(b, function);

		if (side == SIDES || function_at(p, p->nodes[i].parent) == function)
			continue;
		b->shapes[function].cost += b->total[side][i] / b->all[side];
		if (b->seen[side])
			b->shapes[function].seen += b->seen[side][i];
	}
}

static int compare_costs(const void *a, const void *b, void *arg)
{
	const struct shape *shapes = arg;
	double x = shapes[*(const uint32_t *)a].cost, y = shapes[*(const uint32_t *)b].cost;

	if (x != y)
		return x > y ? -1 : 1;
	return (*(const uint32_t *)a > *(const uint32_t *)b) -
	       (*(const uint32_t *)a < *(const uint32_t *)b);
}

/* The costliest of each side; of the others it is as if they had cost nothing. */
static bool choose_functions(struct build *b, size_t limit, double least_seen)
{
	size_t n_functions = b->profile->n_functions;
	uint32_t *order = profile_id_table(n_functions);

	b->wanted = calloc(n_functions + 1, sizeof(*b->wanted));
	if (!order || !b->wanted) {
		free(order);
		return false;
	}
	for (enum side side = SIDE_BASE; side < SIDES; side++) {
		size_t n = 0;

		for (uint32_t i = 0; i < n_functions; i++)
			if (only_side(b, i) == side && b->shapes[i].cost > 0 &&
			    (!b->seen[side] || b->shapes[i].seen >= least_seen))
				order[n++] = i;
		if (n > limit)
			qsort_r(order, n, sizeof(*order), compare_costs, b->shapes);
		for (size_t i = 0; i < n && i < limit; i++)
			b->wanted[order[i]] = true;
	}
	for (size_t i = 0; i < n_functions; i++)
		if (!b->wanted[i])
			b->shapes[i].cost = 0;
	free(order);
	return true;
}

/* ---- pieces ------------------------------------------------------------------------------ */

/* Of the node of a function that one side alone has. */
static bool add_node(struct build *b, uint32_t node, uint32_t function, enum side side)
{
	const struct profile *p = b->profile;
	const struct profile_location *l = &p->locations[p->nodes[node].location];
	int32_t start = p->functions[function].start_line;
	uint32_t caller = function_at(p, p->nodes[node].parent);
	double cost = b->total[side][node];

	/* Recursion is no call, and counts once. */
	if (caller != function && !add_piece(b, function, SHAPE_CALLERS, caller, cost))
		return false;
	if (start > 0 && l->line >= start &&
	    !add_piece(b, function, SHAPE_LINES, (uint64_t)(l->line - start), cost))
		return false;
	return add_piece(b, function, SHAPE_CALLEES, SHAPE_SELF, b->self[side][node]);
}

static bool add_pieces(struct build *b)
{
	const struct profile *p = b->profile;

	for (uint32_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		uint32_t function = function_at(p, i);
		uint32_t caller = function_at(p, p->nodes[i].parent);

		if (b->wanted[function] && !add_node(b, i, function, only_side(b, function)))
			return false;
		if (caller == PROFILE_NONE || caller == function || !b->wanted[caller])
			continue;
		if (!add_piece(b, caller, SHAPE_CALLEES, function,
			       b->total[only_side(b, caller)][i]))
			return false;
	}
	return true;
}

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return (x->what > y->what) - (x->what < y->what);
}

static bool keep_costliest(struct shapes *shapes, struct build *b)
{
	shapes->shares = malloc((b->n + 1) * sizeof(*shapes->shares));
	if (!shapes->shares)
		return false;
	if (b->n)
		qsort(b->pieces, b->n, sizeof(*b->pieces), compare_pieces);
	for (size_t i = 0; i < b->n; i++) {
		const struct piece *piece = &b->pieces[i];
		struct shape *shape = &shapes->of[piece->function];

		shape->sum[piece->part] += piece->cost;
		if (shape->n[piece->part] == SHAPE_KEPT)
			continue;
		if (!shape->n[piece->part]++)
			shape->first[piece->part] = (uint32_t)shapes->n;
		shapes->shares[shapes->n++] = (struct shape_share){ piece->what, piece->cost };
	}
	return true;
}

bool shapes_init(struct shapes *shapes, const struct pair *pair, size_t limit, double least_seen)
{
	struct build b = { .pair = pair, .profile = pair->profile };
	bool ok;

	*shapes = (struct shapes){ .of = calloc(pair->profile->n_functions + 1,
						sizeof(*shapes->of)) };
	b.shapes = shapes->of;
	ok = shapes->of && add_up_nodes(&b) && add_up_seen(&b);
	if (ok) {
		add_up_functions(&b);
		ok = choose_functions(&b, limit, least_seen) && add_pieces(&b) &&
		     keep_costliest(shapes, &b);
	}
	for (size_t side = 0; side < SIDES; side++) {
		free(b.total[side]);
		free(b.self[side]);
		free(b.seen[side]);
	}
	free(b.wanted);
	free(b.pieces);
	map_deinit(&b.map);
	return ok;
}

void shapes_deinit(struct shapes *shapes)
{
	free(shapes->of);
	free(shapes->shares);
	*shapes = (struct shapes){ 0 };
}

static uint64_t key_of(const struct shape_share *share, const uint64_t *keys)
{
	if (!keys || share->what >= PROFILE_NONE)
		return share->what;
	return keys[share->what];
}

/* Is it a function of which one side alone knows? */
static bool came_or_went(const struct shape_share *share, const uint64_t *keys)
{
	return keys && share->what < PROFILE_NONE && key_of(share, keys) & SHAPE_CAME_OR_WENT;
}

double shapes_likeness(const struct shapes *shapes, enum shape_part part, uint32_t a, uint32_t b,
		       const uint64_t *keys)
{
	const struct shape *x = &shapes->of[a], *y = &shapes->of[b];
	double alike = 0, left[SHAPE_KEPT] = { 0 }, open_x = 0, open_y = 0;

	if (x->sum[part] <= 0 || y->sum[part] <= 0)
		return 0;
	for (size_t k = 0; k < y->n[part]; k++)
		left[k] = shapes->shares[y->first[part] + k].cost / y->sum[part];
	for (size_t i = 0; i < x->n[part]; i++) {
		const struct shape_share *share = &shapes->shares[x->first[part] + i];
		double mine = share->cost / x->sum[part];

		for (size_t k = 0; mine > 0 && k < y->n[part]; k++) {
			double both;

			if (key_of(share, keys) !=
			    key_of(&shapes->shares[y->first[part] + k], keys))
				continue;
			both = mine < left[k] ? mine : left[k];
			alike += both;
			mine -= both;
			left[k] -= both;
		}
		if (came_or_went(share, keys))
			open_x += mine;
	}
	for (size_t k = 0; k < y->n[part]; k++)
		if (came_or_went(&shapes->shares[y->first[part] + k], keys))
			open_y += left[k];
	return alike + (open_x < open_y ? open_x : open_y) / 2;
}

/* How many lines are worth a look. */
static size_t count_lines(const struct shapes *shapes, uint32_t function)
{
	const struct shape *shape = &shapes->of[function];
	size_t n = 0;

	while (n < shape->n[SHAPE_LINES] &&
	       shapes->shares[shape->first[SHAPE_LINES] + n].cost >=
		       0.02 * shape->sum[SHAPE_LINES])
		n++;
	return n;
}

double shapes_lines_in_common(const struct shapes *shapes, uint32_t a, uint32_t b, size_t least)
{
	const struct shape_share *x = shapes->shares + shapes->of[a].first[SHAPE_LINES];
	const struct shape_share *y = shapes->shares + shapes->of[b].first[SHAPE_LINES];
	size_t n = count_lines(shapes, a), m = count_lines(shapes, b), both = 0;

	if (n < least || m < least)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++)
			both += x[i].what == y[k].what;
	return (double)both / (double)(n + m - both);
}
