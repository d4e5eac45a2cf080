/* SPDX-License-Identifier: MIT */
/* What things of a snapshot are called: in sentences, and by short names in JSON. */
#ifndef PYPROF_DUMP_WORDS_H
#define PYPROF_DUMP_WORDS_H

#include "base/str.h"
#include "dump/snapshot.h"

/* Short names, never NULL: "running", "rlock", "argument". */
const char *snapshot_state_name(enum snapshot_state state);
const char *snapshot_lock_name(enum snapshot_lock_kind kind);
const char *snapshot_value_name(enum snapshot_value_kind kind);

/* "SIGSEGV"; "signal 99" of one without a name. */
void words_signal(struct str *out, int number);

/* `'worker-2' (12346)`; of one without a name "thread 12346". In its visible form. */
void words_thread(struct str *out, const struct snapshot_thread *thread);

/*
 * "lock_a (threading.Lock)", "lock_a (threading.Lock at 0x7f…)" where another is called so too,
 * "a threading.RLock at 0x7f…", "the import of json".
 */
void words_lock(struct str *out, const struct snapshot_wait *wait);

/* Is it the end of a thread that is waited for, as by join()? */
bool words_is_join(const struct snapshot_wait *wait);

/* "running, holds the GIL", "waiting for lock_a (threading.Lock), held by …". */
void words_state(struct str *out, const struct snapshot *snapshot, size_t thread,
		 bool full_path);

/* "they changed while they were read": why frames are missing. */
const char *words_cause(enum pyprof_cause cause);

/* A text of strangers in its visible form. */
void words_add(struct str *out, const char *text);

/* A file name, short unless full_path, in its visible form; ":LINE" where known. */
void words_code_place(struct str *out, const char *file, int32_t line, const char *cwd,
		 bool full_path);

/* "0.4 ms", "12 us", "4.0 s", "2m05s". */
void words_time(struct str *out, uint64_t ns);

#endif
