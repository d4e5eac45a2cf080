/* SPDX-License-Identifier: MIT */
/*
 * The profile in memory: strings, functions, locations, a call tree, and values.
 *
 * A sample is a leaf node of the call tree, a thread, marks, and one value per metric;
 * equal samples are added up. Ids are indexes, handed out from 0 and never changed or taken
 * back, so whoever feeds a profile may keep them; memory is bounded by what is distinct.
 * Strings are UTF-8, except that lone surrogates may stand in their three-byte form.
 *
 * Feeding what is already there (the sampling path) is one hash lookup a call and allocates
 * nothing. Where an allocation fails the profile stays as it was, and the call says so.
 * Values are added up saturating, at UINT64_MAX (a difference's at INT64_MIN and INT64_MAX).
 *
 * The owner calls profile_destroy(). One thread at a time. Views (lines or functions, threads,
 * paths) are chosen when it is written (profile/view.h), not when it is fed.
 */
#ifndef PYPROF_PROFILE_PROFILE_H
#define PYPROF_PROFILE_PROFILE_H

#include "base/error.h"
#include "base/map.h"
#include "profile/timeline.h"

#define PROFILE_MAX_METRICS 40 /* two sides of 20: profile/pair.h */
#define PROFILE_ROOT 0u /* the call tree's root node; it has no location */
#define PROFILE_NONE UINT32_MAX

struct profile_function {
	uint32_t name, file; /* string ids; file 0 ("") unknown */
	int32_t start_line;  /* 0 unknown */
};

struct profile_location {
	uint32_t function;
	int32_t line;	/* 0 unknown */
	int32_t column; /* 1 and up, in bytes of UTF-8 as the interpreter counts; 0 unknown */
};

/* A node is a location called from its parent node. */
struct profile_node {
	uint32_t parent; /* node id; the root's is PROFILE_NONE */
	uint32_t location;
};

struct profile_thread {
	uint32_t process;
	uint64_t tid;  /* native id; 0 unknown */
	uint32_t name; /* string id; 0 ("") unknown */
	bool ended;    /* it was seen to, while this was recorded */
};

struct profile_process {
	uint64_t pid;
	uint32_t command; /* string id */
};

enum profile_marks {
	PROFILE_MARK_TRUNCATED = 1 << 0, /* frames are missing at the leaf end */
	PROFILE_MARK_PAUSED = 1 << 1,	 /* the thread was paused for the look */
	PROFILE_MARK_IDLE = 1 << 2,	 /* the thread neither ran nor waited for the GIL */
	PROFILE_MARK_GIL_WAIT = 1 << 3,	 /* it waited for the GIL */
};

/* What is known of a sample beside thread and marks: a text, or a number with a unit. */
struct profile_label {
	uint32_t key, text; /* string ids; text 0: it is the number */
	int64_t number;
	uint32_t unit; /* string id; 0 none */
};

/* Labels that belong together; set 0 has none. */
struct profile_label_set {
	uint32_t first, n; /* in profile->labels */
};

struct profile_sample {
	uint32_t node;
	uint32_t thread; /* PROFILE_NONE where the file it came from does not say */
	uint32_t marks;	 /* enum profile_marks */
	uint32_t labels; /* id of a label set */
};

struct profile_metric {
	const char *name; /* "samples" */
	const char *unit; /* "count" */
};

/* A file of native code that was mapped: what an address in it can be looked up by later. */
struct profile_mapping {
	uint64_t start, limit, offset; /* where it lay, and from which byte of the file on */
	uint32_t file, build_id;       /* string ids; build_id: hexadecimal, 0 unknown */
};

/* What is known of the recording as a whole; texts are the profile's, NULL unknown. */
struct profile_info {
	char *command;	      /* the target's command line */
	char *python_version; /* "3.13.0" */
	char *cwd;	      /* the target's, for shortening file names */
	char *comments;	      /* what else another tool said, a line each */
	char *period_type, *period_unit; /* of what a sample was taken each `period` */
	/*
	 * Of the Git checkout that holds cwd, when the recording began: all digits of the commit, and
	 * the branch: "1f2e3d4c… (main)". Whether files were changed since that commit is not known.
	 */
	char *revision;
	char *machine;	/* "x86_64, 2 × AMD EPYC, Linux 6.1": profile/machine.h takes it apart */
	char *ended;	/* why the recording did: "exit", "duration", "stopped", "exec" */
	uint64_t period;		 /* 0 unknown */
	uint64_t pid;
	int64_t start_realtime_ns; /* CLOCK_REALTIME at the first tick */
	struct pyprof_stats stats;
};

/* All its texts in turn, for who copies or frees them: i below PROFILE_INFO_TEXTS. */
#define PROFILE_INFO_TEXTS 9u
char **profile_info_text(struct profile_info *info, size_t i);

/* A copy with texts of its own, which the caller frees. False: no memory, and none to free. */
bool profile_info_copy(struct profile_info *copy, const struct profile_info *from);
void profile_info_deinit(struct profile_info *info);
/* The info of both recordings, as profile_merge() has it. False: no memory, `into` is as it was. */
bool profile_info_merge(struct profile_info *into, const struct profile_info *from);

struct profile {
	struct profile_metric metrics[PROFILE_MAX_METRICS]; /* the texts are the profile's */
	size_t n_metrics;
	size_t default_metric; /* the one to show where nobody asks for another */

	char **strings; /* NUL-terminated; id 0 is "" */
	uint32_t *string_lengths;
	size_t n_strings, cap_strings, cap_string_lengths;
	struct profile_function *functions;
	size_t n_functions, cap_functions;
	struct profile_location *locations;
	size_t n_locations, cap_locations;
	struct profile_node *nodes; /* parents come before their children */
	size_t n_nodes, cap_nodes;
	struct profile_thread *threads;
	size_t n_threads, cap_threads;
	struct profile_process *processes;
	size_t n_processes, cap_processes;
	struct profile_label *labels;
	size_t n_labels, cap_labels;
	struct profile_label_set *label_sets;
	size_t n_label_sets, cap_label_sets;
	struct profile_mapping *mappings;
	size_t n_mappings, cap_mappings;
	struct profile_sample *samples;
	size_t n_samples, cap_samples;
	uint64_t *values; /* n_metrics a sample, side by side */
	size_t cap_values;
	uint32_t *sources; /* by location: string id of its line of source, 0 unknown… */
	size_t n_sources;  /* …of so many locations, which may be none; whoever knows sets them */

	struct map string_map, function_map, location_map, node_map, process_map,
		label_map, mapping_map, sample_map;
	struct timeline *timeline; /* when the samples were taken; NULL: not kept */
	bool shrunk; /* node_map and sample_map are not there */
	/*
	 * Values are int64_t, in two's complement, and some below 0: profile/subtract.h. Only pprof
	 * files hold such; views, reports and other formats are not to be asked.
	 */
	bool is_difference;
	/*
	 * Where watched: the samples that values were added to since somebody took note of them last,
	 * as a chain of ids. The last one is its own next; PROFILE_NONE: not in the chain.
	 */
	bool watched;
	uint32_t first_touched, *next_touched; /* of each sample */
	size_t cap_touched;
	struct profile_info info;
};

/*
 * A new profile with its root node and the string "". Errors: USAGE (no metric, or more than
 * PROFILE_MAX_METRICS), NOMEM.
 */
enum pyprof_status profile_create(struct profile **out, const struct profile_metric *metrics,
				  size_t n_metrics, struct pyprof_error *err);
void profile_destroy(struct profile *profile); /* NULL is fine */

/*
 * Interning: each gives the id of what equals the arguments, adding it where new;
 * PROFILE_NONE where memory (or the 2^32 ids) ran out, or where an id given is not one of
 * the profile's, PROFILE_NONE included: so calls can be nested and the outermost answer asked.
 */
uint32_t profile_string(struct profile *profile, const char *text, size_t len);
uint32_t profile_function(struct profile *profile, uint32_t name, uint32_t file,
			  int32_t start_line);
uint32_t profile_location(struct profile *profile, uint32_t function, int32_t line,
			  int32_t column);
uint32_t profile_node(struct profile *profile, uint32_t parent, uint32_t location);
uint32_t profile_process(struct profile *profile, uint64_t pid, uint32_t command);
/* A new thread each call: ids are reused by the system, the caller knows who is who. */
uint32_t profile_thread(struct profile *profile, uint32_t process, uint64_t tid,
			uint32_t name);
/* The set of these labels, in this order. */
uint32_t profile_label_set(struct profile *profile, const struct profile_label *labels,
			   size_t n);
/* Twice the same mapping is one. */
uint32_t profile_mapping(struct profile *profile, const struct profile_mapping *mapping);
/* The sample that equals `key`; a new one's values are 0. */
uint32_t profile_sample(struct profile *profile, const struct profile_sample *key);

/* Adds n_metrics values to that sample. False where profile_sample() would say PROFILE_NONE. */
bool profile_add_to(struct profile *profile, const struct profile_sample *key,
		    const uint64_t *values);

/* The same for a sample without labels. */
bool profile_add(struct profile *profile, uint32_t node, uint32_t thread, uint32_t marks,
		 const uint64_t *values);

/*
 * The same for a look at `now_ns` (CLOCK_MONOTONIC) that stands for the `ns` before: the timeline
 * has it too, where there is one.
 */
bool profile_add_look(struct profile *profile, uint32_t node, uint32_t thread, uint32_t marks,
		      const uint64_t *values, uint64_t now_ns, uint64_t ns);

/*
 * Frees what only feeding needs, about half of the memory. Who feeds it again pays for making that
 * anew, once.
 */
void profile_shrink(struct profile *profile);

/*
 * Leaves only these metrics, in this order: `n` distinct indexes. The default metric stays, or is
 * the first.
 */
void profile_keep_metrics(struct profile *profile, const size_t *metrics, size_t n);

/* From now on what is touched is noted, and nothing has been so far. False: no memory. */
bool profile_watch(struct profile *profile);
/* The chain begins anew. */
void profile_forget_touched(struct profile *profile);

/* The index of the first metric of this name and, where not NULL, this unit; SIZE_MAX: none. */
size_t profile_find_metric(const struct profile *profile, const char *name, const char *unit);

/* Sum of one metric over all samples; saturating. */
uint64_t profile_total(const struct profile *profile, size_t metric);

/* `n` ids and one more, all PROFILE_NONE, for the caller to free(); NULL: no memory. */
uint32_t *profile_id_table(size_t n);

/* The string, NUL-terminated; it may hold NULs of its own: string_lengths knows. */
const char *profile_str(const struct profile *profile, uint32_t string_id);

/*
 * Adds everything of `from` to `into`. Threads stay apart, processes of equal pid and command
 * do not. Of the info, counters and times add up, the earliest start is kept, and where two
 * recordings differ in what cannot be added (command, version, pid, rate asked) it is
 * forgotten, unless `into` has recorded nothing yet: then all of it is `from`'s. Times are put
 * side by side by when the two began, where both say so; where only one of the two has times of its
 * samples they are dropped, as a timeline is of all samples. Errors: USAGE
 * (other metrics, or the same profile twice), NOMEM; no value is added then, though
 * strings and nodes may stay that no sample counts.
 */
enum pyprof_status profile_merge(struct profile *into, const struct profile *from,
				 struct pyprof_error *err);

static inline uint64_t profile_add_saturating(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* For who adds values otherwise than by profile_add() and its kin. */
static inline void profile_touch(struct profile *profile, uint32_t sample)
{
	if (!profile->watched || profile->next_touched[sample] != PROFILE_NONE)
		return;
	profile->next_touched[sample] =
		profile->first_touched == PROFILE_NONE ? sample : profile->first_touched;
	profile->first_touched = sample;
}

#endif
