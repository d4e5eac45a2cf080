/* SPDX-License-Identifier: MIT */
#include "render/diff_data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profile/view.h"
#include "render/diff_chance.h"
#include "render/diff_scale.h"
#include "render/markup.h"

static bool put_member(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\":", key);
	return markup_put_json(out, text ? text : "", text ? strlen(text) : 0);
}

static bool put_side(FILE *out, const char *key, const struct diff_side *side)
{
	bool done;

	fprintf(out, "\"%s\":{", key);
	done = put_member(out, "label", side->label);
	fputs(",", out);
	done &= put_member(out, "command", side->command);
	fputs(",", out);
	done &= put_member(out, "revision", side->revision);
	fputs(",", out);
	done &= put_member(out, "python", side->python);
	fputs(",", out);
	done &= put_member(out, "machine", side->machine);
	fprintf(out, ",\"runs\":%zu},\n", side->runs ? side->runs : 1);
	return done;
}

/* That of a function of this name and file, where its own frames are all another's of that text. */
static uint32_t frame_of_function(const struct profile *profile, const uint32_t *frame_of,
				  uint32_t function)
{
	const struct profile_function *f = &profile->functions[function];

	for (size_t i = 0; frame_of[function] == PROFILE_NONE && i < profile->n_functions; i++)
		if (frame_of[i] != PROFILE_NONE && profile->functions[i].name == f->name &&
		    profile->functions[i].file == f->file)
			return frame_of[i];
	return frame_of[function];
}

/* ---- which functions have one text ----------------------------------------------------- */

/* Those that are in stacks, by name: the first of each, and the next of its name. */
struct namesakes {
	uint32_t *first; /* by string */
	uint32_t *next;	 /* by function */
};

static bool namesakes_init(struct namesakes *n, const struct profile *p)
{
	n->first = profile_id_table(p->n_strings);
	n->next = profile_id_table(p->n_functions);
	if (!n->first || !n->next)
		return false;
	for (size_t i = PROFILE_ROOT + 1; i < p->n_nodes; i++) {
		uint32_t function = p->locations[p->nodes[i].location].function;
		uint32_t *first = &n->first[p->functions[function].name];

		/* The last one of a chain is its own next. */
		if (n->next[function] != PROFILE_NONE)
			continue;
		n->next[function] = *first == PROFILE_NONE ? function : *first;
		*first = function;
	}
	return true;
}

static void namesakes_deinit(struct namesakes *n)
{
	free(n->first);
	free(n->next);
}

static const char *shown_file(const struct profile *p, uint32_t function)
{
	return view_short_path_of(profile_str(p, p->functions[function].file), p->info.cwd);
}

/* Is it called as another one is, but for the line? */
static bool has_namesake(const struct namesakes *n, const struct profile *p, uint32_t function)
{
	uint32_t at = n->first[p->functions[function].name], before = PROFILE_NONE;

	for (; at != before && at != PROFILE_NONE; before = at, at = n->next[at])
		if (at != function && !strcmp(shown_file(p, at), shown_file(p, function)))
			return true;
	return false;
}

/* ---- members ------------------------------------------------------------------------------ */

static bool put_renames(FILE *out, const struct pair *pair, const uint32_t *frame_of)
{
	struct namesakes namesakes = { 0 };
	const char *separator = "";
	bool done = namesakes_init(&namesakes, pair->profile);

	fputs(",\n\"renames\":[", out);
	for (size_t i = 0; done && i < pair->n_renames; i++) {
		const struct pair_rename *r = &pair->renames[i];
		uint32_t base = frame_of_function(pair->profile, frame_of, r->base);
		uint32_t head = frame_of_function(pair->profile, frame_of, r->head);

		if (base == PROFILE_NONE || head == PROFILE_NONE)
			continue;
		fprintf(out, "%s[%u,%u,%d%s]", separator, base, head, (int)(r->likeness * 100 + 0.5),
			has_namesake(&namesakes, pair->profile, r->base) ||
					has_namesake(&namesakes, pair->profile, r->head) ?
				",1" :
				"");
		separator = ",";
	}
	fputs("]", out);
	namesakes_deinit(&namesakes);
	return done;
}

static void put_looks(FILE *out, const struct pair *pair)
{
	fputs(",\n\"looks\":[", out);
	for (size_t i = 0; i < pair->n_metrics; i++) {
		fputs(i ? ",[" : "[", out);
		for (int side = 0; side < SIDES; side++) {
			struct diff_looks looks = diff_looks_of(pair, i, (enum side)side);

			fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", side ? "," : "", looks.value,
				looks.samples);
		}
		fputs("]", out);
	}
	fputs("]", out);
}

bool diff_data_write(FILE *out, const struct diff_data *diff, const uint32_t *frame_of)
{
	const struct diff_svg_opts *opts = diff->opts;
	bool done;

	fputs(",\n\"diff\":{", out);
	done = put_side(out, "base", &opts->sides[SIDE_BASE]);
	done &= put_side(out, "head", &opts->sides[SIDE_HEAD]);
	fprintf(out, "\"shares\":%s,\"steps\":[", opts->shares ? "true" : "false");
	for (size_t i = 0; i < DIFF_HALF; i++)
		fprintf(out, "%s%u", i ? "," : "", diff_steps[i]);
	fputs("],\"warnings\":[", out);
	for (size_t i = 0; i < opts->n_warnings; i++) {
		if (i)
			fputs(",\n", out);
		done &= markup_put_json(out, opts->warnings[i], strlen(opts->warnings[i]));
	}
	fputs("]", out);
	done &= put_renames(out, diff->pair, frame_of);
	put_looks(out, diff->pair);
	fputs("}", out);
	return done;
}
