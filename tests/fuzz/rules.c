/* SPDX-License-Identifier: MIT */
/*
 * Budget files: what is read, each pattern finds what it is the name of; what is not, says where. And
 * patterns: the input up to the first newline is one, what follows a name and a file.
 */
#include "fuzz/fuzz.h"

#include <math.h>
#include <string.h>

#include "diff/glob.h"
#include "diff/rules.h"

static void check_rules(const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i], *found;

		FUZZ_CHECK(!strncmp(rule->from, "budget:", 7));
		FUZZ_CHECK(rule->of == RULE_ALLOW || (isfinite(rule->limit) && rule->limit > 0));
		FUZZ_CHECK((rule->of == RULE_TOTAL) == !*rule->pattern);
		FUZZ_CHECK(!memchr(rule->pattern, '\n', strlen(rule->pattern)));
		if (i > 100)
			continue;
		found = rules_find(rules, rule->of, rule->pattern, "shop/app.py");
		FUZZ_CHECK(found && found <= rule);
	}
}

static void check_pattern(const char *text)
{
	char *pattern = strdup(text), *name, *file, *end;
	struct rules rules = { 0 };

	FUZZ_CHECK(pattern);
	end = pattern + strlen(pattern);
	name = pattern + strcspn(pattern, "\n");
	name += name < end;
	if (name > pattern)
		name[-1] = '\0';
	file = name + strcspn(name, "\n");
	file += file < end;
	if (file > name)
		file[-1] = '\0';
	if (!rules_allow(&rules, pattern, NULL)) {
		FUZZ_CHECK(rules_find(&rules, RULE_ALLOW, pattern, file));
		rules_find(&rules, RULE_ALLOW, name, file);
	}
	if (!strpbrk(pattern, "*?[\\")) {
		const struct glob_piece piece = { name, strlen(name), false };

		FUZZ_CHECK(glob_matches(pattern, &piece, 1) == !strcmp(pattern, name));
	}
	rules_deinit(&rules);
	free(pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules rules = { 0 };
	struct pyprof_error err = { 0 };
	char *text;

	if (size > 4096)
		return 0;
	if (rules_read_budget_text(&rules, "budget", (const char *)data, size, &err)) {
		FUZZ_CHECK(!strncmp(err.message, "budget:", 7));
		FUZZ_CHECK(!rules.n);
	} else {
		check_rules(&rules);
	}
	rules_deinit(&rules);
	text = strndup((const char *)data, size);
	FUZZ_CHECK(text);
	check_pattern(text);
	free(text);
	return 0;
}
