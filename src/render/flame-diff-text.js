/* SPDX-License-Identifier: MIT */
/*
 * Values of two sides, and what is between them, in words: the same that render/diff_text.c gives
 * the static picture.
 */
'use strict';

const MINUS = '\u2212', ARROW = '\u2192';

/* A value of a run, which need not be whole; a tenth of a sample is something, of a ns it is not. */
function roundAmount(value, { unit }) {
	return Number.isInteger(value) || value >= 1000 || unit === 'nanoseconds' ?
		Math.round(value) : Math.round(value * 100) / 100;
}

/* "1.2 s", "12.5 samples" */
function formatAmount(value, metric) {
	return formatValue(roundAmount(value, metric), metric);
}

/* The same where the unit is told elsewhere. */
function formatBare(value, metric) {
	return metric.unit === 'nanoseconds' ? formatAmount(value, metric) :
		formatCount(roundAmount(value, metric));
}

function signed(change, text) {
	return (change < 0 ? MINUS : change > 0 ? '+' : '') + text;
}

/* "+3.25 points" */
function formatPoints(change) {
	const hundredths = Math.round(Math.abs(change) * 10000);

	return signed(hundredths ? change : 0, (hundredths / 100).toFixed(2) + ' points');
}

/* From this on it is told how often the base is in it. */
const TIMES = 100;

/* "+25.00%", of the base's value; "\u00d7250" of it; which side alone has any. */
function relativeText(base, made) {
	if (!base || !made)
		return made ? 'only in HEAD' : 'only in BASE';
	/* Values of one run need not be whole. */
	if (made / base >= TIMES - 1e-9)
		return '\u00d7' + formatCount(Math.round(made / base));
	return signed(made - base, formatPercent(Math.abs(made - base), base));
}

/* "1.2 s -> 1.5 s, +300 ms (+25.00%)", of values a run. */
function changeText(metric, base, made) {
	return `${formatAmount(base, metric)} ${ARROW} ${formatAmount(made, metric)}` + (base === made ?
		'' : `, ${signed(made - base, formatAmount(Math.abs(made - base), metric))} ` +
			`(${relativeText(base, made)})`);
}

/* "10.00% -> 12.50%, +2.50 points" */
function sharesText(base, made) {
	return `${formatPercent(base, 1)} ${ARROW} ${formatPercent(made, 1)}, ` +
		formatPoints(made - base);
}

/* The lines that a box is told in: whether it is on one side only, total, self, shares. */
function diffLines(box) {
	const { tree, node } = box;
	const values = SIDES.map(side => tree.boxValue(box, side));
	const lines = [], hasSelf = values.some(value => value.self);
	const change = key => changeText(tree.metric, ...values.map(
		(value, side) => tree.perRun(value[key], side)));
	const shares = key => sharesText(...values.map((value, side) => tree.share(value[key], side)));

	if (!box.frames && tree.isOnly(node, BASE))
		lines.push('gone: only in BASE');
	if (!box.frames && tree.isOnly(node, HEAD))
		lines.push('new: only in HEAD');
	if (tree.shares)
		lines.push('share ' + shares('total'));
	if (tree.shares && hasSelf)
		lines.push('share of self ' + shares('self'));
	lines.push('total ' + change('total'));
	if (hasSelf)
		lines.push('self ' + change('self'));
	if (!tree.shares)
		lines.push('share ' + shares('total'));
	return lines;
}

/* "perhaps renamed to NAME (90% alike)" */
function renameText(profile, rename) {
	return `perhaps ${rename.word} ${rename.side === BASE ? 'to' : 'from'} ` +
		`${profile.text(profile.labelOfFunction(rename.other))} (${rename.likeness}% alike)`;
}
