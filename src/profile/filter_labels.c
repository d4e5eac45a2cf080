/* SPDX-License-Identifier: MIT */
#include "profile/filter_labels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void label_keys_deinit(struct label_keys *keys)
{
	free(keys->text);
}

enum pyprof_status label_keys_init(struct label_keys *keys, const char *list, const char *option,
				   struct pyprof_error *err)
{
	char *rest;

	if (!list)
		return PYPROF_OK;
	rest = keys->text = strdup(list);
	if (!rest)
		return error_nomem(err);
	while (rest) {
		const char *name = strsep(&rest, ",");

		if (!*name)
			return error_set(err, PYPROF_ERR_USAGE,
					 "%s: '%.60s' has an empty name of a label", option,
					 list);
		if (keys->n == LABEL_KEYS_MAX)
			return error_set(err, PYPROF_ERR_USAGE, "%s: more than %d labels", option,
					 LABEL_KEYS_MAX);
		keys->names[keys->n++] = name;
	}
	return PYPROF_OK;
}

static void add_string(struct str *out, const struct profile *p, uint32_t string)
{
	str_add(out, p->strings[string], p->string_lengths[string]);
}

static void add_label(struct str *out, const struct profile *p, const struct profile_label *label)
{
	if (out->len)
		str_add_char(out, ',');
	if (label->text)
		add_string(out, p, label->text);
	else
		str_printf(out, "%" PRId64 "%s", label->number, profile_str(p, label->unit));
}

static void add_name_or_number(struct str *out, const struct profile *p, uint32_t name,
			       uint64_t number)
{
	if (p->string_lengths[name])
		add_string(out, p, name);
	else if (number)
		str_printf(out, "%" PRIu64, number);
}

static void add_thread_value(struct str *out, const struct profile *p, uint32_t thread,
			     const char *key)
{
	const struct profile_thread *t = &p->threads[thread];
	const struct profile_process *process = &p->processes[t->process];

	if (!strcmp(key, "thread"))
		add_name_or_number(out, p, t->name, t->tid);
	else if (!strcmp(key, "process"))
		add_name_or_number(out, p, process->command, process->pid);
	else if (!strcmp(key, "thread_id"))
		str_printf(out, "%" PRIu64, t->tid);
	else if (!strcmp(key, "process_id"))
		str_printf(out, "%" PRIu64, process->pid);
}

static const char *mark_value(uint32_t marks, const char *key)
{
	if (!strcmp(key, "truncated") && (marks & PROFILE_MARK_TRUNCATED))
		return "yes";
	if (!strcmp(key, "paused") && (marks & PROFILE_MARK_PAUSED))
		return "yes";
	if (!strcmp(key, "state") && (marks & PROFILE_MARK_IDLE))
		return "idle";
	if (!strcmp(key, "state") && (marks & PROFILE_MARK_GIL_WAIT))
		return "gil-wait";
	return "";
}

void label_value(struct str *out, const struct profile *p, const struct profile_sample *sample,
		 const char *key)
{
	const struct profile_label_set *set = &p->label_sets[sample->labels];
	size_t start = out->len;

	for (size_t i = 0; i < set->n; i++) {
		const struct profile_label *label = &p->labels[set->first + i];

		if (!strcmp(p->strings[label->key], key))
			add_label(out, p, label);
	}
	if (out->len == start && sample->thread != PROFILE_NONE)
		add_thread_value(out, p, sample->thread, key);
	if (out->len == start)
		str_add_cstr(out, mark_value(sample->marks, key));
}
