/* SPDX-License-Identifier: MIT */
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

void str_deinit(struct str *s)
{
	free(s->data);
	*s = (struct str)STR_INIT;
}

void str_clear(struct str *s)
{
	s->len = 0;
	if (s->data)
		s->data[0] = '\0';
}

/* Room for `more` bytes and the final NUL. */
static bool reserve(struct str *s, size_t more)
{
	size_t cap = s->cap ? s->cap : 32;
	char *data;

	if (s->failed)
		return false;
	if (more >= SIZE_MAX / 2 - s->len) {
		s->failed = true;
		return false;
	}
	if (s->len + more < s->cap)
		return true;
	while (cap <= s->len + more)
		cap *= 2;
	data = realloc(s->data, cap);
	if (!data) {
		s->failed = true;
		return false;
	}
	s->data = data;
	s->cap = cap;
	return true;
}

void str_add(struct str *s, const void *bytes, size_t len)
{
	if (!reserve(s, len))
		return;
	if (len)
		memcpy(s->data + s->len, bytes, len);
	s->len += len;
	s->data[s->len] = '\0';
}

void str_add_cstr(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
	str_add(s, &c, 1);
}

void str_printf(struct str *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	str_vprintf(s, format, args);
	va_end(args);
}

void str_vprintf(struct str *s, const char *format, va_list args)
{
	va_list again;
	int len;

	/* Most texts are short: one go where they are. */
	if (!reserve(s, 64))
		return;
	va_copy(again, args);
	len = vsnprintf(s->data + s->len, s->cap - s->len, format, args);
	if (len >= 0 && (size_t)len >= s->cap - s->len && reserve(s, (size_t)len))
		len = vsnprintf(s->data + s->len, s->cap - s->len, format, again);
	va_end(again);
	if (len < 0)
		s->failed = true;
	if (!s->failed)
		s->len += (size_t)len;
	s->data[s->len] = '\0';
}

const char *str_cstr(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
	char *data;

	str_add(s, "", 0); /* so that an empty text has storage too */
	if (s->failed) {
		str_deinit(s);
		return NULL;
	}
	data = s->data;
	*s = (struct str)STR_INIT;
	return data;
}

bool str_read_fd(struct str *s, int fd, size_t limit)
{
	size_t total = 0;

	for (;;) {
		size_t want = 4096;
		ssize_t got;

		/* As much again as there is, so that the number of reads stays small. */
		if (want < total)
			want = total;
		/* One byte over the limit, to tell a full file from a longer one. */
		if (want > limit - total)
			want = limit - total + 1;
		if (!reserve(s, want)) {
			errno = ENOMEM;
			return false;
		}
		got = read(fd, s->data + s->len, want);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0) {
			s->data[s->len] = '\0';
			return got == 0;
		}
		if ((size_t)got > limit - total) {
			s->data[s->len] = '\0';
			errno = EFBIG;
			return false;
		}
		total += (size_t)got;
		s->len += (size_t)got;
		s->data[s->len] = '\0';
	}
}

bool str_read_file(struct str *s, const char *path, size_t limit)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int saved;
	bool ok;

	if (fd < 0)
		return false;
	ok = str_read_fd(s, fd, limit);
	saved = errno;
	close(take_fd(&fd));
	errno = saved;
	return ok;
}

/* Takes off the bytes of a UTF-8 character whose end is not there. */
static size_t whole_characters(const char *text, size_t len)
{
	size_t back = 0;
	unsigned char lead;
	size_t needs;

	while (back < len && back < 3 && ((unsigned char)text[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == len)
		return len;
	lead = (unsigned char)text[len - 1 - back];
	needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	return back + 1 < needs ? len - 1 - back : len;
}

void str_one_line(char *buf, size_t size, int wanted)
{
	size_t len = wanted < 0 ? 0 : (size_t)wanted;

	if (!size)
		return;
	if (len >= size) {
		static const char dots[] = "...";
		size_t tail = size > sizeof(dots) ? sizeof(dots) - 1 : size - 1;

		len = whole_characters(buf, size - 1 - tail);
		memcpy(buf + len, dots, tail);
		len += tail;
	}
	buf[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)buf[i];
		bool c1 = c == 0xc2 && ((unsigned char)buf[i + 1] & 0xe0) == 0x80;

		if (c < 0x20 || c == 0x7f)
			buf[i] = '?';
		else if (c1) /* U+0080 to U+009F: also controls, on some terminals */
			buf[i] = buf[i + 1] = '?';
	}
}
