/* SPDX-License-Identifier: MIT */
/*
 * All of it, for programs: docs/check-schema.json says what stands here. Numbers are the shortest
 * that read back as the same; what is infinite, or no number, is null.
 */
#include <inttypes.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "diff/verdict_amount.h"
#include "diff/verdict_formats.h"
#include "diff/verdict_place.h"
#include "diff/verdict_words.h"

struct teller {
	const struct verdict *verdict;
	const struct verdict_say_opts *opts;
	const struct place_root *root;
	FILE *out;
	bool failed;
};

static void put_string(struct teller *teller, const struct str *text)
{
	teller->failed |= text->failed;
	fwrite(str_cstr(text), 1, text->len, teller->out);
}

static void put_key(struct teller *teller, const char *key)
{
	fprintf(teller->out, ",\"%s\":", key);
}

static void put_text(struct teller *teller, const char *key, const char *text)
{
	put_key(teller, key);
	json_write_plain_cstr(teller->out, text);
}

/* null where there is none, or it is empty. */
static void put_known(struct teller *teller, const char *key, const char *text)
{
	if (text && *text)
		put_text(teller, key, text);
	else
		fprintf(teller->out, ",\"%s\":null", key);
}

static void put_value(struct teller *teller, double value)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	amount_exact(&text, value);
	put_string(teller, &text);
}

static void put_number(struct teller *teller, const char *key, double value)
{
	put_key(teller, key);
	put_value(teller, value);
}

static void put_count(struct teller *teller, const char *key, uint64_t value)
{
	fprintf(teller->out, ",\"%s\":%" PRIu64, key, value);
}

static void put_bool(struct teller *teller, const char *key, bool value)
{
	fprintf(teller->out, ",\"%s\":%s", key, value ? "true" : "false");
}

/* An index, null where there is none. */
static void put_index(struct teller *teller, const char *key, bool known, size_t index)
{
	if (known)
		put_count(teller, key, index);
	else
		fprintf(teller->out, ",\"%s\":null", key);
}

/* "2026-11-23T05:30:12.345678901Z" */
static void put_time(struct teller *teller, const char *key, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	char stamp[64];
	struct tm tm;

	if (realtime_ns <= 0 || !gmtime_r(&seconds, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm))
		fprintf(teller->out, ",\"%s\":null", key);
	else
		fprintf(teller->out, ",\"%s\":\"%s.%09dZ\"", key, stamp,
			(int)(realtime_ns % 1000000000));
}

/* ---- sides ---------------------------------------------------------------------------- */

static void put_run(struct teller *teller, enum side side, size_t r)
{
	const struct runs *runs = teller->verdict->runs;
	const struct runs_run *run = &runs->run[side][r];

	fputs("{\"label\":", teller->out);
	json_write_plain_cstr(teller->out, run->label);
	put_time(teller, "started", run->start_realtime_ns);
	if (run->elapsed_ns)
		fprintf(teller->out, ",\"elapsed_seconds\":%" PRIu64 ".%09" PRIu64,
			run->elapsed_ns / 1000000000, run->elapsed_ns % 1000000000);
	else
		fputs(",\"elapsed_seconds\":null", teller->out);
	put_number(teller, "grain", run->grain);
	put_number(teller, "cost", runs->cost[side][r * runs->n_items]);
	putc('}', teller->out);
}

static void put_side(struct teller *teller, const char *key, enum side side)
{
	const struct verdict_side *s = &teller->opts->sides[side];

	fprintf(teller->out, "\"%s\":{\"label\":", key);
	json_write_plain_cstr(teller->out, s->label && *s->label ? s->label : key);
	put_known(teller, "command", s->command);
	put_known(teller, "revision", s->revision);
	put_known(teller, "python", s->python);
	put_known(teller, "machine", s->machine);
	put_known(teller, "folder", s->folder);
	fputs(",\"runs\":[", teller->out);
	for (size_t r = 0; r < teller->verdict->runs->n_runs[side]; r++) {
		if (r)
			putc(',', teller->out);
		put_run(teller, side, r);
	}
	fputs("]}", teller->out);
}

/* ---- rules ---------------------------------------------------------------------------- */

static void put_rule(struct teller *teller, const struct rule *rule)
{
	static const char *const kinds[] = {
		[RULE_TOTAL] = "total",
		[RULE_FUNCTION] = "function",
		[RULE_MODULE] = "module",
		[RULE_ALLOW] = "allow",
	};

	fprintf(teller->out, "{\"kind\":\"%s\"", kinds[rule->of]);
	put_known(teller, "pattern", rule->pattern);
	put_bool(teller, "absolute", rule->absolute);
	if (rule->of == RULE_ALLOW)
		fputs(",\"limit\":null", teller->out);
	else
		put_number(teller, "limit", rule->limit);
	put_text(teller, "from", rule->from);
	putc('}', teller->out);
}

static void put_rules(struct teller *teller)
{
	const struct rules *rules = teller->verdict->opts.rules;

	fputs(",\n\"rules\":[", teller->out);
	for (size_t i = 0; rules && i < rules->n; i++) {
		if (i)
			putc(',', teller->out);
		put_rule(teller, &rules->items[i]);
	}
	putc(']', teller->out);
}

static void put_rule_of(struct teller *teller, const char *key, const struct rule *rule)
{
	const struct rules *rules = teller->verdict->opts.rules;
	bool known = rule && rules && rule >= rules->items && rule < rules->items + rules->n;

	put_index(teller, key, known, known ? (size_t)(rule - rules->items) : 0);
}

static void put_options(struct teller *teller)
{
	const struct verdict_opts *opts = &teller->verdict->opts;

	fputs(",\n\"options\":{\"alpha\":", teller->out);
	put_value(teller, opts->alpha);
	put_number(teller, "fdr", opts->fdr);
	put_number(teller, "min_share", opts->min_share);
	put_number(teller, "min_change", opts->min_change);
	put_number(teller, "min_cost", opts->min_cost);
	put_number(teller, "confidence", opts->confidence);
	put_number(teller, "sensitivity", opts->sensitivity);
	put_bool(teller, "confirmed", opts->confirmed);
	put_bool(teller, "blocks", teller->verdict->runs->turn[SIDE_BASE] != NULL);
	if (opts->rules && opts->rules->fail_on > 0)
		put_number(teller, "fail_on", opts->rules->fail_on);
	else
		fputs(",\"fail_on\":null", teller->out);
	putc('}', teller->out);
}

/* ---- items ---------------------------------------------------------------------------- */

static void put_item_side(struct teller *teller, const char *key,
			  const struct verdict_item *item, enum side side)
{
	const struct runs *runs = teller->verdict->runs;
	size_t index = (size_t)(item->item - runs->items);

	put_key(teller, key);
	fputs("{\"cost\":", teller->out);
	put_value(teller, item->mean[side]);
	put_number(teller, "share", item->share[side]);
	fputs(",\"runs\":[", teller->out);
	for (size_t r = 0; r < runs->n_runs[side]; r++) {
		if (r)
			putc(',', teller->out);
		put_value(teller, runs->cost[side][r * runs->n_items + index]);
	}
	fputs("]}", teller->out);
}

static void put_ancestor(struct teller *teller, const struct verdict_item *item)
{
	const struct match *match = teller->opts->match;

	if (item->found != CHANGE_MOVED || !match || item->ancestor >= match->n) {
		fputs(",\"ancestor\":null", teller->out);
		return;
	}
	fputs(",\"ancestor\":{\"function\":", teller->out);
	json_write_plain_cstr(teller->out, match->functions[item->ancestor].name);
	put_known(teller, "file", match->functions[item->ancestor].file);
	putc('}', teller->out);
}

static void put_where(struct teller *teller, const struct runs_item *item)
{
	_cleanup_(str_deinit) struct str file = STR_INIT;

	fprintf(teller->out, "{\"kind\":\"%s\"", words_kind(item));
	put_text(teller, "name", item->name);
	put_known(teller, "file", item->file);
	put_known(teller, "path", item->path);
	put_known(teller, "module", item->module);
	put_index(teller, "line", item->line > 0, (size_t)item->line);
	place_find(&file, teller->root, teller->opts, item);
	teller->failed |= file.failed;
	put_known(teller, "repository_file", str_cstr(&file));
}

static void put_item(struct teller *teller, size_t i)
{
	static const char *const found[] = {
		[CHANGE_NONE] = "none",
		[CHANGE_SLOWER] = "slower",
		[CHANGE_FASTER] = "faster",
		[CHANGE_MOVED] = "moved",
	};
	const struct verdict *verdict = teller->verdict;
	const struct verdict_item *item = &verdict->items[i];

	put_where(teller, item->item);
	put_item_side(teller, "base", item, SIDE_BASE);
	put_item_side(teller, "head", item, SIDE_HEAD);
	put_number(teller, "change", item->change);
	put_number(teller, "low", item->low);
	put_number(teller, "high", item->high);
	put_number(teller, "p", item->p);
	put_number(teller, "q", item->q);
	put_number(teller, "detectable", item->detectable);
	put_index(teller, "runs_wanted", item->runs_wanted != 0, item->runs_wanted);
	put_bool(teller, "below_floor", item->below_floor);
	put_text(teller, "found", found[item->found]);
	put_bool(teller, "finding", words_is_told(verdict, i));
	put_bool(teller, "tested", item->tested);
	put_bool(teller, "small", item->small);
	put_bool(teller, "fails", item->fails);
	put_bool(teller, "gains", item->gains);
	put_bool(teller, "blind", item->blind);
	put_bool(teller, "struck", item->struck);
	put_rule_of(teller, "rule", item->rule);
	put_rule_of(teller, "allowed", item->allowed);
	put_index(teller, "with", item->found == CHANGE_MOVED && item->with < verdict->n_items,
		  item->with);
	put_index(teller, "told_by", item->told_by < verdict->n_items, item->told_by);
	put_ancestor(teller, item);
	putc('}', teller->out);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static void put_begin(struct teller *teller)
{
	const struct verdict *verdict = teller->verdict;
	_cleanup_(str_deinit) struct str headline = STR_INIT, advice = STR_INIT;

	verdict_headline(&headline, verdict);
	if (verdict->outcome == VERDICT_INCONCLUSIVE)
		words_advice(&advice, verdict);
	teller->failed |= headline.failed || advice.failed;
	fprintf(teller->out, "{\"schema\":\"pyprof-verdict\",\"version\":1,\"pyprof\":\"%s\",\"verdict\":\"%s\"", PYPROF_VERSION,
		verdict_outcome_name(verdict->outcome));
	put_count(teller, "exit_status", (uint64_t)verdict_exit_status(verdict->outcome));
	put_text(teller, "headline", str_cstr(&headline));
	put_known(teller, "advice", str_cstr(&advice));
	put_known(teller, "command", teller->opts->tool_command);
	put_known(teller, "picture", teller->opts->picture);
	fputs(",\n\"metric\":{\"name\":", teller->out);
	json_write_plain_cstr(teller->out, verdict->runs->metric);
	put_text(teller, "unit", verdict->runs->unit);
	put_text(teller, "per", verdict->runs->per_second ? "second" : "run");
	put_number(teller, "grain", verdict->runs->grain);
	fputs("}", teller->out);
}

static void put_texts(struct teller *teller, const char *key, const char *const *texts, size_t n)
{
	fprintf(teller->out, ",\n\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		if (i)
			putc(',', teller->out);
		json_write_plain_cstr(teller->out, texts[i]);
	}
	putc(']', teller->out);
}

static enum pyprof_status write_json(const struct verdict *verdict,
				     const struct verdict_say_opts *opts, FILE *out,
				     struct pyprof_error *err)
{
	_cleanup_(place_root_deinit) struct place_root root = { 0 };
	struct teller teller = { .verdict = verdict, .opts = opts, .root = &root, .out = out };
	enum pyprof_status status = place_root_init(&root, opts->root, err);

	if (status)
		return status;
	put_begin(&teller);
	fputs(",\n\"sides\":{", out);
	put_side(&teller, "base", SIDE_BASE);
	fputs(",\n", out);
	put_side(&teller, "head", SIDE_HEAD);
	putc('}', out);
	put_options(&teller);
	put_rules(&teller);
	put_count(&teller, "tested", verdict->n_tested);
	fputs(",\n\"items\":[\n", out);
	for (size_t i = 0; i < verdict->n_items; i++) {
		if (i)
			fputs(",\n", out);
		put_item(&teller, i);
	}
	putc(']', out);
	put_texts(&teller, "notes", (const char *const *)verdict->notes, verdict->n_notes);
	put_texts(&teller, "warnings", opts->warnings, opts->n_warnings);
	fputs("}\n", out);
	return teller.failed ? error_nomem(err) : PYPROF_OK;
}

const struct verdict_format verdict_format_json = {
	.name = "json",
	.description = "all of it, for programs",
	.endings = (const char *const[]){ ".json", NULL },
	.write = write_json,
};
