/* SPDX-License-Identifier: MIT */
#include "profile/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/regex.h"
#include "base/str.h"
#include "profile/module.h"

/* An expression, and what it says of each function: it is asked once. */
struct matcher {
	struct regex *regex; /* NULL: not asked for */
	const char *option;  /* "--focus" */
	uint8_t *of_function; /* 0 not asked yet, else 1 + whether it matches */
	bool name_alone;
	bool hit; /* of anything at all */
};

/* What a node of the tree has become. */
struct fate {
	uint32_t node;	 /* in the new tree, not cut */
	uint32_t cut;	 /* where prune_from cuts it; PROFILE_NONE: it does not */
	uint32_t group; /* which it was decided for; 0: none yet */
	bool focused, ignored; /* it or one of its callers matches */
};

/* Keys of labels whose values become frames. */
struct keys {
	char *text;    /* owned; cut at the commas */
	char **names;
	size_t n, cap;
	bool hit;
};

struct filtering {
	const struct profile *from;
	const struct profile_filter *filter;
	struct profile *to;
	struct matcher focus, ignore, hide, prune_from, thread, process;
	struct keys root, leaf;
	struct fate *fates; /* by node of `from` */
	uint32_t *path;	    /* nodes of `from` on the way up to what is known */
	size_t cap_path;
	uint32_t base;	    /* node of `to` that the stacks of the current group start at */
	uint32_t group;	    /* its number, from 1 on */
	uint32_t *locations; /* of `to`, by location of `from`; PROFILE_NONE: none yet */
	uint32_t *threads;   /* the same of threads */
	uint8_t *chosen;     /* by thread: 0 not asked yet, else 1 + whether it is */
	uint32_t *label_sets; /* by label set */
	uint32_t *strings;    /* by string */
	uint32_t *samples;    /* by sample, where there is a timeline; PROFILE_NONE: left out */
	bool failed; /* no memory */
};

bool profile_filter_any(const struct profile_filter *f)
{
	return f->focus || f->ignore || f->hide || f->prune_from || f->thread || f->process ||
	       f->root || f->leaf || f->granularity != PROFILE_LINES;
}

/* ---- making and forgetting ------------------------------------------------------- */

static void matcher_deinit(struct matcher *m)
{
	regex_destroy(m->regex);
	free(m->of_function);
}

static enum pyprof_status matcher_init(struct matcher *m, const char *pattern,
				       const char *option, const struct profile *profile,
				       struct pyprof_error *err)
{
	m->option = option;
	if (!pattern)
		return PYPROF_OK;
	m->of_function = calloc(profile->n_functions + 1, 1);
	if (!m->of_function)
		return error_nomem(err);
	return regex_create(&m->regex, pattern, option, err);
}

static void keys_deinit(struct keys *keys)
{
	free(keys->text);
	free(keys->names);
}

static enum pyprof_status keys_init(struct keys *keys, const char *list, const char *option,
				    struct pyprof_error *err)
{
	char *rest;

	if (!list)
		return PYPROF_OK;
	rest = keys->text = strdup(list);
	while (rest) {
		char *name = strsep(&rest, ",");

		if (!*name)
			return error_set(err, PYPROF_ERR_USAGE,
					 "%s: '%.60s' has an empty name of a label", option,
					 list);
		if (!array_grow(keys->names, keys->n, keys->cap))
			return error_nomem(err);
		keys->names[keys->n++] = name;
	}
	return keys->text ? PYPROF_OK : error_nomem(err);
}

static void filtering_deinit(struct filtering *f)
{
	matcher_deinit(&f->focus);
	matcher_deinit(&f->ignore);
	matcher_deinit(&f->hide);
	matcher_deinit(&f->prune_from);
	matcher_deinit(&f->thread);
	matcher_deinit(&f->process);
	keys_deinit(&f->root);
	keys_deinit(&f->leaf);
	free(f->fates);
	free(f->path);
	free(f->locations);
	free(f->threads);
	free(f->chosen);
	free(f->label_sets);
	free(f->strings);
	free(f->samples);
	profile_destroy(f->to);
}

static uint32_t *none_table(size_t n)
{
	uint32_t *table = malloc((n + 1) * sizeof(*table));

	if (table)
		memset(table, 0xff, (n + 1) * sizeof(*table));
	return table;
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
	f->prune_from.name_alone = true;
	if (!status)
		status = keys_init(&f->root, o->root, "--root", err);
	if (!status)
		status = keys_init(&f->leaf, o->leaf, "--leaf", err);
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
	f->fates = calloc(from->n_nodes, sizeof(*f->fates));
	f->locations = none_table(from->n_locations);
	f->threads = none_table(from->n_threads);
	f->chosen = calloc(from->n_threads + 1, 1);
	f->label_sets = none_table(from->n_label_sets);
	f->strings = none_table(from->n_strings);
	f->samples = none_table(from->timeline ? from->n_samples : 0);
	f->to->default_metric = from->default_metric;
	if (!f->fates || !f->locations || !f->threads || !f->chosen || !f->label_sets ||
	    !f->strings || !f->samples || !profile_info_copy(&f->to->info, &from->info))
		return error_nomem(err);
	return PYPROF_OK;
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

/* ---- asking ------------------------------------------------------------------------ */

static bool matches_string(struct matcher *m, const struct profile *p, uint32_t string)
{
	return regex_matches(m->regex, p->strings[string], p->string_lengths[string]);
}

static bool matches_function(struct matcher *m, const struct profile *p, uint32_t function)
{
	uint8_t *known;

	if (!m->regex)
		return false;
	known = &m->of_function[function];
	if (!*known) {
		const struct profile_function *fn = &p->functions[function];
		bool yes = matches_string(m, p, fn->name) ||
			   (!m->name_alone && matches_string(m, p, fn->file));

		*known = 1 + yes;
	}
	return *known > 1;
}

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
		yes = matches_string(&f->thread, p, p->threads[thread].name) ||
		      is_number(p->threads[thread].tid, f->filter->thread);
	f->thread.hit |= f->thread.regex && yes;
	if (f->process.regex) {
		const struct profile_process *process =
			&p->processes[p->threads[thread].process];
		bool its = matches_string(&f->process, p, process->command) ||
			   is_number(process->pid, f->filter->process);

		f->process.hit |= its;
		yes = yes && its;
	}
	f->chosen[thread] = 1 + yes;
	return yes;
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

/* A file or module as a frame; what has none stays a function. */
static uint32_t coarse_location(struct filtering *f, const struct profile_function *fn)
{
	bool files = f->filter->granularity == PROFILE_FILES;
	uint32_t name;

	if (!fn->file)
		return profile_location(
			f->to, profile_function(f->to, string(f, fn->name), 0, 0), 0, 0);
	name = files ? string(f, fn->file) : module_string(f, fn->file);
	return profile_location(f->to,
				profile_function(f->to, name, files ? name : 0, 0), 0, 0);
}

static uint32_t new_location(struct filtering *f, uint32_t id)
{
	const struct profile_location *l = &f->from->locations[id];
	const struct profile_function *fn = &f->from->functions[l->function];
	bool lines = f->filter->granularity == PROFILE_LINES;

	if (f->filter->granularity >= PROFILE_FILES)
		return coarse_location(f, fn);
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

/* ---- frames for labels -------------------------------------------------------------------- */

static void add_value(struct str *out, const struct profile *p, const struct profile_label *label)
{
	if (out->len)
		str_add_char(out, ',');
	if (label->text)
		str_add(out, p->strings[label->text], p->string_lengths[label->text]);
	else
		str_printf(out, "%" PRId64 "%s", label->number, profile_str(p, label->unit));
}

static void add_name_or_number(struct str *out, const struct profile *p, uint32_t name,
			       uint64_t number)
{
	if (p->string_lengths[name])
		str_add(out, p->strings[name], p->string_lengths[name]);
	else if (number)
		str_printf(out, "%" PRIu64, number);
}

/* The value of the sample's labels of this key; nothing where it has none. */
static void label_value(struct str *out, const struct profile *p,
			const struct profile_sample *sample, const char *key)
{
	const struct profile_label_set *set = &p->label_sets[sample->labels];

	for (size_t i = 0; i < set->n; i++) {
		const struct profile_label *label = &p->labels[set->first + i];

		if (!strcmp(p->strings[label->key], key))
			add_value(out, p, label);
	}
	if (out->len || sample->thread == PROFILE_NONE)
		return;
	if (!strcmp(key, "thread")) {
		const struct profile_thread *t = &p->threads[sample->thread];

		add_name_or_number(out, p, t->name, t->tid);
	} else if (!strcmp(key, "process")) {
		const struct profile_process *process =
			&p->processes[p->threads[sample->thread].process];

		add_name_or_number(out, p, process->command, process->pid);
	}
}

/* The node below `node` for all keys; as in pprof a frame also where there is no value. */
static uint32_t add_label_frames(struct filtering *f, struct keys *keys,
				 const struct profile_sample *sample, uint32_t node)
{
	struct str value = STR_INIT;

	for (size_t i = 0; i < keys->n; i++) {
		const char *key = keys->names[i];
		uint32_t name;

		str_clear(&value);
		label_value(&value, f->from, sample, key);
		keys->hit |= value.len > 0;
		name = profile_string(f->to, str_cstr(&value), value.len);
		node = profile_node(
			f->to, node,
			profile_location(f->to,
					 profile_function(f->to, name,
							  profile_string(f->to, key,
									 strlen(key)),
							  0),
					 0, 0));
	}
	f->failed |= value.failed || node == PROFILE_NONE;
	str_deinit(&value);
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

/* What becomes of a node whose caller's fate is known. */
static void decide(struct filtering *f, uint32_t node)
{
	const struct profile *p = f->from;
	const struct profile_node *n = &p->nodes[node];
	const struct fate *parent = &f->fates[n->parent];
	uint32_t function = p->locations[n->location].function;
	struct fate *fate = &f->fates[node];

	*fate = *parent;
	fate->focused |= matches_function(&f->focus, p, function);
	fate->ignored |= matches_function(&f->ignore, p, function);
	if (matches_function(&f->hide, p, function))
		return;
	fate->node = child(f, parent->node, n->location);
	if (matches_function(&f->prune_from, p, function))
		fate->cut = fate->node;
	f->failed |= fate->node == PROFILE_NONE;
}

/* Goes up to what the group has been through before, and down again; stacks may be deep. */
static const struct fate *fate_of(struct filtering *f, uint32_t node)
{
	uint32_t at = node;
	size_t n = 0;

	for (; f->fates[at].group != f->group; at = f->from->nodes[at].parent) {
		if (!array_grow(f->path, n, f->cap_path)) {
			f->failed = true;
			break;
		}
		f->path[n++] = at;
	}
	while (n && !f->failed)
		decide(f, f->path[--n]);
	return &f->fates[node];
}

/* Is the stack one of those asked for? */
static bool is_chosen(struct filtering *f, const struct fate *fate, uint32_t thread_id)
{
	if (f->focus.regex && !fate->focused)
		return false;
	return !fate->ignored && thread_chosen(f, thread_id);
}

static bool add_sample(struct filtering *f, size_t i)
{
	const struct profile_sample *sample = &f->from->samples[i];
	const struct fate *fate = fate_of(f, sample->node);
	struct profile_sample key = { .node = fate->node, .marks = sample->marks };

	if (f->failed)
		return false;
	f->focus.hit |= fate->focused;
	if (!is_chosen(f, fate, sample->thread))
		return true;
	if (fate->cut != PROFILE_NONE) {
		key.marks &= ~(uint32_t)PROFILE_MARK_TRUNCATED;
		key.node = fate->cut;
	}
	/* Nothing is left of it but what it never had. */
	if (f->hide.regex && key.node == f->base && sample->node != PROFILE_ROOT)
		return true;
	key.thread = thread(f, sample->thread);
	key.labels = label_set(f, sample->labels);
	key.node = add_label_frames(f, &f->leaf, sample, key.node);
	if (f->failed || !profile_add_to(f->to, &key, f->from->values + i * f->from->n_metrics))
		return false;
	if (f->from->timeline)
		f->samples[i] = profile_sample(f->to, &key);
	return true;
}

/* The stacks of another group begin at `base`: nothing is known of it yet. */
static void begin_group(struct filtering *f, uint32_t base)
{
	f->group++;
	f->base = base;
	f->fates[PROFILE_ROOT] =
		(struct fate){ .node = base, .cut = PROFILE_NONE, .group = f->group };
}

static int by_base(const void *a, const void *b, void *bases)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t base_x = ((const uint32_t *)bases)[x], base_y = ((const uint32_t *)bases)[y];

	if (base_x != base_y)
		return base_x < base_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Where labels stand at the root, the samples below the same ones are taken together. */
static bool add_samples_by_label(struct filtering *f, uint32_t *bases, uint32_t *order)
{
	size_t n = f->from->n_samples;

	for (size_t i = 0; i < n; i++) {
		bases[i] = add_label_frames(f, &f->root, &f->from->samples[i], PROFILE_ROOT);
		order[i] = (uint32_t)i;
	}
	if (f->failed)
		return false;
	qsort_r(order, n, sizeof(*order), by_base, bases);
	for (size_t i = 0; i < n; i++) {
		if (!i || bases[order[i]] != f->base)
			begin_group(f, bases[order[i]]);
		if (!add_sample(f, order[i]))
			return false;
	}
	return true;
}

static bool add_samples(struct filtering *f)
{
	size_t n = f->from->n_samples;
	uint32_t *bases, *order;
	bool ok = true;

	if (!f->root.n) {
		begin_group(f, PROFILE_ROOT);
		for (size_t i = 0; ok && i < n; i++)
			ok = add_sample(f, i);
		return ok;
	}
	bases = none_table(n);
	order = none_table(n);
	ok = bases && order && add_samples_by_label(f, bases, order);
	free(bases);
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

static enum pyprof_status check_hits(const struct filtering *f, struct pyprof_error *err)
{
	const struct profile_filter *o = f->filter;
	const struct matcher *all[] = { &f->focus,	&f->ignore, &f->hide,
					&f->prune_from, &f->thread, &f->process };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->regex && regex_gave_up(all[i]->regex))
			return error_set(err, PYPROF_ERR_LIMIT,
					 "%s: the expression takes too long to match",
					 all[i]->option);
	if (!f->from->n_samples)
		return PYPROF_OK;
	if (o->focus && !f->focus.hit)
		return nothing(err, "--focus", o->focus, "frame");
	if (o->thread && !f->thread.hit)
		return nothing(err, "--thread", o->thread, "thread's name or id");
	if (o->process && !f->process.hit)
		return nothing(err, "--process", o->process, "process's command or id");
	if (o->root && !f->root.hit)
		return nothing(err, "--root", o->root, "label");
	if (o->leaf && !f->leaf.hit)
		return nothing(err, "--leaf", o->leaf, "label");
	return PYPROF_OK;
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
