/* SPDX-License-Identifier: MIT */
#include "python/layout.h"

#include <stdio.h>

#define OLDEST PY_HEX(2, 7, 0)
#define NEWEST PY_HEX(3, 15, 0)
#define MICRO_UNKNOWN 0xff

uint32_t py_layout_oldest(void)
{
	return OLDEST;
}

uint32_t py_layout_newest(void)
{
	return NEWEST;
}

const struct py_layout *py_layout_next(uint32_t version, size_t *cursor)
{
	while (*cursor < py_n_layout_rows) {
		const struct py_layout *row = &py_layout_rows[(*cursor)++];

		if (!version ||
		    PY_VERSION_MINOR(row->version_min) == PY_VERSION_MINOR(version))
			return row;
	}
	return NULL;
}

bool py_version_self_describing(uint32_t version)
{
	return version >= PY_HEX(3, 13, 0);
}

bool py_version_supported(uint32_t version)
{
	uint32_t minor = PY_VERSION_MINOR(version);

	return minor == PY_VERSION_MINOR(OLDEST) ||
	       (minor >= PY_VERSION_MINOR(PY_HEX(3, 6, 0)) &&
		minor <= PY_VERSION_MINOR(NEWEST));
}

bool py_version_plausible(uint32_t version)
{
	uint32_t major = version >> 24, level = version >> 4 & 0xf;

	return (major == 2 || major == 3) && level >= 0xa && (level <= 0xc || level == 0xf);
}

bool py_version_prerelease(uint32_t version)
{
	return (version >> 4 & 0xf) < 0xc;
}

/* Sources: the __repr__ methods of each release; checked by tests/live/test-values. */
uint32_t py_repr_ways(uint32_t version)
{
	uint32_t ways = 0;

	if (version < PY_HEX(3, 0, 0))
		return PY_REPR_2 | PY_REPR_EXCEPTION_COMMA | PY_REPR_ODICT_PAIRS;
	if (version < PY_HEX(3, 7, 0))
		ways |= PY_REPR_EXCEPTION_COMMA;
	else
		ways |= PY_REPR_DELTA_NAMES | PY_REPR_CLASS_NAMES;
	if (version < PY_HEX(3, 9, 0))
		ways |= PY_REPR_NAMESPACE_SORTED | PY_REPR_LOADER_FIRST;
	if (version < PY_HEX(3, 12, 0))
		ways |= PY_REPR_ODICT_PAIRS;
	if (version >= PY_HEX(3, 11, 0))
		ways |= PY_REPR_FLAG_NAMED;
	if (version >= PY_HEX(3, 15, 0))
		ways |= PY_REPR_BYTEARRAY_AS_BYTES;
	return ways | (version >> 16 & 0xff) << 16;
}

const char *py_version_text(uint32_t version, char *buf, size_t size)
{
	static const char *const levels[16] = { [0xa] = "a", [0xb] = "b", [0xc] = "rc" };
	unsigned major = version >> 24, minor = version >> 16 & 0xff;
	unsigned micro = version >> 8 & 0xff, serial = version & 0xf;
	const char *level = levels[version >> 4 & 0xf];

	if (micro == MICRO_UNKNOWN)
		snprintf(buf, size, "%u.%u", major, minor);
	else if (level)
		snprintf(buf, size, "%u.%u.%u%s%u", major, minor, micro, level, serial);
	else
		snprintf(buf, size, "%u.%u.%u", major, minor, micro);
	return buf;
}
