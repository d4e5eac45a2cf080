/* SPDX-License-Identifier: MIT */
/*
 * Two profiles in one: what `diff` of render/data.h has.
 *
 * From here on, in all files of this name, a side is BASE or HEAD, and values are as recorded
 * (sums of all runs), if nothing else is said.
 */
'use strict';

const BASE = 0, HEAD = 1;
const SIDES = [BASE, HEAD];
const SIDE_NAMES = ['BASE', 'HEAD'];

class DiffProfile extends Profile {
	constructor(data) {
		super(data);
		this.diff = data.diff;
		this.sides = [data.diff.base, data.diff.head];
		this.recordedFunctionOf = this.functionOf;
		this.joined = new Map();
		this.presences = [];
		this.kept = {}; /* the nodes that were grown last: DiffBuilder */
		this.renames = data.diff.renames.map(([base, made, likeness, several]) => ({
			functions: [this.functionOf[base], this.functionOf[made]], likeness,
			several: Boolean(several) }))
			.filter(({ functions: [base, made] }) => base !== made);
	}

	sideValues(metric, side) {
		return this.values(this.sideMetric(metric, side));
	}

	/* The head's columns are the first. */
	sideMetric(metric, side) {
		return side === HEAD ? metric : this.metrics.length + metric;
	}

	/* Both sides together: what there is anywhere. */
	presence(metric) {
		if (!this.presences[metric]) {
			const base = this.sideValues(metric, BASE);

			this.presences[metric] = this.sideValues(metric, HEAD)
				.map((value, i) => value + base[i]);
		}
		return this.presences[metric];
	}

	/* What a sample of a side is worth in a metric; 0: not known. */
	grain(metric, side) {
		const [value, samples] = this.diff.looks[metric][side];

		return samples ? value / samples : 0;
	}

	total(metric) {
		return this.presence(metric).reduce((sum, value) => sum + value, 0);
	}

	runs(side) {
		return this.sides[side].runs || 1;
	}

	/* What people call a side. */
	sideLabel(side) {
		return visible(this.sides[side].label);
	}

	/* Where there is little room, the end of a path tells more than its beginning. */
	shortLabel(side) {
		const chars = [...this.sideLabel(side)];

		return chars.length > 40 ? '\u2026' + chars.slice(-39).join('') : chars.join('');
	}

	/* ---- renamed functions -------------------------------------------------------- */

	/*
	 * The rename that a function is in: {index, side, other, likeness, word}; null: none, or its
	 * frames are also of functions that are not in it.
	 */
	renameOf(fn) {
		const index = this.renames.findIndex(({ functions, several }) =>
			!several && functions.includes(fn));

		if (index < 0)
			return null;
		const { functions, likeness } = this.renames[index];
		const side = functions.indexOf(fn);
		return { index, side, other: functions[1 - side], likeness,
			word: this.renameWord(functions) };
	}

	/* What perhaps became of the one: 'renamed', or 'moved' to another file. */
	renameWord(functions) {
		const [base, made] = functions.map(fn => this.frameName[this.frameOfFunction[fn]]);

		return base === made ? 'moved' : 'renamed';
	}

	/* Frames of the base's function of each of these renames count as the head's function. */
	join(indexes) {
		this.joined = new Map(indexes.map(i => this.renames[i].functions));
		this.functionOf = !this.joined.size ? this.recordedFunctionOf :
			this.recordedFunctionOf.map(fn => this.countedAs(fn));
	}

	countedAs(fn) {
		return this.joined.get(fn) ?? fn;
	}
}
