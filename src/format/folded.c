/* SPDX-License-Identifier: MIT */
#include "format/folded.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/array.h"
#include "format/folded_text.h"

/*
 * The line of the node that the walk is at, grown and cut as it goes down and up, so that
 * a frame is escaped once for each node and not once for each stack that goes through it.
 */
struct writer {
	const struct view *view;
	const struct view_node *nodes;
	FILE *out;
	const uint64_t *first, *second; /* by node, of two profiles; NULL: of the view alone */
	struct str line;
	size_t *starts; /* where in the line the frame of each depth begins */
	size_t depth, cap_starts;
};

static void cut(struct writer *w, size_t len)
{
	if (w->line.data)
		w->line.data[len] = '\0';
	w->line.len = len;
}

static bool has_line(const struct writer *w, uint32_t node)
{
	return w->first ? w->first[node] || w->second[node] : w->nodes[node].self != 0;
}

static void put_line(struct writer *w, uint32_t node)
{
	char number[48];
	int len;

	if (w->first)
		len = snprintf(number, sizeof(number), " %" PRIu64 " %" PRIu64 "\n",
			       w->first[node], w->second[node]);
	else
		len = snprintf(number, sizeof(number), " %" PRIu64 "\n", w->nodes[node].self);
	fwrite(str_cstr(&w->line), 1, w->line.len, w->out);
	fwrite(number, 1, (size_t)len, w->out);
}

static bool enter(struct writer *w, uint32_t node)
{
	const struct view_node *n = &w->nodes[node];
	struct view_text text = view_text_parts(w->view, n->text);
	bool first = w->depth == 0;
	size_t start;

	if (!array_grow(w->starts, w->depth, w->cap_starts))
		return false;
	w->starts[w->depth++] = w->line.len;
	if (!first)
		str_add_char(&w->line, ';');
	start = w->line.len;
	if (has_line(w, node) && folded_leaf_differs(&text)) {
		folded_escape(&w->line, &text, first, true);
		put_line(w, node);
		cut(w, start);
		folded_escape(&w->line, &text, first, false);
	} else {
		folded_escape(&w->line, &text, first, false);
		if (has_line(w, node) && !w->line.failed)
			put_line(w, node);
	}
	return !w->line.failed;
}

/* Depth first, without recursion: stacks may be deeper than ours. */
static bool write_tree(struct writer *w)
{
	uint32_t node = w->nodes[PROFILE_ROOT].first_child;

	if (has_line(w, PROFILE_ROOT))
		put_line(w, PROFILE_ROOT);
	/* A full disk is the caller's to report; a deep tree would be long in being dropped. */
	while (node != PROFILE_NONE && !ferror(w->out)) {
		if (!enter(w, node))
			return false;
		if (w->nodes[node].first_child != PROFILE_NONE) {
			node = w->nodes[node].first_child;
			continue;
		}
		for (;;) {
			cut(w, w->starts[--w->depth]);
			if (w->nodes[node].next_sibling != PROFILE_NONE || !w->depth)
				break;
			node = w->nodes[node].parent;
		}
		node = w->nodes[node].next_sibling;
	}
	return true;
}

static enum pyprof_status write_view(struct writer *w, struct pyprof_error *err)
{
	size_t n;
	bool ok;

	w->nodes = view_nodes(w->view, &n);
	ok = write_tree(w);
	str_deinit(&w->line);
	free(w->starts);
	return ok ? PYPROF_OK : error_nomem(err);
}

static enum pyprof_status folded_write(const struct format_input *input, FILE *out,
				       struct pyprof_error *err)
{
	struct writer w = { .view = input->view, .out = out };

	return write_view(&w, err);
}

enum pyprof_status folded_write_two(const struct view *view, const uint64_t *first,
				    const uint64_t *second, FILE *out, struct pyprof_error *err)
{
	struct writer w = { .view = view, .out = out, .first = first, .second = second };

	return write_view(&w, err);
}

static const char *const endings[] = { ".folded", ".collapsed", ".txt", NULL };

const struct format format_folded = {
	.name = "folded",
	.also = "raw",
	.description = "a line of text a stack, for grep, flamegraph.pl, inferno, speedscope",
	.endings = endings,
	.write = folded_write,
	.read = folded_read,
};
