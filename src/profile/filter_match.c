/* SPDX-License-Identifier: MIT */
#include "profile/filter_match.h"

#include <stdlib.h>
#include <string.h>

#include "profile/function_name.h"

void matcher_deinit(struct matcher *m)
{
	regex_destroy(m->regex);
	free(m->of_function);
}

enum pyprof_status matcher_init(struct matcher *m, const char *pattern, const char *option,
				const struct profile *profile, struct pyprof_error *err)
{
	m->option = option;
	if (!pattern)
		return PYPROF_OK;
	m->of_function = calloc(profile->n_functions + 1, 1);
	if (!m->of_function)
		return error_nomem(err);
	return regex_create(&m->regex, pattern, option, err);
}

bool matcher_text(const struct matcher *m, const char *text, size_t len)
{
	return m->regex && regex_matches(m->regex, text, len);
}

bool matcher_string(const struct matcher *m, const struct profile *p, uint32_t string)
{
	return matcher_text(m, p->strings[string], p->string_lengths[string]);
}

static bool name_matches(const struct matcher *m, const char *name, size_t len)
{
	if (!m->simple_name_alone)
		return matcher_text(m, name, len);
	function_simple_name(&name, &len);
	return len && matcher_text(m, name, len);
}

bool matcher_function(struct matcher *m, const struct profile *p, uint32_t function)
{
	uint8_t *known;

	if (!m->regex)
		return false;
	known = &m->of_function[function];
	if (!*known) {
		const struct profile_function *f = &p->functions[function];
		bool yes = name_matches(m, p->strings[f->name], p->string_lengths[f->name]) ||
			   (!m->simple_name_alone && matcher_string(m, p, f->file));

		*known = (uint8_t)(1 + yes);
	}
	return *known > 1;
}

bool matcher_label(const struct matcher *m, const char *value, size_t len, const char *key)
{
	return name_matches(m, value, len) ||
	       (!m->simple_name_alone && matcher_text(m, key, strlen(key)));
}
