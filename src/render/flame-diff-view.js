/* SPDX-License-Identifier: MIT */
/*
 * A tree of both sides, and where its boxes stand.
 *
 * Choices have besides: width ('head', 'base', 'both'), shares, joined (indexes of renames).
 *
 * By the width of one side a node is as wide as its value there. Where it is not there it is a
 * ghost, as wide as its value on the other side, behind its siblings (render/diff_tree.h), and
 * weighs in all its callers. For both, each side has its half of the width, and all nodes one
 * order. Widths, as all that is shown, are per run, or shares of the side.
 */
'use strict';

const HALVES_GAP = 16; /* pixels between them */
const MAX_CHANGES = 200; /* that one goes through */

class DiffView extends View {
	/* Takes the sides of the sprout's nodes along. */
	place(sprout, total, first, next) {
		const { profile } = this, { width, shares, wholes } = sprout;

		Object.assign(this, { width, shares, wholes, sides: sprout.sides });
		/* What makes values of both sides comparable; for those of a run whole numbers. */
		this.scale = shares ? wholes.map(whole => whole ? 1 / whole : 0) :
			[profile.runs(HEAD), profile.runs(BASE)];
		const self = this.weights(sprout);
		if (this.width !== 'both')
			putGhostsLast(this.sides[this.mainSide()].total, first, next);
		const numbers = super.place({ ...sprout, self }, addUp(sprout.parent, self), first, next);
		this.sides = this.sides.map(side => renumber(side, total, numbers, this.count));
		this.halves = [];
		this.found = {};
		return numbers;
	}

	/* The side whose values are the widths. */
	mainSide() {
		return this.width === 'base' ? BASE : HEAD;
	}

	/* What each node adds to the widths. */
	weights(sprout) {
		const main = this.mainSide(), [one, other] = [this.sides[main], this.sides[1 - main]];
		const both = this.width === 'both';
		const weights = new Float64Array(sprout.count);

		for (let i = 0; i < weights.length; i++) {
			if (both || one.total[i])
				weights[i] = one.self[i] * this.scale[main];
			if (both || !one.total[i])
				weights[i] += other.self[i] * this.scale[1 - main];
		}
		return weights;
	}

	turnToCallers() {
		super.turnToCallers();
		this.sides.forEach(side => side.self.fill(0));
	}

	/* ---- values as they are shown ------------------------------------------------------ */

	grain(side) {
		return this.profile.grain(this.profile.metrics.indexOf(this.metric), side);
	}

	perRun(value, side) {
		return value / this.profile.runs(side);
	}

	/* Of 1; of an empty side nothing is a share. */
	share(value, side) {
		return this.wholes[side] ? value / this.wholes[side] : 0;
	}

	/* What is asked for of the two. */
	shown(value, side) {
		return this.shares ? this.share(value, side) : this.perRun(value, side);
	}

	/* "1.2 s", "12.34%", of values that are shown. */
	shownText(value) {
		return this.shares ? formatPercent(value, 1) : formatAmount(value, this.metric);
	}

	/* As wide as it was on the other side: it is not on this one. */
	isGhost(node) {
		return this.width !== 'both' && !this.sides[this.mainSide()].total[node];
	}

	isOnly(node, side) {
		return !this.sides[1 - side].total[node] && this.sides[side].total[node] > 0;
	}

	/* A side's value of what a zoom fills the width with. */
	zoomValue({ node, from, to, weight }, side) {
		const { total } = this.sides[side];

		return weight === this.total[node] ? total[node] : this.sumOf(total, from, to);
	}

	/* A side's {total, self} of a box; a run of frames has no self. */
	boxValue(box, side) {
		const { total, self } = this.sides[side];

		return box.frames ? { total: this.sumOf(total, box.node, box.to), self: 0 } :
			{ total: total[box.node], self: self[box.node] };
	}

	sumOf(values, from, to) {
		let sum = 0;

		for (let i = from; i < to; i = this.end[i])
			sum += values[i];
		return sum;
	}

	/* How much a node's self or total differs. */
	change(node, key) {
		const [base, made] = this.sides;

		return Math.abs(made[key][node] * this.scale[HEAD] - base[key][node] * this.scale[BASE]);
	}

	hasChanges(key) {
		for (let i = 0; i < this.count; i++)
			if (this.change(i, key) > 0)
				return true;
		return false;
	}

	/* The nodes that changed most by self or total, the greatest change first. */
	changes(key) {
		if (!this.found[key]) {
			const changes = Float64Array.from({ length: this.count }, (_, i) => this.change(i, key));
			const least = changes.slice().sort()[Math.max(0, this.count - MAX_CHANGES)];
			const greatest = [], others = [];

			changes.forEach((change, i) => {
				if (change > least)
					greatest.push(i);
				else if (change === least && change > 0 && others.length < MAX_CHANGES)
					others.push(i);
			});
			this.found[key] = [...greatest.sort((a, b) => changes[b] - changes[a] || a - b),
				...others].slice(0, MAX_CHANGES);
		}
		return this.found[key];
	}

	/* ---- side by side -------------------------------------------------------------------- */

	/* The same nodes with a side's values; what is not there is in it with none. */
	half(side) {
		if (this.halves[side])
			return this.halves[side];
		const made = Object.create(this);

		Object.assign(made, this.sides[side], { start: new Float64Array(this.count) });
		made.addStarts();
		const before = new Int32Array(this.count + 1);
		for (let i = 0; i < this.count; i++)
			before[i + 1] = before[i] + (made.total[i] ? 1 : 0);
		made.framesIn = (from, to) => before[to] - before[from];
		this.halves[side] = made;
		return made;
	}

	/* A half's self as it is wide, and the largest of both. */
	selfOfHalf(node, side) {
		return this.sides[side].self[node] * this.scale[side];
	}

	mostOfHalves() {
		this.most ??= SIDES.reduce((most, side) => this.sides[side].self.reduce(
			(a, b) => Math.max(a, b * this.scale[side]), most), 0);
		return this.most;
	}

	/* What one side shows of a zoom on this tree. */
	zoomOfHalf(zoom, side) {
		const tree = this.half(side);

		return { ...zoom, tree, weight: this.zoomValue(zoom, side),
			origin: tree.start[zoom.from < zoom.to ? zoom.from : zoom.node] };
	}

	lay(zoom, width) {
		if (this.width !== 'both')
			return super.lay(zoom, width);
		const half = Math.floor((width - HALVES_GAP) / 2);
		const values = SIDES.map(side => this.shown(this.zoomValue(zoom, side), side));
		const most = Math.max(...values), rows = [];

		for (const side of SIDES) {
			const own = this.zoomOfHalf(zoom, side);
			const laid = own.weight ? layOut(own, half * values[side] / most) :
				layCallers(own, half);

			laid.forEach((row, level) => {
				rows[level] = rows[level] || [];
				for (const box of row)
					rows[level].push(Object.assign(box, { tree: this, side,
						x: box.x + side * (half + HALVES_GAP) }));
			});
		}
		return rows;
	}
}

/* Of a zoom on what is not there: those of its callers that are. */
function layCallers({ tree, node }, width) {
	const rows = [];

	for (let i = node; i >= 0; i = tree.parent[i])
		if (tree.total[i])
			addBox(rows, frameBox(tree, i, 0, width));
	return rows;
}

/* Totals of the nodes of a sprout, in which callers come before callees. */
function addUp(parent, self) {
	const total = self.slice();

	for (let i = total.length - 1; i > 0; i--)
		total[parent[i]] += total[i];
	return total;
}

/* A side's {self, total} by the sprout's nodes. */
function sideOf({ count, parent }, places, values) {
	const self = new Float64Array(count);

	for (let i = 0; i < places.length; i++)
		if (places[i] >= 0)
			self[places[i]] += values[i];
	return { self, total: addUp(parent, self) };
}

/* By the numbers that a view has given those nodes which weigh anything. */
function renumber({ self, total }, weights, numbers, count) {
	const made = { self: new Float64Array(count), total: new Float64Array(count) };

	for (let i = 0; i < numbers.length; i++) {
		if (i && !weights[i])
			continue;
		made.self[numbers[i]] = self[i];
		made.total[numbers[i]] = total[i];
	}
	return made;
}

/* Among siblings those without a value go behind the others; either keep their order. */
function putGhostsLast(value, first, next) {
	for (let i = 0; i < first.length; i++) {
		const starts = [-1, -1], ends = [-1, -1]; /* of those that are there, of ghosts */

		if (first[i] < 0 || next[first[i]] < 0)
			continue;
		for (let child = first[i]; child >= 0; child = next[child]) {
			const which = value[child] ? 0 : 1;

			if (starts[which] < 0)
				starts[which] = child;
			else
				next[ends[which]] = child;
			ends[which] = child;
		}
		if (starts[0] < 0 || starts[1] < 0)
			continue;
		first[i] = starts[0];
		next[ends[0]] = starts[1];
		next[ends[1]] = -1;
	}
}

class DiffBuilder extends Builder {
	constructor(profile, choices) {
		super(profile, choices);
		this.values = profile.presence(choices.metric);
		this.columns = SIDES.map(side => profile.sideValues(choices.metric, side));
		this.places = new Int32Array(this.values.length).fill(-1); /* of samples in the sprout */
		this.wholes = [0, 0];
	}

	count(sample) {
		super.count(sample);
		for (const side of SIDES)
			this.wholes[side] += this.columns[side][sample];
	}

	put(at, sample) {
		super.put(at, sample);
		this.places[sample] = at;
	}

	down() {
		return this.grown('down') || super.down();
	}

	up() {
		const again = this.grown('up');

		if (again)
			again.turnToCallers();
		return again || super.up();
	}

	/* The same nodes by other widths need not be looked for again; null: they are others. */
	grown(way) {
		const kept = this.profile.kept[way], { choices } = this;

		this.way = way;
		if (!kept || Object.keys(choices).some(key => key !== 'width' && key !== 'shares' &&
				choices[key] !== kept.choices[key]))
			return null;
		return this.dress(kept);
	}

	view(sorted) {
		const { profile, choices, sprout, whole, wholes } = this;

		sprout.sides = SIDES.map(side => sideOf(sprout, this.places, this.columns[side]));
		profile.kept[this.way] = { choices: { ...choices }, sprout, sorted, whole, wholes };
		return this.dress(profile.kept[this.way]);
	}

	dress({ sprout, sorted, whole, wholes }) {
		const { width, shares, metric } = this.choices;
		const view = new DiffView(this.profile, metric, { ...sprout, width, shares, wholes }, sorted);

		view.whole = whole;
		return view;
	}
}
