/* SPDX-License-Identifier: MIT */
#include "cmd/filter_options.h"

enum pyprof_status filter_values_finish(struct filter_values *values,
					struct pyprof_error *err)
{
	if (values->lines + values->functions + values->files + values->modules > 1)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--lines, --functions, --files, --modules: one of them");
	values->filter.granularity = values->functions ? PYPROF_FUNCTIONS :
				     values->files     ? PYPROF_FILES :
				     values->modules   ? PYPROF_MODULES :
							 PYPROF_LINES;
	return pyprof_filter_check(&values->filter, err);
}

bool filter_values_any(const struct filter_values *values)
{
	const struct pyprof_filter *f = &values->filter;

	return f->focus || f->ignore || f->hide || f->prune_from || f->thread || f->process ||
	       f->root || f->leaf;
}
