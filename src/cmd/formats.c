/* SPDX-License-Identifier: MIT */
#include "cmd/formats.h"

#include "libpyprof.h"

struct option_choice formats_to_write[FORMATS_MAX + 1];
struct option_choice formats_to_read[FORMATS_MAX + 1];

void formats_init(void)
{
	struct pyprof_format format = PYPROF_FORMAT_INIT;
	size_t writes = 0, reads = 0;

	for (size_t i = 0; i < FORMATS_MAX && pyprof_format(i, &format); i++) {
		struct option_choice choice = { format.name, format.also, format.description };

		if (format.writes)
			formats_to_write[writes++] = choice;
		if (format.reads)
			formats_to_read[reads++] = choice;
	}
}
