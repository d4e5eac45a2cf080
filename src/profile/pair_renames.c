/* SPDX-License-Identifier: MIT */
#include "profile/pair_renames.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "profile/pair_shape.h"

#define LIKE 0.6
#define PLACE_ALONE 0.8
#define DEAREST 3.0 /* times the cost of the other */
#define EVIDENCE 0.5
#define PATTERN 4 /* lines: a loop of two or three is like any other */
#define HALF 0.5
#define SEEN 5 /* samples: what is seen less may only have been missed on the other side */
#define ROUNDS 2
#define ASKED 8

enum bucket { BY_NAME, BY_FILE, BY_CALLER, BUCKETS };

struct candidate {
	uint32_t function;
	uint64_t keys[BUCKETS];
	double cost;
};

struct offer {
	uint32_t base, head;
	double likeness, score;
};

struct find {
	struct pair *pair;
	const struct profile *profile;
	struct shapes shapes;
	uint64_t *keys;	    /* by function: the same for what is the same, so far */
	uint32_t *partner;  /* by function */
	struct candidate *candidates[SIDES]; /* costliest first */
	size_t n[SIDES];
	uint32_t *by[SIDES][BUCKETS]; /* indexes of candidates: by key, the costliest first */
	uint64_t *asked; /* base << 32 | head, of pairs that were asked in this round */
	size_t n_asked, cap_asked;
	struct map asked_map;
	struct offer *offers;
	size_t n_offers, cap_offers, cap_renames;
	/* Hashes of pairs of classes (or functions) of which something was renamed to the other. */
	uint64_t *classes;
	size_t n_classes, cap_classes;
	struct map class_map;
};

/* ---- names -------------------------------------------------------------------------- */

static const char *simple_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot[1] ? dot + 1 : name;
}

/* Pairs of letters in common, upper and lower case alike: 0 to 1. */
static double similarity(const char *a, const char *b)
{
	uint8_t seen[1024] = { 0 };
	size_t n = 0, m = 0, both = 0;

	for (; a[n] && a[n + 1]; n++) {
		uint8_t *s = &seen[((a[n] & 31) << 5) | (a[n + 1] & 31)];

		*s += *s < UINT8_MAX;
	}
	for (; b[m] && b[m + 1]; m++) {
		uint8_t *s = &seen[((b[m] & 31) << 5) | (b[m + 1] & 31)];

		both += *s > 0;
		*s -= *s > 0;
	}
	return n + m ? 2.0 * (double)both / (double)(n + m) : 0;
}

/* Names that many classes and files have: they say little by themselves. */
static bool is_common_name(const char *simple)
{
	return simple[0] == '<' || !strncmp(simple, "__", 2);
}

/* "A.B." of "A.B.f": what it is in. */
static size_t class_length(const char *name)
{
	return (size_t)(simple_name(name) - name);
}

static uint64_t class_hash(const struct find *f, uint32_t base, uint32_t head)
{
	const struct profile_function *x = &f->profile->functions[base];
	const struct profile_function *y = &f->profile->functions[head];
	const char *a = profile_str(f->profile, x->name), *b = profile_str(f->profile, y->name);

	return hash_pair(hash_pair(x->file, y->file),
			 hash_pair(hash_bytes(a, class_length(a)), hash_bytes(b, class_length(b))));
}

static bool word_equal(const void *entries, uint32_t index, const void *key)
{
	return ((const uint64_t *)entries)[index] == *(const uint64_t *)key;
}

static bool knows_class(const struct find *f, uint64_t hash)
{
	return map_find(&f->class_map, hash, word_equal, f->classes, &hash) != MAP_NONE;
}

static bool note_class(struct find *f, uint32_t base, uint32_t head)
{
	uint64_t hash = class_hash(f, base, head);

	if (knows_class(f, hash))
		return true;
	if (!array_grow(f->classes, f->n_classes, f->cap_classes) ||
	    !map_insert(&f->class_map, hash, (uint32_t)f->n_classes))
		return false;
	f->classes[f->n_classes++] = hash;
	return true;
}

/* Of a name that is in other places too it is these places that have to be alike. */
static double class_evidence(const struct find *f, uint32_t base, uint32_t head)
{
	const char *a = profile_str(f->profile, f->profile->functions[base].name);
	const char *b = profile_str(f->profile, f->profile->functions[head].name);
	char classes[2][128];

	if (knows_class(f, class_hash(f, base, head)))
		return 0.8;
	for (int i = 0; i < 2; i++) {
		size_t len = class_length(i ? b : a);

		if (len >= sizeof(classes[i]))
			len = sizeof(classes[i]) - 1;
		memcpy(classes[i], i ? b : a, len);
		classes[i][len] = '\0';
	}
	return 0.8 * similarity(classes[0], classes[1]);
}

static double name_evidence(const struct find *f, uint32_t base, uint32_t head)
{
	const struct profile_function *x = &f->profile->functions[base];
	const struct profile_function *y = &f->profile->functions[head];
	const char *a = profile_str(f->profile, x->name), *b = profile_str(f->profile, y->name);
	const char *simple_a = simple_name(a), *simple_b = simple_name(b);
	bool same_file = x->file == y->file;

	if (a[0] == '<' || b[0] == '<')
		return !strcmp(a, b) ? EVIDENCE : 0;
	if (!strcmp(a, b))
		return 1;
	if (!strcmp(simple_a, simple_b))
		return is_common_name(simple_a) ? class_evidence(f, base, head) : 0.9;
	return (same_file ? 0.9 : 0.7) * similarity(simple_a, simple_b);
}

/* What speaks for it beside its place in the tree, 0 to 1. */
static double evidence(const struct find *f, uint32_t base, uint32_t head)
{
	const struct profile_function *x = &f->profile->functions[base];
	const struct profile_function *y = &f->profile->functions[head];
	const struct shapes *shapes = &f->shapes;
	double found = name_evidence(f, base, head), lines = 0;

	if (x->file == y->file && x->file && x->start_line > 0 && found < 0.7 &&
	    x->start_line == y->start_line)
		found = 0.7;
	/* How much each line costs varies with what else the machine does; which lines do, does not. */
	if (shapes_likeness(shapes, SHAPE_LINES, base, head, NULL) >= HALF)
		lines = 0.8 * shapes_lines_in_common(shapes, base, head, PATTERN);
	return found > lines ? found : lines;
}

/* ---- candidates ------------------------------------------------------------------------ */

static int compare_costs(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return (x->function > y->function) - (x->function < y->function);
}

struct order {
	const struct candidate *candidates;
	enum bucket bucket;
};

static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	uint64_t x = order->candidates[i].keys[order->bucket];
	uint64_t y = order->candidates[k].keys[order->bucket];

	if (x != y)
		return x < y ? -1 : 1;
	return (i > k) - (i < k); /* they are in the order of their costs */
}

static struct candidate candidate_of(const struct find *f, uint32_t function)
{
	const struct profile_function *own = &f->profile->functions[function];
	const struct shape *shape = &f->shapes.of[function];
	const char *simple = simple_name(profile_str(f->profile, own->name));
	uint64_t caller = PROFILE_NONE;

	if (shape->n[SHAPE_CALLERS])
		caller = f->shapes.shares[shape->first[SHAPE_CALLERS]].what;
	return (struct candidate){
		.function = function,
		.keys = { hash_bytes(simple, strlen(simple)), own->file,
			  caller < PROFILE_NONE ? f->keys[caller] : caller },
		.cost = shape->cost,
	};
}

/* Of one side: those that it has alone, that cost something, and that are in no pair yet. */
static bool collect(struct find *f, enum side side)
{
	size_t cap = 0, n = 0;

	free(f->candidates[side]);
	f->candidates[side] = NULL;
	for (uint32_t i = 0; i < f->profile->n_functions; i++) {
		if (f->pair->in[i] != 1u << side || f->partner[i] != PROFILE_NONE ||
		    f->shapes.of[i].cost <= 0)
			continue;
		if (!array_grow(f->candidates[side], n, cap))
			return false;
		f->candidates[side][n++] = candidate_of(f, i);
	}
	if (n)
		qsort(f->candidates[side], n, sizeof(*f->candidates[side]), compare_costs);
	f->n[side] = n;
	for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
		struct order order = { f->candidates[side], (enum bucket)bucket };
		uint32_t *by;

		free(f->by[side][bucket]);
		by = f->by[side][bucket] = profile_id_table(f->n[side]);
		if (!by)
			return false;
		for (size_t i = 0; i < f->n[side]; i++)
			by[i] = (uint32_t)i;
		if (f->n[side])
			qsort_r(by, f->n[side], sizeof(*by), compare_keys, &order);
	}
	return true;
}

/* ---- offers ------------------------------------------------------------------------------ */

/* Two may share more than one bucket, and are asked from both sides. *known: they were asked. */
static bool note_asked(struct find *f, uint32_t base, uint32_t head, bool *known)
{
	uint64_t key = (uint64_t)base << 32 | head, hash = hash_u64(key);

	*known = map_find(&f->asked_map, hash, word_equal, f->asked, &key) != MAP_NONE;
	if (*known)
		return true;
	if (!array_grow(f->asked, f->n_asked, f->cap_asked) ||
	    !map_insert(&f->asked_map, hash, (uint32_t)f->n_asked))
		return false;
	f->asked[f->n_asked++] = key;
	return true;
}

static bool offer(struct find *f, uint32_t base, uint32_t head)
{
	const struct shapes *shapes = &f->shapes;
	double a = shapes->of[base].cost, b = shapes->of[head].cost;
	double callers, callees, likeness, also;
	bool known;

	if (!note_asked(f, base, head, &known))
		return false;
	if (known)
		return true;
	if (a > DEAREST * b || b > DEAREST * a)
		return true;
	callers = shapes_likeness(shapes, SHAPE_CALLERS, base, head, f->keys);
	if ((callers + 1) / 2 < LIKE)
		return true;
	callees = shapes_likeness(shapes, SHAPE_CALLEES, base, head, f->keys);
	likeness = (callers + callees) / 2;
	if (likeness < LIKE)
		return true;
	also = evidence(f, base, head);
	if (also < EVIDENCE || (also <= EVIDENCE && likeness < PLACE_ALONE))
		return true;
	if (!array_grow(f->offers, f->n_offers, f->cap_offers))
		return false;
	f->offers[f->n_offers++] = (struct offer){ base, head, likeness, likeness + also };
	return true;
}

/* Asks those of the other side that share a bucket with it. */
static bool ask_bucket(struct find *f, enum side side, const struct candidate *c,
		       enum bucket bucket)
{
	enum side other = side == SIDE_BASE ? SIDE_HEAD : SIDE_BASE;
	const struct candidate *others = f->candidates[other];
	const uint32_t *by = f->by[other][bucket];
	size_t i = array_bound(f->n[other], k, others[by[k]].keys[bucket] < c->keys[bucket]);

	for (size_t n = 0; n < ASKED && i < f->n[other]; n++, i++) {
		const struct candidate *o = &others[by[i]];

		if (o->keys[bucket] != c->keys[bucket])
			break;
		if (!offer(f, side == SIDE_BASE ? c->function : o->function,
			   side == SIDE_BASE ? o->function : c->function))
			return false;
	}
	return true;
}

static int compare_offers(const void *a, const void *b, void *arg)
{
	const struct offer *x = a, *y = b;
	const struct profile *p = arg;
	const char *names[2][2] = {
		{ profile_str(p, p->functions[x->base].name),
		  profile_str(p, p->functions[x->head].name) },
		{ profile_str(p, p->functions[y->base].name),
		  profile_str(p, p->functions[y->head].name) },
	};
	int order[2];

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	/* Whichever side is the base. */
	for (int i = 0; i < 2; i++)
		order[i] = strcmp(names[i][0], names[i][1]) > 0;
	for (int i = 0; i < 2; i++) {
		int c = strcmp(names[0][order[0] ^ i], names[1][order[1] ^ i]);

		if (c)
			return c;
	}
	if (x->base != y->base)
		return x->base < y->base ? -1 : 1;
	return (x->head > y->head) - (x->head < y->head);
}

static bool take_offers(struct find *f)
{
	struct pair *pair = f->pair;

	if (f->n_offers)
		qsort_r(f->offers, f->n_offers, sizeof(*f->offers), compare_offers,
			(void *)f->profile);
	for (size_t i = 0; i < f->n_offers; i++) {
		const struct offer *o = &f->offers[i];

		if (f->partner[o->base] != PROFILE_NONE || f->partner[o->head] != PROFILE_NONE)
			continue;
		if (!array_grow(pair->renames, pair->n_renames, f->cap_renames))
			return false;
		pair->renames[pair->n_renames++] =
			(struct pair_rename){ o->base, o->head, o->likeness };
		if (!note_class(f, o->base, o->head))
			return false;
		f->partner[o->base] = o->head;
		f->partner[o->head] = o->base;
		f->keys[o->base] = f->keys[o->head] = o->head;
	}
	f->n_offers = f->n_asked = 0;
	map_clear(&f->asked_map);
	return true;
}

static bool ask_all(struct find *f)
{
	if (!collect(f, SIDE_BASE) || !collect(f, SIDE_HEAD))
		return false;
	/* From both sides: which side is the base must not matter. */
	for (enum side side = SIDE_BASE; side < SIDES; side++)
		for (size_t i = 0; i < f->n[side]; i++)
			for (enum bucket bucket = BY_NAME; bucket < BUCKETS; bucket++)
				if (!ask_bucket(f, side, &f->candidates[side][i], bucket))
					return false;
	return take_offers(f);
}

/* ---- all of it ------------------------------------------------------------------------------ */

/* What one side alone has is, as a caller or callee, the same as what has its name there. */
static bool make_keys(struct find *f)
{
	f->keys = malloc((f->profile->n_functions + 1) * sizeof(*f->keys));
	f->partner = profile_id_table(f->profile->n_functions);
	if (!f->keys || !f->partner)
		return false;
	for (uint32_t i = 0; i < f->profile->n_functions; i++) {
		const char *name = profile_str(f->profile, f->profile->functions[i].name);

		f->keys[i] = i;
		if (f->pair->in[i] != (1u << SIDE_BASE | 1u << SIDE_HEAD))
			f->keys[i] = hash_bytes(simple_name(name), strlen(simple_name(name))) |
				     SHAPE_CAME_OR_WENT;
	}
	return true;
}

static int compare_renames(const void *a, const void *b)
{
	const struct pair_rename *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	return (x->head > y->head) - (x->head < y->head);
}

/* Is there anything to ask about at all? */
static bool both_have_own(const struct pair *pair)
{
	uint32_t sides = 0;

	for (size_t i = 0; i < pair->profile->n_functions; i++)
		if (pair->in[i] != (1u << SIDE_BASE | 1u << SIDE_HEAD))
			sides |= pair->in[i];
	return sides == (1u << SIDE_BASE | 1u << SIDE_HEAD);
}

bool pair_find_renames(struct pair *pair)
{
	struct find f = { .pair = pair, .profile = pair->profile };
	bool ok;

	if (!both_have_own(pair))
		return true;
	ok = shapes_init(&f.shapes, pair, RENAMES_MAX, SEEN) && make_keys(&f);
	for (int i = 0; ok && i < ROUNDS; i++)
		ok = ask_all(&f);
	if (pair->n_renames)
		qsort(pair->renames, pair->n_renames, sizeof(*pair->renames), compare_renames);
	shapes_deinit(&f.shapes);
	for (size_t side = 0; side < SIDES; side++) {
		free(f.candidates[side]);
		for (size_t bucket = 0; bucket < BUCKETS; bucket++)
			free(f.by[side][bucket]);
	}
	free(f.keys);
	free(f.partner);
	free(f.offers);
	free(f.classes);
	map_deinit(&f.class_map);
	free(f.asked);
	map_deinit(&f.asked_map);
	return ok;
}
