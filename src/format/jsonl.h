/* SPDX-License-Identifier: MIT */
/*
 * JSON lines: an object a line, for jq, pandas and scripts. All metrics, all that is
 * known of a sample. Written only.
 *
 * Version 1. The first line describes the file:
 *
 *   {"format":"pyprof-jsonl","version":1,"exporter":"pyprof@0.1.0",
 *    "metrics":[{"name":"samples","unit":"count"},...],"metric":"samples",
 *    "command":"...","python":"3.13.0","cwd":"/srv","revision":"...","machine":"...","ended":"exit",
 *    "pid":12,"comments":"...",
 *    "start_realtime_ns":...,"period":{"value":10000000,"type":"wall","unit":"nanoseconds"}}
 *
 * "metric" is the one to show where only one can be. What is not known is left out, from
 * "command" on. Each further line is a distinct sample, in the order in which they were
 * first seen:
 *
 *   {"stack":[{"name":"main","file":"/srv/a.py","line":3,"column":5,"start_line":1},...],
 *    "thread":{"id":12,"name":"pool"},"process":{"id":11,"command":"..."},
 *    "truncated":true,"paused":true,"state":"idle",
 *    "labels":{"request":"GET /","size":{"value":3,"unit":"bytes"},"n":[1,2]},
 *    "values":{"samples":2,"wall":20000000}}
 *
 * "stack" and "values" are always there, "values" with every metric; all else only where
 * it is known or so. The stack's first frame is the root. "truncated": frames are missing
 * behind its last one. "paused": the thread was paused for the look. "state": "idle" (it
 * neither ran nor waited for the GIL) or "gil-wait". A label with a unit is an object,
 * one without a text or number; several of one key are an array, in their order. A metric
 * whose name another one before it has is called NAME#I, I being its place in "metrics",
 * from 0.
 *
 * Later versions may add keys; what a key means does not change without a new version.
 * Numbers are whole, of up to 64 bits: Python reads them exactly, jq from 1.7 on passes
 * them through, JavaScript and pandas may round above 2^53. Texts are as base/json.h has
 * them.
 *
 * Memory while writing is that of the text of all distinct frames.
 */
#ifndef PYPROF_FORMAT_JSONL_H
#define PYPROF_FORMAT_JSONL_H

#include "format/format.h"

extern const struct format format_jsonl;

#endif
