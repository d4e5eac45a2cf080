/* SPDX-License-Identifier: MIT */
/*
 * Of each node of the tree it is found out once what the expressions say of it and its callers.
 * Stacks that are chosen are then built anew: nothing of the others gets into the part, neither
 * their names. Samples that share the frames of labels at the root are a group; of each, nodes
 * that were built are remembered.
 */
#include "profile/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/map.h"
#include "base/str.h"
#include "profile/filter_labels.h"
#include "profile/filter_match.h"
#include "profile/module.h"
#include "profile/timeline.h"

/* What is known of a node: of it and its callers. */
struct verdict {
	uint32_t cut; /* the node nearest to it that prune_from matches; PROFILE_NONE: none */
	bool known, focused, ignored;
	bool hidden; /* of it alone */
};

/* What a node has become in the part. */
struct built {
	uint32_t group; /* for which; 0: none yet */
	uint32_t node;
};

/* Samples of one thread, one set of labels and the same marks: they have the same label frames. */
struct group {
	uint32_t thread, labels, marks;
	bool known; /* what follows */
	bool focused, ignored;
	size_t roots, leaves; /* frames for labels that stay where prune_from cuts there */
	bool cut_at_root, cut_at_leaf;
	uint32_t base; /* node that its stacks begin at; PROFILE_NONE: not made yet */
};

struct filtering {
	const struct profile *from;
	const struct profile_filter *filter;
	struct profile *to;
	struct matcher focus, ignore, hide, prune_from, thread, process;
	struct label_keys root, leaf;
	struct verdict *verdicts; /* by node of `from` */
	struct built *built;	  /* the same */
	uint32_t *path;		  /* nodes of `from` on the way up */
	size_t cap_path;
	struct group *groups;
	size_t n_groups, cap_groups;
	struct map group_map;
	uint32_t *group_of;  /* by sample */
	uint32_t base;	     /* of the current group */
	uint32_t *locations; /* of `to`, by location of `from`; PROFILE_NONE: none yet */
	uint32_t *threads;   /* the same of threads */
	uint8_t *chosen;     /* by thread: 0 not asked yet, else 1 + whether it is */
	uint32_t *label_sets; /* by label set */
	uint32_t *strings;    /* by string */
	uint32_t *samples;    /* by sample, where there is a timeline; PROFILE_NONE: left out */
	struct str value;     /* scratch */
	bool failed; /* no memory */
};

bool profile_filter_any(const struct profile_filter *f)
{
	return f->focus || f->ignore || f->hide || f->prune_from || f->thread || f->process ||
	       f->root || f->leaf || f->granularity != PROFILE_LINES;
}

/* ---- making and forgetting ------------------------------------------------------- */

static void filtering_deinit(struct filtering *f)
{
	matcher_deinit(&f->focus);
	matcher_deinit(&f->ignore);
	matcher_deinit(&f->hide);
	matcher_deinit(&f->prune_from);
	matcher_deinit(&f->thread);
	matcher_deinit(&f->process);
	label_keys_deinit(&f->root);
	label_keys_deinit(&f->leaf);
	map_deinit(&f->group_map);
	str_deinit(&f->value);
	free(f->verdicts);
	free(f->built);
	free(f->path);
	free(f->groups);
	free(f->group_of);
	free(f->locations);
	free(f->threads);
	free(f->chosen);
	free(f->label_sets);
	free(f->strings);
	free(f->samples);
	profile_destroy(f->to);
}

static enum pyprof_status compile(struct filtering *f, struct pyprof_error *err)
{
	const struct profile_filter *o = f->filter;
	const struct {
		struct matcher *matcher;
		const char *pattern, *option;
	} all[] = {
		{ &f->focus, o->focus, "--focus" },
		{ &f->ignore, o->ignore, "--ignore" },
		{ &f->hide, o->hide, "--hide" },
		{ &f->prune_from, o->prune_from, "--prune-from" },
		{ &f->thread, o->thread, "--thread" },
		{ &f->process, o->process, "--process" },
	};
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; !status && i < sizeof(all) / sizeof(all[0]); i++)
		status = matcher_init(all[i].matcher, all[i].pattern, all[i].option, f->from,
				      err);
	f->prune_from.simple_name_alone = true;
	if (!status)
		status = label_keys_init(&f->root, o->root, "--root", err);
	if (!status)
		status = label_keys_init(&f->leaf, o->leaf, "--leaf", err);
	return status;
}

enum pyprof_status profile_filter_check(const struct profile_filter *filter,
					struct pyprof_error *err)
{
	const struct profile nothing = { 0 };
	struct filtering f = { .from = &nothing, .filter = filter };
	enum pyprof_status status = compile(&f, err);

	filtering_deinit(&f);
	return status;
}

static enum pyprof_status filtering_init(struct filtering *f, struct pyprof_error *err)
{
	const struct profile *from = f->from;
	enum pyprof_status status = compile(f, err);

	if (!status)
		status = profile_create(&f->to, from->metrics, from->n_metrics, err);
	if (status)
		return status;
	f->to->is_difference = from->is_difference;
	f->verdicts = calloc(from->n_nodes, sizeof(*f->verdicts));
	f->built = calloc(from->n_nodes, sizeof(*f->built));
	f->group_of = profile_id_table(from->n_samples);
	f->locations = profile_id_table(from->n_locations);
	f->threads = profile_id_table(from->n_threads);
	f->chosen = calloc(from->n_threads + 1, 1);
	f->label_sets = profile_id_table(from->n_label_sets);
	f->strings = profile_id_table(from->n_strings);
	f->samples = profile_id_table(from->timeline ? from->n_samples : 0);
	f->to->default_metric = from->default_metric;
	if (!f->verdicts || !f->built || !f->group_of || !f->locations || !f->threads ||
	    !f->chosen || !f->label_sets || !f->strings || !f->samples ||
	    !profile_info_copy(&f->to->info, &from->info))
		return error_nomem(err);
	f->verdicts[PROFILE_ROOT] = (struct verdict){ .cut = PROFILE_NONE, .known = true };
	return PYPROF_OK;
}

/* ---- asking ------------------------------------------------------------------------ */

static bool is_number(uint64_t number, const char *pattern)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return !strcmp(text, pattern);
}

static bool thread_chosen(struct filtering *f, uint32_t thread)
{
	const struct profile *p = f->from;
	bool yes = true;

	if (!f->thread.regex && !f->process.regex)
		return true;
	if (thread == PROFILE_NONE)
		return false;
	if (f->chosen[thread])
		return f->chosen[thread] > 1;
	if (f->thread.regex)
		yes = matcher_string(&f->thread, p, p->threads[thread].name) ||
		      is_number(p->threads[thread].tid, f->filter->thread);
	f->thread.hit |= f->thread.regex && yes;
	if (f->process.regex) {
		const struct profile_process *process =
			&p->processes[p->threads[thread].process];
		bool its = matcher_string(&f->process, p, process->command) ||
			   is_number(process->pid, f->filter->process);

		f->process.hit |= its;
		yes = yes && its;
	}
	f->chosen[thread] = (uint8_t)(1 + yes);
	return yes;
}

/* Of a node whose caller is known. */
static void judge(struct filtering *f, uint32_t node)
{
	const struct profile *p = f->from;
	const struct profile_node *n = &p->nodes[node];
	uint32_t function = p->locations[n->location].function;
	struct verdict *v = &f->verdicts[node];

	*v = f->verdicts[n->parent];
	v->focused |= matcher_function(&f->focus, p, function);
	v->ignored |= matcher_function(&f->ignore, p, function);
	v->hidden = matcher_function(&f->hide, p, function);
	if (!v->hidden && matcher_function(&f->prune_from, p, function))
		v->cut = node;
}

/* Goes up to what is known, and down again; stacks may be deep. */
static const struct verdict *verdict(struct filtering *f, uint32_t node)
{
	uint32_t at = node;
	size_t n = 0;

	for (; !f->verdicts[at].known; at = f->from->nodes[at].parent) {
		if (!array_grow(f->path, n, f->cap_path)) {
			f->failed = true;
			return &f->verdicts[PROFILE_ROOT];
		}
		f->path[n++] = at;
	}
	while (n)
		judge(f, f->path[--n]);
	return &f->verdicts[node];
}

/* ---- what becomes of strings, locations, threads, labels ------------------------------ */

static uint32_t string(struct filtering *f, uint32_t id)
{
	if (f->strings[id] == PROFILE_NONE)
		f->strings[id] = profile_string(f->to, f->from->strings[id],
						f->from->string_lengths[id]);
	return f->strings[id];
}

static uint32_t module_string(struct filtering *f, uint32_t file)
{
	struct str text = STR_INIT;
	uint32_t id;

	module_of_file(&text, profile_str(f->from, file), f->from->info.cwd);
	id = text.failed ? PROFILE_NONE : profile_string(f->to, str_cstr(&text), text.len);
	str_deinit(&text);
	return id;
}

static uint32_t part_string(struct filtering *f, uint32_t function)
{
	const struct profile_part *parts = f->filter->parts;
	uint32_t file = f->from->functions[function].file;

	if (parts)
		return profile_string(f->to, parts[function].text, parts[function].len);
	return f->filter->granularity == PROFILE_FILES ? string(f, file) : module_string(f, file);
}

/* A file or module as a frame; what has none stays a function. */
static uint32_t coarse_location(struct filtering *f, uint32_t function)
{
	const struct profile_function *fn = &f->from->functions[function];
	const struct profile_part *parts = f->filter->parts;
	bool files = f->filter->granularity == PROFILE_FILES;
	uint32_t name;

	if (parts ? !parts[function].text : !fn->file)
		return profile_location(
			f->to, profile_function(f->to, string(f, fn->name), 0, 0), 0, 0);
	name = part_string(f, function);
	return profile_location(f->to,
				profile_function(f->to, name, files ? name : 0, 0), 0, 0);
}

static uint32_t new_location(struct filtering *f, uint32_t id)
{
	const struct profile_location *l = &f->from->locations[id];
	const struct profile_function *fn = &f->from->functions[l->function];
	bool lines = f->filter->granularity == PROFILE_LINES;

	if (f->filter->granularity >= PROFILE_FILES)
		return coarse_location(f, l->function);
	return profile_location(f->to,
				profile_function(f->to, string(f, fn->name),
						 string(f, fn->file), fn->start_line),
				lines ? l->line : 0, lines ? l->column : 0);
}

static uint32_t location(struct filtering *f, uint32_t id)
{
	if (f->locations[id] == PROFILE_NONE)
		f->locations[id] = new_location(f, id);
	return f->locations[id];
}

static uint32_t thread(struct filtering *f, uint32_t id)
{
	const struct profile_thread *t;
	const struct profile_process *p;

	if (id == PROFILE_NONE)
		return id;
	t = &f->from->threads[id];
	p = &f->from->processes[t->process];
	if (f->threads[id] == PROFILE_NONE) {
		f->threads[id] = profile_thread(
			f->to, profile_process(f->to, p->pid, string(f, p->command)), t->tid,
			string(f, t->name));
		f->failed |= f->threads[id] == PROFILE_NONE;
	}
	return f->threads[id];
}

static uint32_t label_set(struct filtering *f, uint32_t id)
{
	const struct profile_label_set *set = &f->from->label_sets[id];
	struct profile_label *labels;

	if (f->label_sets[id] != PROFILE_NONE)
		return f->label_sets[id];
	labels = calloc(set->n + 1u, sizeof(*labels));
	for (size_t i = 0; labels && i < set->n; i++) {
		const struct profile_label *l = &f->from->labels[set->first + i];

		labels[i] = (struct profile_label){ string(f, l->key), string(f, l->text),
						    l->number, string(f, l->unit) };
	}
	if (labels)
		f->label_sets[id] = profile_label_set(f->to, labels, set->n);
	free(labels);
	f->failed |= f->label_sets[id] == PROFILE_NONE;
	return f->label_sets[id];
}

/* ---- groups, and their frames for labels ------------------------------------------------- */

static bool group_equal(const void *entries, uint32_t index, const void *key)
{
	const struct group *g = (const struct group *)entries + index, *k = key;

	return g->thread == k->thread && g->labels == k->labels && g->marks == k->marks;
}

/* The group of each sample. Where no label is a frame they are all one. */
static bool make_groups(struct filtering *f)
{
	bool all_one = !f->root.n && !f->leaf.n;

	for (size_t i = 0; i < f->from->n_samples; i++) {
		const struct profile_sample *s = &f->from->samples[i];
		struct group key = { .thread = s->thread,
				     .labels = s->labels,
				     .marks = s->marks,
				     .base = PROFILE_NONE };
		uint64_t hash;
		uint32_t id;

		if (all_one)
			key.thread = key.labels = key.marks = 0;
		hash = hash_pair((uint64_t)key.thread << 32 | key.labels, key.marks);
		id = map_find(&f->group_map, hash, group_equal, f->groups, &key);
		if (id == MAP_NONE) {
			id = (uint32_t)f->n_groups;
			if (!array_grow(f->groups, f->n_groups, f->cap_groups) ||
			    !map_insert(&f->group_map, hash, id))
				return false;
			f->groups[f->n_groups++] = key;
		}
		f->group_of[i] = id;
	}
	return true;
}

/* The value of a key, in f->value; the key is hit where there is one. */
static void find_value(struct filtering *f, struct label_keys *keys, size_t i,
		       const struct profile_sample *sample)
{
	str_clear(&f->value);
	label_value(&f->value, f->from, sample, keys->names[i]);
	keys->hit[i] |= f->value.len > 0;
	f->failed |= f->value.failed;
}

static bool label_matches(const struct filtering *f, const struct matcher *m, const char *key)
{
	return matcher_label(m, str_cstr(&f->value), f->value.len, key);
}

/* What the expressions say of the frames for these labels; *cut: by prune_from, *n of them stay. */
static void judge_labels(struct filtering *f, struct group *g, struct label_keys *keys,
			 const struct profile_sample *sample, bool *cut, size_t *n)
{
	*n = keys->n;
	for (size_t i = 0; i < keys->n; i++) {
		const char *key = keys->names[i];

		find_value(f, keys, i, sample);
		g->focused |= label_matches(f, &f->focus, key);
		g->ignored |= label_matches(f, &f->ignore, key);
		if (!label_matches(f, &f->hide, key) && label_matches(f, &f->prune_from, key)) {
			*cut = true;
			*n = i + 1;
		}
	}
}

static void judge_group(struct filtering *f, struct group *g, const struct profile_sample *sample)
{
	g->known = true;
	judge_labels(f, g, &f->root, sample, &g->cut_at_root, &g->roots);
	judge_labels(f, g, &f->leaf, sample, &g->cut_at_leaf, &g->leaves);
}

/* The node below `node` for the first `n` keys; as in pprof a frame also where there is no value. */
static uint32_t add_label_frames(struct filtering *f, struct label_keys *keys, size_t n,
				 const struct profile_sample *sample, uint32_t node)
{
	for (size_t i = 0; i < n; i++) {
		const char *key = keys->names[i];
		uint32_t name;

		find_value(f, keys, i, sample);
		if (label_matches(f, &f->hide, key))
			continue;
		name = profile_string(f->to, str_cstr(&f->value), f->value.len);
		node = profile_node(
			f->to, node,
			profile_location(f->to,
					 profile_function(f->to, name,
							  profile_string(f->to, key,
									 strlen(key)),
							  0),
					 0, 0));
	}
	f->failed |= node == PROFILE_NONE;
	return node;
}

/* ---- the tree --------------------------------------------------------------------------- */

/* A frame below `parent`; of files and modules no two equal ones follow each other. */
static uint32_t child(struct filtering *f, uint32_t parent, uint32_t id)
{
	uint32_t to = location(f, id);

	if (f->filter->granularity >= PROFILE_FILES && parent != PROFILE_NONE &&
	    parent != f->base && f->to->nodes[parent].location == to)
		return parent;
	return profile_node(f->to, parent, to);
}

/* What a node becomes in group `group`, whose base is f->base. */
static uint32_t build(struct filtering *f, uint32_t node, uint32_t group)
{
	uint32_t at = node, made;
	size_t n = 0;

	for (; at != PROFILE_ROOT && f->built[at].group != group;
	     at = f->from->nodes[at].parent) {
		if (!array_grow(f->path, n, f->cap_path))
			return PROFILE_NONE;
		f->path[n++] = at;
	}
	made = at == PROFILE_ROOT ? f->base : f->built[at].node;
	while (n && made != PROFILE_NONE) {
		at = f->path[--n];
		if (!f->verdicts[at].hidden)
			made = child(f, made, f->from->nodes[at].location);
		f->built[at] = (struct built){ group, made };
	}
	return made;
}

/* The stack of a sample that was chosen, cut and with its labels; *cut: by prune_from. */
static uint32_t build_stack(struct filtering *f, const struct profile_sample *sample,
			    uint32_t group, bool *cut)
{
	struct group *g = &f->groups[group];
	uint32_t cut_at = verdict(f, sample->node)->cut, node;

	*cut = g->cut_at_leaf || g->cut_at_root || cut_at != PROFILE_NONE;
	if (!g->cut_at_leaf && cut_at == PROFILE_NONE && g->cut_at_root)
		return add_label_frames(f, &f->root, g->roots, sample, PROFILE_ROOT);
	if (g->base == PROFILE_NONE)
		g->base = add_label_frames(f, &f->root, f->root.n, sample, PROFILE_ROOT);
	f->base = g->base;
	if (!g->cut_at_leaf && cut_at != PROFILE_NONE)
		return build(f, cut_at, group + 1);
	node = build(f, sample->node, group + 1);
	return node == PROFILE_NONE ? node :
				      add_label_frames(f, &f->leaf, g->leaves, sample, node);
}

static bool is_chosen(struct filtering *f, const struct profile_sample *sample,
		      const struct group *g)
{
	static const char mark[] = "[truncated]";
	const struct verdict *v = verdict(f, sample->node);
	bool truncated = sample->marks & PROFILE_MARK_TRUNCATED;
	bool asked = f->focus.regex || f->ignore.regex || f->hide.regex;
	bool focused = v->focused || g->focused ||
		       (truncated && matcher_text(&f->focus, mark, strlen(mark)));

	/* Both are asked of every sample, so that it is known what there is. */
	f->focus.hit |= focused;
	if (!thread_chosen(f, sample->thread) || (f->focus.regex && !focused))
		return false;
	if (v->ignored || g->ignored ||
	    (truncated && matcher_text(&f->ignore, mark, strlen(mark))))
		return false;
	/* As in pprof: what has no frame at all is nothing that was asked for. */
	return !asked || truncated || sample->node != PROFILE_ROOT || f->root.n || f->leaf.n;
}

static bool add_sample(struct filtering *f, size_t i)
{
	const struct profile_sample *sample = &f->from->samples[i];
	uint32_t group = f->group_of[i];
	struct profile_sample key = { .marks = sample->marks };
	bool cut;

	if (!f->groups[group].known)
		judge_group(f, &f->groups[group], sample);
	if (f->failed || !is_chosen(f, sample, &f->groups[group]))
		return !f->failed;
	key.node = build_stack(f, sample, group, &cut);
	if (cut)
		key.marks &= ~(uint32_t)PROFILE_MARK_TRUNCATED;
	if (key.node == PROFILE_NONE)
		return false;
	/* All that it had is hidden. */
	if (f->hide.regex && key.node == PROFILE_ROOT && !(key.marks & PROFILE_MARK_TRUNCATED))
		return true;
	key.thread = thread(f, sample->thread);
	key.labels = label_set(f, sample->labels);
	if (f->failed ||
	    !profile_add_to(f->to, &key, f->from->values + i * f->from->n_metrics))
		return false;
	if (f->from->timeline)
		f->samples[i] = profile_sample(f->to, &key);
	return true;
}

static int by_group(const void *a, const void *b, void *group_of)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t group_x = ((const uint32_t *)group_of)[x];
	uint32_t group_y = ((const uint32_t *)group_of)[y];

	if (group_x != group_y)
		return group_x < group_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool add_samples(struct filtering *f)
{
	size_t n = f->from->n_samples;
	uint32_t *order = profile_id_table(n);
	bool ok = order && make_groups(f);

	for (size_t i = 0; ok && i < n; i++)
		order[i] = (uint32_t)i;
	if (ok && f->n_groups > 1)
		qsort_r(order, n, sizeof(*order), by_group, f->group_of);
	for (size_t i = 0; ok && i < n; i++)
		ok = add_sample(f, order[i]);
	free(order);
	return ok;
}

static bool copy_mappings(struct filtering *f)
{
	for (size_t i = 0; i < f->from->n_mappings; i++) {
		struct profile_mapping mapping = f->from->mappings[i];

		mapping.file = string(f, mapping.file);
		mapping.build_id = string(f, mapping.build_id);
		if (profile_mapping(f->to, &mapping) == PROFILE_NONE)
			return false;
	}
	return true;
}

static bool copy_times(struct filtering *f)
{
	const struct timeline *from = f->from->timeline;

	if (!from)
		return true;
	f->to->timeline = timeline_create(from->budget);
	return f->to->timeline &&
	       timeline_add(f->to->timeline, from, f->samples, f->threads, 0);
}

/* ---- what was asked for and is not there ------------------------------------------------- */

static enum pyprof_status nothing(struct pyprof_error *err, const char *option,
				  const char *pattern, const char *what)
{
	return error_set(err, PYPROF_ERR_USAGE, "%s: no %s matches '%.100s'", option, what,
			 pattern);
}

static enum pyprof_status check_labels(const struct label_keys *keys, const char *option,
				       struct pyprof_error *err)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!keys->hit[i])
			return nothing(err, option, keys->names[i], "label");
	return PYPROF_OK;
}

/* Did any expression take too long? */
static enum pyprof_status check_limits(const struct filtering *f, struct pyprof_error *err)
{
	const struct matcher *all[] = { &f->focus,	&f->ignore, &f->hide,
					&f->prune_from, &f->thread, &f->process };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->regex && regex_gave_up(all[i]->regex))
			return error_set(err, PYPROF_ERR_LIMIT,
					 "%s: the expression takes too long to match",
					 all[i]->option);
	return PYPROF_OK;
}

static enum pyprof_status check_hits(const struct filtering *f, struct pyprof_error *err)
{
	const struct profile_filter *o = f->filter;
	enum pyprof_status status = check_limits(f, err);

	if (status || !f->from->n_samples)
		return status;
	if (o->thread && !f->thread.hit)
		return nothing(err, "--thread", o->thread, "thread's name or id");
	if (o->process && !f->process.hit)
		return nothing(err, "--process", o->process, "process's command or id");
	if (o->focus && !f->focus.hit)
		return nothing(err, "--focus", o->focus, "frame");
	status = check_labels(&f->root, "--root", err);
	return status ? status : check_labels(&f->leaf, "--leaf", err);
}

enum pyprof_status profile_filter(struct profile **out, const struct profile *profile,
				  const struct profile_filter *filter,
				  struct pyprof_error *err)
{
	struct filtering f = { .from = profile, .filter = filter };
	enum pyprof_status status = filtering_init(&f, err);

	*out = NULL;
	if (!status && (!add_samples(&f) || !copy_mappings(&f) || !copy_times(&f)))
		status = error_nomem(err);
	if (!status)
		status = check_hits(&f, err);
	if (!status) {
		*out = f.to;
		f.to = NULL;
	}
	filtering_deinit(&f);
	return status;
}
