/* SPDX-License-Identifier: MIT */
/* /proc/PID/maps: what is parsed keeps the promises of maps.h and is written back the same. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "target/maps.h"

static void check(const struct maps *maps)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct mapping *m = &maps->mappings[i];

		FUZZ_CHECK(m->start < m->end && m->path);
		FUZZ_CHECK(!i || m[-1].end <= m->start);
		FUZZ_CHECK(maps_find(maps, m->start) == m && maps_find(maps, m->end - 1) == m);
		FUZZ_CHECK(maps_readable(maps, m->start, m->end - m->start) == m->readable);
	}
	for (size_t i = 0; i < maps->n_modules; i++) {
		const struct module *module = &maps->modules[i];

		FUZZ_CHECK(module->first <= module->last && module->last < maps->n);
		FUZZ_CHECK(module->base < module->end);
		FUZZ_CHECK(!i || module[-1].base < module->base);
		FUZZ_CHECK(module_name(module));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct maps maps = MAPS_INIT, again = MAPS_INIT;
	struct str text = STR_INIT, same = STR_INIT;
	struct pyprof_error err;

	if (maps_parse(&maps, (const char *)data, size, &err)) {
		FUZZ_CHECK(!maps.n && !maps.n_modules && err.message[0]);
		return 0;
	}
	check(&maps);
	maps_format(&maps, &text);
	FUZZ_CHECK(!maps_parse(&again, str_cstr(&text), text.len, &err));
	FUZZ_CHECK(again.n == maps.n && again.n_modules == maps.n_modules);
	maps_format(&again, &same);
	FUZZ_CHECK(same.len == text.len);
	FUZZ_CHECK(!text.len || !memcmp(same.data, text.data, text.len));
	maps_deinit(&maps);
	maps_deinit(&again);
	str_deinit(&text);
	str_deinit(&same);
	return 0;
}
