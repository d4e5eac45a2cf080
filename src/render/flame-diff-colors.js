/* SPDX-License-Identifier: MIT */
/* Colours by what changed, d0 to d10 (render/diff_scale.h), and their legend. */
'use strict';

COLORS.unshift('change-self', 'change-total');
Object.assign(COLOR_NAMES, { 'change-self': 'change of self',
	'change-total': 'change of total' });

/* Two deviations of what as many samples give by chance, as render/diff_chance.c has it. */
function isChance(tree, [base, made]) {
	const [one, other] = SIDES.map(side => tree.grain(side) * tree.scale[side]);

	return (made - base) ** 2 < 4 * (base * one + made * other);
}

/* The step of a change from -steps.length (all gone) to steps.length. */
function changeStep(tree, values) {
	const [base, made] = values.map((value, side) => value * tree.scale[side]);
	const whole = Math.max(...SIDES.map(side => tree.wholes[side] * tree.scale[side]));
	/* Millionths, in whole numbers: no rounding lifts a change over its step. */
	const part = whole ? Math.floor(Math.abs(made - base) / whole * 1e6 + 1e-6) : 0;
	const { steps } = tree.profile.diff;
	const step = isChance(tree, [base, made]) ? 0 : steps.filter(hundredths => part >= hundredths * 100).length;

	return made < base ? -step : step;
}

/* Callers have no self. */
function changeClass(colors, tree, node) {
	const key = colors === 'change-self' && !tree.isCallers ? 'self' : 'total';
	const step = changeStep(tree, tree.sides.map(side => side[key][node]));

	return 'd' + (tree.profile.diff.steps.length + step);
}

/* What is only on one side has a mark besides its colour. */
function onlyClass({ tree, node, side }) {
	const came = tree.isOnly(node, HEAD), gone = tree.isOnly(node, BASE);

	if (side === undefined && tree.isGhost(node))
		return came ? ' ghost came' : ' ghost';
	return came ? ' new' : gone ? ' gone' : '';
}

function diffColor(profile, colors, box, most) {
	const { tree, node, side } = box;
	const truncated = profile.color(tree.label[node]) === TRUNCATED_COLOR;

	return (colors.startsWith('change') && !truncated ? changeClass(colors, tree, node) :
		side === undefined ? boxColor(profile, colors, box, most) :
			boxColor(profile, colors, box, tree.mostOfHalves(), tree.selfOfHalf(node, side))) +
		onlyClass(box);
}

class DiffLegend extends Legend {
	update(colors) {
		const { width, of } = this.page.choices;

		if (colors.startsWith('change'))
			this.showChanges(colors === 'change-total' ? 'total' :
				of < 0 ? 'self' : 'self, callers by total');
		else
			super.update(colors);
		if (width === 'head')
			this.add('gone: only in BASE, as wide as there', ['ghost']);
		if (width === 'base')
			this.add('new: only in HEAD, as wide as there', ['ghost came']);
		if (width !== 'base')
			this.add('new: only in HEAD', [this.middle() + ' new']);
		if (width !== 'head')
			this.add('gone: only in BASE', [this.middle() + ' gone']);
	}

	middle() {
		return 'wide d' + this.profile.diff.steps.length;
	}

	add(text, classes) {
		this.root.append(element('span', { class: 'key' },
			...classes.map(name => element('i', { class: 'swatch ' + name })), text));
	}

	/* Said of both sides by name, so that nobody reads it backwards. */
	showChanges(what) {
		const { profile, page } = this, { steps } = profile.diff, half = steps.length;
		const classes = (from, n) => Array.from({ length: n }, (_, i) => 'd' + (from + i));
		const limits = steps.map(hundredths => hundredths / 100).join(', ');
		const time = page.view && page.view.metric.unit === 'nanoseconds';
		const { shares } = page.choices;
		const word = (share, slow, count) => shares ? share : time ? slow : count;

		this.root.textContent = '';
		this.add(`blue: ${word('a smaller share', 'faster', 'less')} in HEAD ` +
			`(${profile.shortLabel(HEAD)}) than in BASE (${profile.shortLabel(BASE)}), by ` +
			`${what}`, classes(0, half));
		this.add('about the same, or what chance may have changed', classes(half, 1));
		this.add(`orange: ${word('a larger share', 'slower', 'more')} in HEAD; steps from ` +
			(shares ? `${limits} points on` : `${limits}% of the larger side on`),
		classes(half + 1, half));
		this.addTruncated();
	}

	/* What was cut off has a colour of its own, whatever changed. */
	addTruncated() {
		for (const [text, ...shades] of this.profile.legend)
			if (shades.length && shades.every(color => color === TRUNCATED_COLOR))
				this.add(text, ['c' + TRUNCATED_COLOR]);
	}
}
