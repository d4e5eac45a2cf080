/* SPDX-License-Identifier: MIT */
/*
 * Text and numbers as they are shown: the same forms as render/text.c and render/amount.c
 * give the static picture.
 */
'use strict';

/* Characters without a glyph, or with a power over their neighbours; joiners are words. */
const HIDDEN =
	/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/* More marks than any script puts on one letter; a taller heap would leave its row. */
const HEAP = /([\p{Mn}\p{Me}]{4})([\p{Mn}\p{Me}]+)/gu;

/* A hidden character as Python's repr() writes it. */
function escapeHidden(char) {
	const short = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };
	const code = char.codePointAt(0);
	const hex = code.toString(16);

	if (short[char])
		return short[char];
	if (code < 0x100)
		return '\\x' + hex.padStart(2, '0');
	return code < 0x10000 ? '\\u' + hex.padStart(4, '0') : '\\U' + hex.padStart(8, '0');
}

/* The visible form of a text of strangers. */
function visible(text) {
	return text.replace(HEAP, (all, four, rest) => four + [...rest].map(escapeHidden).join(''))
		.replace(HIDDEN, escapeHidden);
}

/* The first `length` code units, no character cut in two. */
function head(text, length) {
	const last = text.charCodeAt(length - 1);

	if (text.length <= length)
		return text;
	return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

/* "1,234,567" */
function formatCount(n) {
	return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/* "12.34%", "<0.01%" */
function formatPercent(part, whole) {
	const share = whole ? part / whole : 0;

	return part && Math.round(share * 10000) === 0 ? '<0.01%' :
		(Math.round(share * 10000) / 100).toFixed(2) + '%';
}

/* Three digits that count: "1.23", "12.3", "123". */
function threeDigits(x) {
	if (Math.round(x * 100) >= 10000)
		return formatCount(Math.round(x));
	return Math.round(x * 100) >= 1000 ? String(Math.round(x * 10) / 10) :
		String(Math.round(x * 100) / 100);
}

/* "850 ns", "12.3 ms", "59.9 s", "12 min 5 s", "3 h 20 min" */
function formatDuration(ns) {
	const seconds = Math.round(ns / 1e9);

	if (ns < 1000)
		return ns + ' ns';
	if (ns < 999500)
		return threeDigits(ns / 1e3) + ' \u00b5s';
	if (ns < 999500000)
		return threeDigits(ns / 1e6) + ' ms';
	if (seconds < 120)
		return threeDigits(ns / 1e9) + ' s';
	return seconds < 7200 ? formatPair(seconds, 60, ' min', 1, ' s') :
		formatPair(seconds, 3600, ' h', 60, ' min');
}

function formatPair(seconds, large, largeName, small, smallName) {
	const rest = Math.floor(seconds % large / small);

	return formatCount(Math.floor(seconds / large)) + largeName +
		(rest ? ' ' + rest + smallName : '');
}

/* A value of a metric with its unit: "1,234 samples", "1.25 s". */
function formatValue(value, metric) {
	const name = metric.unit === 'count' ? metric.name : metric.unit;

	if (metric.unit === 'nanoseconds')
		return formatDuration(value);
	return formatCount(value) + ' ' + (value === 1 ? name.replace(/([^s])s$/, '$1') : name);
}
