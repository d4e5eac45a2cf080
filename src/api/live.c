/* SPDX-License-Identifier: MIT */
/* A recording, watched: profile/live.h, asked about a recorder's profile. */
#include "profile/live.h"

#include <string.h>

#include "api/recorder.h"

/* The library's user knows it by this name alone. */
static struct live *live_of(struct pyprof_live *live)
{
	return (struct live *)live;
}

/* The caller's struct may be older and shorter, or newer and longer, than ours. */
static struct pyprof_live_query query_of(const struct pyprof_live_query *query)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	if (query)
		memcpy(&q, query, query->size < sizeof(q) ? query->size : sizeof(q));
	return q;
}

enum pyprof_status pyprof_live_create(struct pyprof_live **out, struct pyprof_recorder *recorder,
				      struct pyprof_error *err)
{
	struct live *live;
	enum pyprof_status status = live_create(&live, recorder->profile, err);

	*out = (struct pyprof_live *)live;
	return status;
}

void pyprof_live_destroy(struct pyprof_live *live)
{
	live_destroy(live_of(live));
}

enum pyprof_status pyprof_live_update(struct pyprof_live *live, struct pyprof_error *err)
{
	return live_update(live_of(live), err);
}

enum pyprof_status pyprof_live_reset(struct pyprof_live *live, struct pyprof_error *err)
{
	return live_reset(live_of(live), err);
}

enum pyprof_status pyprof_live_rows(struct pyprof_live *live,
				    const struct pyprof_live_query *query,
				    struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
				    uint64_t *whole, struct pyprof_error *err)
{
	struct pyprof_live_query q = query_of(query);

	return live_rows(live_of(live), &q, rows, max, n, of, whole, err);
}

enum pyprof_status pyprof_live_one(struct pyprof_live *live,
				   const struct pyprof_live_query *query, uint32_t id,
				   struct pyprof_live_row *row, uint64_t *whole,
				   struct pyprof_error *err)
{
	struct pyprof_live_query q = query_of(query);

	return live_one(live_of(live), &q, id, row, whole, err);
}

enum pyprof_status pyprof_live_callers(struct pyprof_live *live,
				       const struct pyprof_live_query *query, uint32_t id,
				       struct pyprof_live_row *rows, size_t max, size_t *n,
				       size_t *of, struct pyprof_error *err)
{
	struct pyprof_live_query q = query_of(query);

	return live_calls(live_of(live), &q, id, true, rows, max, n, of, err);
}

enum pyprof_status pyprof_live_callees(struct pyprof_live *live,
				       const struct pyprof_live_query *query, uint32_t id,
				       struct pyprof_live_row *rows, size_t max, size_t *n,
				       size_t *of, struct pyprof_error *err)
{
	struct pyprof_live_query q = query_of(query);

	return live_calls(live_of(live), &q, id, false, rows, max, n, of, err);
}

enum pyprof_status pyprof_live_threads(struct pyprof_live *live,
				       struct pyprof_live_thread *threads, size_t max, size_t *n,
				       size_t *of, struct pyprof_error *err)
{
	(void)err;
	live_threads(live_of(live), threads, max, n, of);
	return PYPROF_OK;
}

enum pyprof_status pyprof_live_processes(struct pyprof_live *live,
					 struct pyprof_live_thread *processes, size_t max,
					 size_t *n, size_t *of, struct pyprof_error *err)
{
	(void)err;
	live_processes(live_of(live), processes, max, n, of);
	return PYPROF_OK;
}

const char *pyprof_live_short_path(const struct pyprof_live *live, const char *file)
{
	return live_short_path((const struct live *)live, file);
}

enum pyprof_status pyprof_live_flame(struct pyprof_live *live,
				     const struct pyprof_live_query *query, int span,
				     uint32_t under, uint64_t least, struct pyprof_live_box *boxes,
				     size_t max, size_t *n, uint64_t *whole,
				     struct pyprof_error *err)
{
	struct pyprof_live_query q = query_of(query);

	return live_flame(live_of(live), &q, span, under, least, boxes, max, n, whole, err);
}
