/* SPDX-License-Identifier: MIT */
/*
 * docs/dump-schema.json says what stands here. Addresses and idents are texts, as a
 * reader's numbers may end at 2^53; times are seconds, written with all their digits.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "dump/changes.h"
#include "dump/deadlock.h"
#include "dump/show.h"
#include "dump/words.h"

static void put_key(FILE *out, const char *key)
{
	fprintf(out, ",\"%s\":", key);
}

static void put_text(FILE *out, const char *key, const char *text)
{
	put_key(out, key);
	json_write_plain_cstr(out, text);
}

/* null where there is none. */
static void put_text_or_null(FILE *out, const char *key, const char *text)
{
	if (text)
		put_text(out, key, text);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void put_bool(FILE *out, const char *key, bool value)
{
	fprintf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void put_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void put_number_or_null(FILE *out, const char *key, bool known, int64_t value)
{
	if (known)
		fprintf(out, ",\"%s\":%" PRId64, key, value);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void put_seconds(FILE *out, const char *key, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%09" PRIu64, key, ns / 1000000000,
		ns % 1000000000);
}

static void put_address(FILE *out, const char *key, uint64_t address)
{
	if (address)
		fprintf(out, ",\"%s\":\"0x%" PRIx64 "\"", key, address);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void put_signal(FILE *out, const char *key, int number)
{
	_cleanup_(str_deinit) struct str name = STR_INIT;

	if (number)
		words_signal(&name, number);
	put_text_or_null(out, key, number ? str_cstr(&name) : NULL);
}

/* "2026-11-23T05:30:12.345678901Z" */
static void put_time(FILE *out, const char *key, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	char stamp[64];
	struct tm tm;

	if (realtime_ns <= 0 || !gmtime_r(&seconds, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm))
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":\"%s.%09dZ\"", key, stamp,
			(int)(realtime_ns % 1000000000));
}

/* ---- frames ---------------------------------------------------------------------- */

static void put_value(FILE *out, const struct snapshot_value *value)
{
	fputs("{\"name\":", out);
	json_write_plain_cstr(out, value->name);
	put_text(out, "kind", snapshot_value_name(value->kind));
	put_text_or_null(out, "type", value->bound ? value->type : NULL);
	put_text_or_null(out, "value", value->bound ? value->text : NULL);
	put_bool(out, "exact", value->bound && value->exact);
	put_bool(out, "cut", value->cut);
	put_bool(out, "redacted", value->redacted);
	putc('}', out);
}

static void put_frame(FILE *out, const struct snapshot_frame *frame)
{
	fputs("{\"function\":", out);
	json_write_plain_cstr(out, frame->function);
	put_text(out, "file", frame->file);
	put_number_or_null(out, "line", frame->line > 0, frame->line);
	put_text_or_null(out, "source", frame->source);
	put_address(out, "address", frame->address);
	if (!frame->values_asked || !frame->values_read) {
		fputs(",\"variables\":null", out);
	} else {
		fputs(",\"variables\":[", out);
		for (size_t i = 0; i < frame->n_values; i++) {
			if (i)
				putc(',', out);
			put_value(out, &frame->values[i]);
		}
		putc(']', out);
	}
	put_bool(out, "variables_late", frame->values_late);
	putc('}', out);
}

/* ---- threads --------------------------------------------------------------------- */

/* The numbers of a thread among others. */
static void put_ids(FILE *out, pid_t tid, uint64_t ident)
{
	fprintf(out, "{\"tid\":");
	if (tid > 0)
		fprintf(out, "%d", (int)tid);
	else
		fputs("null", out);
	if (ident)
		fprintf(out, ",\"ident\":\"%" PRIu64 "\"", ident);
	else
		fputs(",\"ident\":null", out);
}

static void put_wait(FILE *out, const struct snapshot *snapshot,
		     const struct snapshot_wait *wait)
{
	const struct snapshot_thread *holder = wait->holder < snapshot->n_threads
						       ? &snapshot->threads[wait->holder]
						       : NULL;
	bool frame = holder && wait->holder_frame < holder->n_frames;

	fprintf(out, ",\"waits_for\":{\"kind\":\"%s\"", snapshot_lock_name(wait->kind));
	put_text_or_null(out, "name", wait->name && *wait->name ? wait->name : NULL);
	put_address(out, "address", wait->lock);
	put_number_or_null(out, "holder", holder != NULL, (int64_t)wait->holder);
	put_number_or_null(out, "holder_tid", holder && holder->tid > 0,
			   holder ? holder->tid : 0);
	put_number_or_null(out, "holder_frame", frame,
			   frame ? (int64_t)(holder->n_frames - 1 - wait->holder_frame)
				 : 0);
	put_bool(out, "holder_said_by_lock", holder && wait->holder_says);
	putc('}', out);
}

static void put_changes(FILE *out, const struct changes *changes,
			const struct changes_thread *thread)
{
	if (!thread) {
		fputs(",\"changes\":null", out);
		return;
	}
	fprintf(out, ",\"changes\":{\"verdict\":\"%s\"",
		changes_verdict_name(thread->verdict));
	put_number(out, "looks", thread->looks);
	put_number(out, "of_looks", changes->looks);
	put_number(out, "same_looks", thread->same);
	put_seconds(out, "same_seconds",
		    thread->same ? thread->last_ns - thread->since_ns : 0);
	if (thread->cpu_known)
		put_seconds(out, "cpu_seconds", thread->cpu_last - thread->cpu_before);
	else
		fputs(",\"cpu_seconds\":null", out);
	put_number_or_null(out, "woken", thread->woken_known, (int64_t)thread->woken);
	if (thread->n_common) {
		const struct changes_frame *frame = &thread->common[thread->n_common - 1];

		fputs(",\"inside\":{\"function\":", out);
		json_write_plain_cstr(out, frame->function);
		put_text(out, "file", frame->file);
		put_number_or_null(out, "line", frame->line > 0, frame->line);
		put_number_or_null(out, "last_line", frame->last_line > 0,
				   frame->last_line);
		putc('}', out);
	} else {
		fputs(",\"inside\":null", out);
	}
	putc('}', out);
}

static void put_thread(FILE *out, const struct snapshot *snapshot,
		       const struct snapshot_thread *thread)
{
	bool incomplete = thread->truncated || thread->rootless || thread->failed;

	put_ids(out, thread->tid, thread->ident);
	put_number_or_null(out, "namespace_tid", thread->ns_tid > 0, thread->ns_tid);
	put_number_or_null(out, "interpreter", thread->interpreter >= 0,
			   thread->interpreter);
	put_text(out, "name", thread->name);
	put_text(out, "state", snapshot_state_name(thread->state));
	put_text_or_null(out, "syscall", thread->syscall);
	put_signal(out, "signal", thread->signal);
	put_bool(out, "holds_gil", thread->holds_gil);
	put_bool(out, "waits_gil", thread->waits_gil);
	if (thread->state == SNAPSHOT_LOCK)
		put_wait(out, snapshot, &thread->wait);
	else
		fputs(",\"waits_for\":null", out);
	put_text_or_null(out, "exception", thread->exception);
	if (thread->cpu_known)
		put_seconds(out, "cpu_seconds", thread->cpu_ns);
	else
		fputs(",\"cpu_seconds\":null", out);
	put_number_or_null(out, "switches", thread->switches_known,
			   (int64_t)thread->switches);
	put_bool(out, "truncated", thread->truncated);
	put_bool(out, "rootless", thread->rootless);
	put_bool(out, "failed", thread->failed);
	put_bool(out, "unproven", thread->unproven);
	put_text_or_null(out, "cause",
			 incomplete ? pyprof_cause_name(thread->cause) : NULL);
	put_text_or_null(out, "problem", thread->problem);
}

static void put_threads(FILE *out, const struct snapshot *snapshot,
			const struct changes *changes)
{
	size_t hint = 0;

	fputs(",\"threads\":[", out);
	for (size_t i = 0; i < snapshot->n_threads; i++) {
		const struct snapshot_thread *thread = &snapshot->threads[i];

		if (i)
			putc(',', out);
		put_thread(out, snapshot, thread);
		if (changes)
			put_changes(out, changes,
				    changes_of(changes, snapshot->pid, thread, &hint));
		fputs(",\"frames\":[", out);
		for (size_t j = thread->n_frames; j-- > 0;) {
			put_frame(out, &thread->frames[j]);
			if (j)
				putc(',', out);
		}
		fputs("]}", out);
	}
	putc(']', out);
}

/* ---- processes ------------------------------------------------------------------- */

static bool put_deadlocks(FILE *out, const struct snapshot *snapshot)
{
	bool ok = true;

	fputs(",\"deadlocks\":[", out);
	for (size_t i = 0; i < snapshot->n_cycles; i++) {
		_cleanup_(str_deinit) struct str sentence = STR_INIT;

		fprintf(out, "%s{\"threads\":[", i ? "," : "");
		for (size_t j = 0; j < snapshot->cycles[i].n; j++)
			fprintf(out, "%s%zu", j ? "," : "",
				snapshot->cycles[i].threads[j]);
		deadlock_sentence(snapshot, i, &sentence);
		ok &= !sentence.failed;
		putc(']', out);
		put_text(out, "sentence", str_cstr(&sentence));
		putc('}', out);
	}
	putc(']', out);
	return ok;
}

/* Threads of the look before that are not there any more. */
static void put_gone(FILE *out, const struct snapshot *snapshot,
		     const struct changes *changes)
{
	bool any = false;

	fputs(",\"gone\":[", out);
	for (size_t i = 0; i < changes->n; i++) {
		const struct changes_thread *thread = &changes->threads[i];

		if (thread->pid != snapshot->pid ||
		    thread->last_seen + 1 != changes->looks)
			continue;
		if (any)
			putc(',', out);
		any = true;
		put_ids(out, thread->tid, thread->ident);
		put_text(out, "name", thread->name);
		putc('}', out);
	}
	putc(']', out);
}

static bool put_process(FILE *out, const struct snapshot *snapshot,
			const struct changes *changes)
{
	bool ok;

	fprintf(out, "{\"pid\":%d", (int)snapshot->pid);
	put_number_or_null(out, "parent", snapshot->parent > 0, snapshot->parent);
	put_text(out, "command", snapshot->command);
	put_text(out, "executable", snapshot->exe);
	put_text(out, "python", snapshot->version);
	put_bool(out, "free_threaded", snapshot->free_threaded);
	put_text_or_null(out, "folder", snapshot->cwd);
	put_text_or_null(out, "core", snapshot->core);
	put_signal(out, "signal", snapshot->signal);
	put_time(out, "taken", snapshot->taken_realtime_ns);
	put_time(out, "core_written", snapshot->core_written_ns);
	put_seconds(out, "took_seconds", snapshot->took_ns);
	put_number(out, "paused_threads", snapshot->n_paused);
	put_seconds(out, "paused_seconds", snapshot->paused_ns);
	put_bool(out, "one_moment", snapshot->one_moment);
	put_bool(out, "gil_known", snapshot->gil_known);
	put_key(out, "collecting");
	fputs(!snapshot->collecting_known ? "null"
	      : snapshot->collecting	  ? "true"
					  : "false",
	      out);
	fputs(",\"missing\":[", out);
	for (size_t i = 0; i < snapshot->n_missing; i++) {
		if (i)
			putc(',', out);
		json_write_plain_cstr(out, snapshot->missing[i]);
	}
	fputs("],\"changed_files\":[", out);
	for (size_t i = 0; i < snapshot->n_changed; i++) {
		if (i)
			putc(',', out);
		json_write_plain_cstr(out, snapshot->changed[i]);
	}
	putc(']', out);
	ok = put_deadlocks(out, snapshot);
	if (changes)
		put_gone(out, snapshot, changes);
	put_threads(out, snapshot, changes);
	putc('}', out);
	return ok;
}

enum pyprof_status snapshots_json(const struct snapshots *snapshots,
				  const struct snapshot_show *show, FILE *out,
				  struct pyprof_error *err)
{
	bool ok = true;

	fprintf(out, "{\"schema\":%d", SNAPSHOT_JSON_VERSION);
	put_text(out, "pyprof", PYPROF_VERSION);
	if (show->changes)
		put_number(out, "look", show->changes->looks);
	fputs(",\"processes\":[", out);
	for (size_t i = 0; i < snapshots->n; i++) {
		if (i)
			putc(',', out);
		ok &= put_process(out, snapshots->processes[i], show->changes);
	}
	fputs("],\"failed\":[", out);
	for (size_t i = 0; i < snapshots->n_failed; i++) {
		const struct snapshot_failure *failure = &snapshots->failed[i];

		fprintf(out, "%s{\"pid\":%d", i ? "," : "", (int)failure->pid);
		put_text(out, "error", pyprof_status_name(failure->error.status));
		put_text(out, "message", failure->error.message);
		put_text_or_null(out, "hint",
				 failure->error.hint[0] ? failure->error.hint : NULL);
		putc('}', out);
	}
	fputs("]}\n", out);
	return ok ? PYPROF_OK : error_nomem(err);
}
