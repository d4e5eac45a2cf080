/* SPDX-License-Identifier: MIT */
/*
 * What may be done while a recording runs, as a program of another's would:
 *
 *   while-recording PID SECONDS read|leave [FILE]
 *
 * Waits for standard input too, and reads it, or leaves what is there unread. Says how often it was
 * called, how many bytes it read, whether the end came, and what the process takes of the machine.
 * With FILE the recording so far is written there at every tick, from the second on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libpyprof.h"

struct state {
	bool leaves;
	const char *path;
	unsigned calls, ticks, written, failed, ends;
	uint64_t bytes;
	struct pyprof_error err;
};

static void on_ready(struct pyprof_recorder *recorder, int fd, void *arg)
{
	struct state *state = arg;
	char buf[64];
	ssize_t got;

	(void)recorder;
	state->calls++;
	if (state->leaves)
		return;
	got = read(fd, buf, sizeof(buf));
	if (got > 0)
		state->bytes += (uint64_t)got;
	else
		state->ends++;
}

static void on_tick(struct pyprof_recorder *recorder, void *arg)
{
	struct state *state = arg;
	struct pyprof_write_opts opts = PYPROF_WRITE_OPTS_INIT;

	if (!state->path || ++state->ticks < 2)
		return;
	if (pyprof_recorder_write(recorder, state->path, &opts, &state->err))
		state->failed++;
	else
		state->written++;
}

int main(int argc, char **argv)
{
	struct pyprof_record_opts opts = PYPROF_RECORD_OPTS_INIT;
	struct pyprof_load load = PYPROF_LOAD_INIT;
	struct state state = { 0 };
	struct pyprof_recorder *recorder;
	struct pyprof_stats stats;
	struct pyprof_error err;
	enum pyprof_end end;

	if (argc < 4)
		return 2;
	opts.duration_ns = (uint64_t)(atof(argv[2]) * 1e9);
	state.leaves = !strcmp(argv[3], "leave");
	state.path = argv[4];
	if (pyprof_recorder_attach(&recorder, atoi(argv[1]), &opts, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	pyprof_recorder_on_ready(recorder, STDIN_FILENO, on_ready, &state);
	if (pyprof_recorder_run(recorder, on_tick, &state, &end, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	pyprof_recorder_load(recorder, &load);
	pyprof_recorder_stats(recorder, &stats);
	printf("calls %u\nbytes %" PRIu64 "\nends %u\nwritten %u\nfailed %u\n", state.calls,
	       state.bytes, state.ends, state.written, state.failed);
	printf("ticks %" PRIu64 "\nlate %" PRIu64 "\nsamples %" PRIu64 "\nown_cpu_ms %" PRIu64 "\n",
	       stats.ticks, stats.late_ticks, stats.samples, stats.cpu_ns / 1000000);
	printf("cpu_ms %" PRIu64 "\nrss %" PRIu64 "\nthreads %" PRIu32 "\nprocesses %" PRIu32
	       "\ncommand %s\nversion %s\n",
	       load.cpu_ns / 1000000, load.rss_bytes, load.threads, load.processes, load.command,
	       load.version);
	pyprof_recorder_destroy(recorder);
	return 0;
}
