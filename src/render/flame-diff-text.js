/* SPDX-License-Identifier: MIT */
/* Values of two sides, and what is between them, in words. */
'use strict';

const MINUS = '\u2212', ARROW = '\u2192';

/* A value of a run, which need not be whole: "12.5 samples". */
function formatAmount(value, metric) {
	return formatValue(Math.abs(value) < 1000 && metric.unit !== 'nanoseconds' ?
		Math.round(value * 10) / 10 : Math.round(value), metric);
}

/* A value as it is shown (DiffView.shown). */
function shownText(tree, value) {
	return tree.shares ? formatPercent(value, 1) : formatAmount(value, tree.metric);
}

function signed(change, text) {
	return (change < 0 ? MINUS : '+') + text;
}

/* "+300 ms", "-1.25 pp"; '' where nothing that can be told has changed. */
function changeText(tree, base, made) {
	const change = made - base, size = Math.abs(change);

	if (tree.shares)
		return Math.round(size * 10000) ? signed(change, (size * 100).toFixed(2) + ' pp') : '';
	return size * tree.parts < 0.5 ? '' : signed(change, formatAmount(size, tree.metric));
}

/* "+25.0%", of the base's value. */
function relativeText(base, made) {
	const percent = Math.abs(made / base - 1) * 100;

	return signed(made - base, percent < 1000 ? percent.toFixed(1) + '%' :
		formatCount(Math.round(percent)) + '%');
}

/* What became of a value: "no change", "new", "gone", "+300 ms (+25.0%)". */
function becameText(tree, base, made) {
	const change = changeText(tree, base, made);

	if (!base && made)
		return change + ' (new)';
	if (base && !made)
		return change + ' (gone)';
	return change ? `${change} (${relativeText(base, made)})` : 'no change';
}

/* "1.2 s -> 1.5 s, +300 ms (+25.0%)", of values as recorded. */
function comparedText(tree, values) {
	const [base, made] = values.map((value, side) => tree.shown(value, side));

	return `${shownText(tree, base)} ${ARROW} ${shownText(tree, made)}, ` +
		becameText(tree, base, made);
}

/* The lines that a box is told in: whether it is there at all, total, self. */
function diffLines(box) {
	const { tree, node } = box;
	const values = SIDES.map(side => tree.boxValue(box, side));
	const lines = ['total ' + comparedText(tree, values.map(value => value.total))];

	if (values.some(value => value.self))
		lines.push('self ' + comparedText(tree, values.map(value => value.self)));
	if (!box.frames && tree.isOnly(node, BASE))
		lines.unshift('gone: it is here in the base only');
	if (!box.frames && tree.isOnly(node, HEAD))
		lines.unshift('new: it is here in the head only');
	return lines;
}

/* "perhaps renamed to NAME (90% alike)"; '' of what is in no rename. */
function renameText(profile, rename) {
	return `perhaps renamed ${rename.side === BASE ? 'to' : 'from'} ` +
		`${profile.text(profile.labelOfFunction(rename.other))} (${rename.likeness}% alike)`;
}
