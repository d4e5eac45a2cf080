/* SPDX-License-Identifier: MIT */
#include "python/code_watch.h"

#include <stdlib.h>

#include "base/array.h"

void py_code_watch_deinit(struct py_code_watch *watch)
{
	free(watch->codes);
	free(watch->pieces);
	free(watch->bytes);
	*watch = (struct py_code_watch){ 0 };
}

void py_code_watch_clear(struct py_code_watch *watch, const struct py_codes *codes)
{
	watch->n = watch->n_pieces = watch->len = 0;
	watch->last_file = 0;
	watch->epoch = codes->epoch;
}

/* Room was made for the piece. Returns where in the bytes it will lie. */
static size_t add_piece(struct py_code_watch *watch, uint64_t addr, size_t len)
{
	size_t at = watch->len;

	watch->pieces[watch->n_pieces++] = (struct memory_piece){ .addr = addr, .len = len };
	watch->len += len;
	return at;
}

static size_t add_file(struct py_code_watch *watch, const struct py_code *code)
{
	if (!watch->last_file || code->filename != watch->last_file) {
		watch->last_file = code->filename;
		watch->last_at = add_piece(watch, code->file_place.addr,
					   py_text_size(&code->file_place));
	}
	return watch->last_at;
}

static bool add_contents(struct py_code_watch *watch, const struct py_codes *codes,
			 const struct py_code *code, struct py_watched_code *watched)
{
	const struct py_layout *l = &codes->rt->layout;
	size_t table = l->bytes.data - l->bytes.size + code->table_len;
	size_t name = py_text_size(&code->name_place), file = py_text_size(&code->file_place);

	if (!code->name_place.width || !code->file_place.width ||
	    watch->len + table + name + file > PY_CODE_WATCH_MAX)
		return false;
	watched->name = add_piece(watch, code->name_place.addr, name);
	watched->file = add_file(watch, code);
	watched->table = add_piece(watch, code->linetable + l->bytes.size, table);
	watched->contents = true;
	return true;
}

bool py_code_watch_add(struct py_code_watch *watch, const struct py_codes *codes, uint32_t index,
		       bool contents)
{
	const struct py_code *code = &codes->codes[index];
	size_t object = (size_t)(codes->identity_to - codes->identity_from);
	struct py_watched_code *watched;

	if (!code->name_text || watch->len + object > PY_CODE_WATCH_MAX ||
	    !array_grow(watch->codes, watch->n, watch->cap) ||
	    !array_reserve((void **)&watch->pieces, &watch->cap_pieces, watch->n_pieces + 4,
			   sizeof(watch->pieces[0])))
		return false;
	watched = &watch->codes[watch->n];
	*watched = (struct py_watched_code){ .index = index, .generation = code->generation };
	if (contents && !add_contents(watch, codes, code, watched))
		return false;
	watched->object =
		add_piece(watch, code->addr + (uint64_t)(int64_t)codes->identity_from, object);
	watch->n++;
	return true;
}

bool py_code_watch_ready(struct py_code_watch *watch)
{
	size_t at = 0;

	if (!array_reserve((void **)&watch->bytes, &watch->cap_bytes, watch->len, 1)) {
		watch->n = watch->n_pieces = watch->len = 0;
		return false;
	}
	for (size_t i = 0; i < watch->n_pieces; i++) {
		watch->pieces[i].buf = watch->bytes + at;
		at += watch->pieces[i].len;
	}
	return true;
}

bool py_code_watch_read(struct py_code_watch *watch, const struct py_codes *codes)
{
	enum pyprof_status status;

	for (size_t done = 0; done < watch->n_pieces;) {
		size_t left = watch->n_pieces - done;
		size_t want = left < MEMORY_MAX_PIECES ? left : MEMORY_MAX_PIECES;

		if (memory_readv(codes->rt->target->memory, watch->pieces + done, want,
				 &status) < want)
			return false;
		done += want;
	}
	return true;
}

static bool same_contents(const struct py_code_watch *watch, struct py_codes *codes,
			  const struct py_watched_code *watched)
{
	const struct py_code *code = &codes->codes[watched->index];
	const struct py_layout *l = &codes->rt->layout;
	const uint8_t *bytes = watch->bytes, *table = bytes + watched->table;

	return py_text_same(codes->rt, &code->name_place, bytes + watched->name,
			    code->name_text, code->name_len, &codes->scratch) &&
	       py_text_same(codes->rt, &code->file_place, bytes + watched->file,
			    code->file_text, code->file_len, &codes->scratch) &&
	       py_word(table, 0) == code->table_len &&
	       py_code_same_table(code, table + l->bytes.data - l->bytes.size,
				  code->table_len);
}

size_t py_code_watch_compare(struct py_code_watch *watch, struct py_codes *codes,
			     bool at_moment, uint64_t now_ns)
{
	size_t anew = 0;

	if (watch->epoch != codes->epoch)
		return 0;
	for (size_t i = 0; i < watch->n; i++) {
		const struct py_watched_code *watched = &watch->codes[i];
		struct py_code *code = &codes->codes[watched->index];

		/* Read anew since, by another thread's walk: its pieces may lie elsewhere. */
		if (code->generation != watched->generation)
			continue;
		if (!py_code_same_object(codes, code, watch->bytes + watched->object) ||
		    (watched->contents && !same_contents(watch, codes, watched))) {
			py_code_renew(codes, watched->index, now_ns);
			anew++;
			continue;
		}
		code->checked_in = codes->checks;
		if (at_moment)
			code->seen_in = codes->checks;
		if (watched->contents || py_code_is_unique(codes, code)) {
			code->texts_in = codes->checks;
			code->checked_ns = now_ns;
		}
	}
	return anew;
}
