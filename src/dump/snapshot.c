/* SPDX-License-Identifier: MIT */
#include "dump/snapshot.h"

#include <stdlib.h>

static void free_frame(struct snapshot_frame *frame)
{
	for (size_t i = 0; i < frame->n_values; i++) {
		struct snapshot_value *value = &frame->values[i];

		free(value->name);
		free(value->type);
		free(value->text);
	}
	free(frame->values);
	free(frame->function);
	free(frame->file);
	free(frame->source);
}

static void free_thread(struct snapshot_thread *thread)
{
	for (size_t i = 0; i < thread->n_frames; i++)
		free_frame(&thread->frames[i]);
	free(thread->frames);
	free(thread->name);
	free(thread->syscall);
	free(thread->wait.name);
	free(thread->exception);
	free(thread->problem);
}

struct snapshot *snapshot_create(void)
{
	return calloc(1, sizeof(struct snapshot));
}

void snapshot_destroy(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->n_threads; i++)
		free_thread(&snapshot->threads[i]);
	for (size_t i = 0; i < snapshot->n_cycles; i++)
		free(snapshot->cycles[i].threads);
	for (size_t i = 0; i < snapshot->n_missing; i++)
		free(snapshot->missing[i]);
	for (size_t i = 0; i < snapshot->n_changed; i++)
		free(snapshot->changed[i]);
	free(snapshot->changed);
	free(snapshot->threads);
	free(snapshot->cycles);
	free(snapshot->missing);
	free(snapshot->command);
	free(snapshot->exe);
	free(snapshot->version);
	free(snapshot->core);
	free(snapshot->cwd);
	free(snapshot);
}
