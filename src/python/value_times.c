/* SPDX-License-Identifier: MIT */
/*
 * datetime's types, as repr() writes them. Sources: Include/datetime.h, Modules/_datetimemodule.c
 * of each release. Numbers that no date can have are shown as they are.
 */
#include "python/value_parts.h"

/* The bytes of a date, a time or a datetime: big-endian, a byte each but year and microseconds. */
struct moment {
	unsigned year, month, day, hour, minute, second, micro, fold;
	uint64_t zone; /* 0: none */
};

static unsigned add_up(const uint8_t *bytes, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = sum << 8 | bytes[i];
	return sum;
}

/* The byte of the fold and the word of the zone; there is a zone only where it says so. */
static bool read_zone(const struct value_read *v, uint64_t addr, uint32_t zone, uint32_t fold,
		      struct moment *m)
{
	uint8_t has_zone = 0, folded = 0;

	if (!value_bytes(v, addr + v->l->value.date_has_zone, &has_zone, 1) ||
	    (fold != PY_ABSENT && !value_bytes(v, addr + fold, &folded, 1)))
		return false;
	m->fold = folded;
	return !has_zone || value_field(v, addr, zone, &m->zone);
}

static bool read_moment(const struct value_read *v, uint64_t addr, enum value_kind kind,
			struct moment *m)
{
	const struct py_layout *l = v->l;
	uint8_t bytes[10];
	const uint8_t *time = kind == KIND_TIME ? bytes : bytes + 4;
	size_t n = kind == KIND_DATE ? 4 : kind == KIND_TIME ? 6 : 10;

	*m = (struct moment){ 0 };
	if (!value_bytes(v, addr + l->value.date_data, bytes, n))
		return false;
	if (kind != KIND_TIME) {
		m->year = add_up(bytes, 2);
		m->month = bytes[2];
		m->day = bytes[3];
	}
	if (kind == KIND_DATE)
		return true;
	m->hour = time[0];
	m->minute = time[1];
	m->second = time[2];
	m->micro = add_up(time + 3, 3);
	return kind == KIND_TIME ?
		       read_zone(v, addr, l->value.time_zone, l->value.time_fold, m) :
		       read_zone(v, addr, l->value.datetime_zone, l->value.datetime_fold, m);
}

static void add_clock(struct value_read *v, const struct moment *m)
{
	value_printf(v, "%u, %u", m->hour, m->minute);
	if (m->micro)
		value_printf(v, ", %u, %u", m->second, m->micro);
	else if (m->second)
		value_printf(v, ", %u", m->second);
}

static void add_zone(struct value_read *v, uint64_t addr, const struct moment *m)
{
	if (!m->zone || !value_add(v, ", tzinfo=") || !value_enter(v, addr, "..."))
		return;
	value_object(v, m->zone);
	value_leave(v);
}

static bool add_moment(struct value_read *v, uint64_t addr, const struct value_type *type,
		       enum value_kind kind)
{
	struct moment m;

	if (!read_moment(v, addr, kind, &m))
		return value_unreadable(v, "unreadable time");
	value_printf(v, "%s(", type->tp_name);
	if (kind != KIND_TIME)
		value_printf(v, "%u, %u, %u%s", m.year, m.month, m.day,
			     kind == KIND_DATETIME ? ", " : "");
	if (kind != KIND_DATE)
		add_clock(v, &m);
	/* A time has its zone first, a datetime its fold. */
	if (kind == KIND_TIME)
		add_zone(v, addr, &m);
	if (m.fold)
		value_printf(v, ", fold=%u", m.fold);
	if (kind == KIND_DATETIME)
		add_zone(v, addr, &m);
	return value_add(v, ")");
}

/* Named from 3.7 on, and only those that are not zero; before that, up to the last that is not. */
static bool add_delta(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	static const char *const names[] = { "days", "seconds", "microseconds" };
	int32_t parts[3];
	size_t n = 0;

	if (!value_bytes(v, addr + v->l->value.delta_days, parts, sizeof(parts)))
		return value_unreadable(v, "unreadable timedelta");
	value_printf(v, "%s(", type->tp_name);
	if (!(v->ways & PY_REPR_DELTA_NAMES)) {
		value_printf(v, "%d", parts[0]);
		if (parts[1] || parts[2])
			value_printf(v, ", %d", parts[1]);
		if (parts[2])
			value_printf(v, ", %d", parts[2]);
		return value_add(v, ")");
	}
	for (size_t i = 0; i < 3; i++) {
		if (parts[i])
			value_printf(v, "%s%s=%d", n++ ? ", " : "", names[i], parts[i]);
	}
	return value_add(v, n ? ")" : "0)");
}

/* {offset, name} behind the head. The one without a name and an offset is timezone.utc. */
static bool add_timezone(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint64_t offset, name;
	int32_t parts[3];

	if (!value_field(v, addr, v->l->object.size, &offset) ||
	    !value_field(v, addr, v->l->object.size + 8, &name) ||
	    !value_bytes(v, offset + v->l->value.delta_days, parts, sizeof(parts)))
		return value_unreadable(v, "unreadable timezone");
	if (!name && !parts[0] && !parts[1] && !parts[2])
		return value_add(v, "datetime.timezone.utc");
	if (!value_enter(v, addr, "..."))
		return !v->full;
	bool more = value_printf(v, "%s(", type->tp_name) && value_object(v, offset) &&
		    (!name || (value_add(v, ", ") && value_object(v, name)));
	value_leave(v);
	return more && value_add(v, ")");
}

bool value_time(struct value_read *v, uint64_t addr, const struct value_type *type,
		enum value_kind kind)
{
	switch (kind) {
	case KIND_TIMEDELTA:
		return add_delta(v, addr, type);
	case KIND_TIMEZONE:
		return add_timezone(v, addr, type);
	default:
		return add_moment(v, addr, type, kind);
	}
}
