/* SPDX-License-Identifier: MIT */
/* What makes a check fail, read once: a budget may come from a pipe. */
#include <stdlib.h>
#include <string.h>

#include "api/diff.h"

/* What makes a budget may have failed: a file that guards nothing is not taken for one that allows all. */
static enum pyprof_status read_budget(struct rules *rules, const char *path,
				      struct pyprof_error *err)
{
	size_t before = rules->n;
	enum pyprof_status status = rules_read_budget(rules, path, err);

	if (status || rules->n > before)
		return status;
	error_set(err, PYPROF_ERR_USAGE, "%s: there is no limit in it", path);
	error_hint(err, "a limit is a line such as: function app.parse 3%%");
	return PYPROF_ERR_USAGE;
}

static enum pyprof_status read_rules(struct rules *rules, const struct pyprof_check_opts *o,
				     struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	if (o->fail_on)
		status = rules_fail_on(rules, o->fail_on, err);
	for (size_t i = 0; !status && o->fail_on_function && o->fail_on_function[i]; i++)
		status = rules_fail_on_function(rules, o->fail_on_function[i], err);
	for (size_t i = 0; !status && o->allow && o->allow[i]; i++)
		status = rules_allow(rules, o->allow[i], err);
	if (!status && o->budget)
		status = read_budget(rules, o->budget, err);
	return status;
}

struct pyprof_check_opts diff_check_opts(const struct pyprof_check_opts *opts)
{
	struct pyprof_check_opts o = PYPROF_CHECK_OPTS_INIT;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	return o;
}

enum pyprof_status pyprof_rules_read(struct pyprof_rules **out,
				     const struct pyprof_check_opts *opts,
				     struct pyprof_error *err)
{
	const struct pyprof_check_opts o = diff_check_opts(opts);
	struct pyprof_rules *rules = calloc(1, sizeof(*rules));
	enum pyprof_status status;

	*out = NULL;
	if (!rules)
		return error_nomem(err);
	status = read_rules(&rules->rules, &o, err);
	if (status)
		pyprof_rules_destroy(rules);
	else
		*out = rules;
	return status;
}

void pyprof_rules_destroy(struct pyprof_rules *rules)
{
	if (!rules)
		return;
	rules_deinit(&rules->rules);
	free(rules);
}
