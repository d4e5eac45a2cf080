/* SPDX-License-Identifier: MIT */
/* Every layout there is: the rows, and what recorded blocks of debug offsets give. */
#ifndef PYPROF_TESTS_ALL_LAYOUTS_H
#define PYPROF_TESTS_ALL_LAYOUTS_H

#include "python/debug_offsets.h"
#include "python/layout.h"
#include "support/debug_offsets_blocks.h"

static struct py_layout layouts[64];
static size_t n_layouts;

static void add_block(const void *block, size_t size)
{
	uint32_t version;

	assert_int_equal(py_debug_offsets_parse(block, size, &layouts[n_layouts++], &version,
						NULL),
			 PYPROF_OK);
}

static int collect(void **state)
{
	(void)state;
	for (size_t i = 0; i < py_n_layout_rows; i++)
		layouts[n_layouts++] = py_layout_rows[i];
	add_block(block_313, sizeof(block_313));
	add_block(block_313t, sizeof(block_313t));
	add_block(block_314, sizeof(block_314));
	add_block(block_314t, sizeof(block_314t));
	add_block(block_315, sizeof(block_315));
	add_block(block_315t, sizeof(block_315t));
	return 0;
}

#endif
