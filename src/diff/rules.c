/* SPDX-License-Identifier: MIT */
/* Rules: which there are, and which of them is a function's. The budget file is budget.c's. */
#include "diff/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "diff/glob.h"
#include "diff/rules_parse.h"
#include "profile/module.h"

static void rule_deinit(struct rule *rule)
{
	free(rule->pattern);
	free(rule->from);
}

void rules_deinit(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_deinit(&rules->items[i]);
	free(rules->items);
	*rules = (struct rules){ 0 };
}

void rules_cut(struct rules *rules, size_t n)
{
	while (rules->n > n)
		rule_deinit(&rules->items[--rules->n]);
}

enum pyprof_status rules_add(struct rules *rules, enum rule_of of, const char *pattern, size_t len,
			     const struct rule_limit *limit, const char *from,
			     struct pyprof_error *err)
{
	struct rule rule = { .of = of };

	if (limit) {
		rule.absolute = limit->absolute;
		rule.seconds = limit->seconds;
		rule.limit = limit->value;
	}
	rule.pattern = strndup(pattern, len);
	rule.from = strdup(from);
	if (!rule.pattern || !rule.from || !array_grow(rules->items, rules->n, rules->cap)) {
		rule_deinit(&rule);
		return error_nomem(err);
	}
	rules->items[rules->n++] = rule;
	return PYPROF_OK;
}

/* ---- options ------------------------------------------------------------------------ */

static enum pyprof_status bad_limit(const char *option, const char *text, const char *why,
				    struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE, "%s: '%.60s' is no limit: %s", option, text, why);
	error_hint(err, RULE_LIMIT_HINT);
	return PYPROF_ERR_USAGE;
}

enum pyprof_status rules_fail_on(struct rules *rules, const char *text, struct pyprof_error *err)
{
	struct rule_limit limit;
	const char *why = rule_limit_parse(text, strlen(text), &limit);

	if (!why && limit.absolute)
		why = "of what changed by less nothing fails, so it is a share, such as 5%";
	if (why)
		return bad_limit("--fail-on", text, why, err);
	rules->fail_on = limit.value;
	return PYPROF_OK;
}

enum pyprof_status rules_fail_on_function(struct rules *rules, const char *text,
					  struct pyprof_error *err)
{
	static const char option[] = "--fail-on-function";
	const char *equals = strrchr(text, '='), *why;
	struct rule_limit limit;
	size_t len = equals ? (size_t)(equals - text) : 0;

	if (!len) {
		error_set(err, PYPROF_ERR_USAGE, "%s: '%.60s' is not NAME=LIMIT", option, text);
		error_hint(err, "such as %s app.parse=3%%", option);
		return PYPROF_ERR_USAGE;
	}
	if (len > RULE_PATTERN_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "%s: a name of more than %u bytes", option,
				 RULE_PATTERN_MAX);
	why = rule_limit_parse(equals + 1, strlen(equals + 1), &limit);
	if (why)
		return bad_limit(option, equals + 1, why, err);
	return rules_add(rules, RULE_FUNCTION, text, len, &limit, option, err);
}

enum pyprof_status rules_allow(struct rules *rules, const char *pattern, struct pyprof_error *err)
{
	size_t len = strlen(pattern);

	if (!len)
		return error_set(err, PYPROF_ERR_USAGE, "--allow: of what? It names nothing");
	if (len > RULE_PATTERN_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "--allow: a name of more than %u bytes",
				 RULE_PATTERN_MAX);
	return rules_add(rules, RULE_ALLOW, pattern, len, NULL, "--allow", err);
}

/* ---- which is a function's ------------------------------------------------------------- */

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !memcmp(text + len - n, end, n);
}

/* What a file's module is called where it is imported: "shop/app" of "/shop/app.py". */
static struct glob_piece dotted(const char *file)
{
	static const char *const endings[] = { ".py", ".pyc", ".pyx", ".pyw" };
	const char *frozen = module_after_frozen(file);
	struct glob_piece piece = { .text = frozen ? frozen : file, .dots = true };

	while (*piece.text == '/')
		piece.text++;
	piece.len = frozen ? strcspn(piece.text, ">") : strlen(piece.text);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (ends_with(piece.text, piece.len, endings[i])) {
			piece.len -= strlen(endings[i]);
			break;
		}
	}
	if (ends_with(piece.text, piece.len, "/__init__"))
		piece.len -= strlen("/__init__");
	return piece;
}

static bool glob_fits(const char *pattern, const char *name, const char *file)
{
	struct glob_piece pieces[4] = { { name, strlen(name), false } };

	if (glob_matches(pattern, pieces, 1))
		return true;
	if (!file || !*file)
		return false;
	pieces[1] = (struct glob_piece){ " (", 2, false };
	pieces[2] = (struct glob_piece){ file, strlen(file), false };
	pieces[3] = (struct glob_piece){ ")", 1, false };
	if (glob_matches(pattern, pieces, 4))
		return true;
	pieces[2] = pieces[0];
	pieces[0] = dotted(file);
	pieces[1] = (struct glob_piece){ ".", 1, false };
	return glob_matches(pattern, pieces, 3);
}

/* Is it "name (file)"? */
static bool is_name_and_file(const char *pattern, const char *name, const char *file)
{
	size_t len = strlen(pattern), n = strlen(name), f = strlen(file);

	return len == n + f + 3 && !memcmp(pattern, name, n) && !memcmp(pattern + n, " (", 2) &&
	       !memcmp(pattern + n + 2, file, f) && pattern[len - 1] == ')';
}

/* Is it ".name" behind the end of the module's name, from some dot of that on? */
static bool is_module_and_name(const char *pattern, const char *name, const char *file)
{
	struct glob_piece module = dotted(file);
	size_t len = strlen(pattern), n = strlen(name);

	if (!ends_with(pattern, len, name) || len < n + 2 || pattern[len - n - 1] != '.')
		return false;
	len -= n + 1;
	if (len > module.len)
		return false;
	module.text += module.len - len;
	for (size_t i = 0; i < len; i++)
		if ((module.text[i] == '/' ? '.' : module.text[i]) != pattern[i])
			return false;
	return len == module.len || module.text[-1] == '/' || module.text[-1] == '.';
}

static bool fits(const struct rule *rule, const char *name, const char *file)
{
	if (!strcmp(rule->pattern, name))
		return true;
	if (file && *file &&
	    (is_name_and_file(rule->pattern, name, file) ||
	     is_module_and_name(rule->pattern, name, file)))
		return true;
	return glob_is(rule->pattern) && glob_fits(rule->pattern, name, file);
}

const struct rule *rules_find(const struct rules *rules, enum rule_of of, const char *name,
			      const char *file)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].of == of && fits(&rules->items[i], name, file))
			return &rules->items[i];
	return NULL;
}

const struct rule *rules_find_limit(const struct rules *rules, enum rule_of of, bool absolute,
				    const char *name, const char *file)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].of == of && rules->items[i].absolute == absolute &&
		    fits(&rules->items[i], name, file))
			return &rules->items[i];
	return NULL;
}
