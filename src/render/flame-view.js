/* SPDX-License-Identifier: MIT */
/*
 * A tree to be drawn, made from the profile by what the viewer chose: which metric, thread,
 * frames; lines or functions; from the root, or from one function.
 *
 * Choices: {metric, thread, process (-1: all), lines, byThread, byProcess, collapse, filter,
 * of (a function, -1: none)}; filter is of flame-filter.js.
 */
'use strict';

/* Nodes while a tree is made: children are found by a hash of (parent, label). */
class Sprout {
	constructor(rootLabel) {
		this.grow(1024);
		this.slots = new Int32Array(4096);
		this.count = 1;
		this.parent[0] = -1;
		this.label[0] = rootLabel;
	}

	grow(capacity) {
		const larger = (old, type) => {
			const made = new type(capacity);

			if (old)
				made.set(old);
			return made;
		};

		this.parent = larger(this.parent, Int32Array);
		this.label = larger(this.label, Int32Array);
		this.self = larger(this.self, Float64Array);
	}

	/* Where (parent, label) is in the table, or would be. */
	slot(parent, label) {
		const mask = this.slots.length - 1;
		let at = Math.imul(Math.imul(parent, 0x9e3779b1) ^ label, 0x85ebca6b);

		for (at = (at ^ at >>> 15) & mask; ; at = at + 1 & mask) {
			const node = this.slots[at] - 1;

			if (node < 0 || (this.parent[node] === parent && this.label[node] === label))
				return at;
		}
	}

	rehash() {
		this.slots = new Int32Array(this.slots.length * 4);
		for (let i = 1; i < this.count; i++)
			this.slots[this.slot(this.parent[i], this.label[i])] = i + 1;
	}

	child(parent, label) {
		let at = this.slot(parent, label);

		if (this.slots[at])
			return this.slots[at] - 1;
		if (this.count === this.parent.length)
			this.grow(this.count * 2);
		if (this.count * 2 > this.slots.length) {
			this.rehash();
			at = this.slot(parent, label);
		}
		this.parent[this.count] = parent;
		this.label[this.count] = label;
		this.slots[at] = ++this.count;
		return this.count - 1;
	}
}

/*
 * A tree: nodes are numbers, the subtree of node i is i up to but without end[i]. start is the
 * weight left of a node in the whole tree.
 */
class View {
	/* `sorted`: siblings stand in the order of their texts already. */
	constructor(profile, metric, sprout, sorted) {
		this.profile = profile;
		this.metric = profile.metrics[metric];
		this.whole = 0; /* what 100% is; the root may be one function */
		this.isCallers = false; /* the root is called by its children */
		this.arrange(sprout, sorted);
	}

	/* Puts the nodes of a sprout that weigh anything in order: callers first, siblings by text. */
	arrange(sprout, sorted) {
		const n = sprout.count, total = sprout.self.slice(0, n);
		const first = new Int32Array(n).fill(-1), next = new Int32Array(n);

		for (let i = n - 1; i > 0; i--)
			total[sprout.parent[i]] += total[i];
		for (let i = n - 1; i > 0; i--) {
			if (!total[i])
				continue;
			next[i] = first[sprout.parent[i]];
			first[sprout.parent[i]] = i;
		}
		if (!sorted)
			this.sortSiblings(sprout.label, first, next);
		this.place(sprout, total, first, next);
	}

	sortSiblings(label, first, next) {
		const order = orderOfLabels(this.profile);

		for (let i = 0; i < first.length; i++) {
			if (first[i] < 0 || next[first[i]] < 0)
				continue;
			const list = [];

			for (let child = first[i]; child >= 0; child = next[child])
				list.push(child);
			list.sort((a, b) => order[label[a]] - order[label[b]]);
			first[i] = list[0];
			for (let k = 0; k < list.length; k++)
				next[list[k]] = k + 1 < list.length ? list[k + 1] : -1;
		}
	}

	/* Numbers the nodes anew, depth first; gives the new numbers. */
	place(sprout, total, first, next) {
		const n = sprout.count, numbers = new Int32Array(n);
		let node = 0;

		this.count = 0;
		this.label = new Int32Array(n);
		this.parent = new Int32Array(n);
		this.level = new Int32Array(n);
		this.end = new Int32Array(n);
		this.self = new Float64Array(n);
		this.total = new Float64Array(n);
		this.start = new Float64Array(n);
		while (node >= 0) {
			const at = this.count++, parent = sprout.parent[node];

			numbers[node] = at;
			this.label[at] = sprout.label[node];
			this.parent[at] = parent < 0 ? -1 : numbers[parent];
			this.level[at] = parent < 0 ? 0 : this.level[numbers[parent]] + 1;
			this.self[at] = sprout.self[node];
			this.total[at] = total[node];
			if (first[node] >= 0) {
				node = first[node];
				continue;
			}
			while (node >= 0 && (node === 0 || next[node] < 0)) {
				this.end[numbers[node]] = this.count;
				node = sprout.parent[node];
			}
			if (node >= 0) {
				this.end[numbers[node]] = this.count;
				node = next[node];
			}
		}
		this.addStarts();
		return numbers;
	}

	addStarts() {
		const used = new Float64Array(this.count);

		for (let i = 1; i < this.count; i++) {
			const parent = this.parent[i];

			this.start[i] = used[i] = used[parent];
			used[parent] += this.total[i];
		}
	}

	/* The boxes of a zoom on it: flame-layout.js. */
	lay(zoom, width) {
		return layOut(zoom, width);
	}

	/* Where a chain of callers ends nothing was seen to run. */
	turnToCallers() {
		this.self.fill(0);
		this.isCallers = true;
	}

	/* How many frames a run of nodes has. */
	framesIn(from, to) {
		return to - from;
	}

	/* ---- its nodes ------------------------------------------------------------------ */

	text(node) {
		return this.profile.text(this.label[node]);
	}

	nameLength(node) {
		return this.profile.nameLength(this.label[node]);
	}

	/* The labels from below the root up to the node. */
	path(node) {
		const path = [];

		for (let i = node; i > 0; i = this.parent[i])
			path.push(this.label[i]);
		return path.reverse();
	}

	children(node) {
		const found = [];

		for (let i = node + 1; i < this.end[node]; i = this.end[i])
			found.push(i);
		return found;
	}

	/* The texts of the path, as the target has them. */
	pathTexts(node) {
		return this.path(node).map(label => this.profile.rawText(label));
	}

	/*
	 * How far such a path leads. Lines may have moved, and a thread has another number: then the
	 * name is looked for. `loose`: what is not there may have been left out of this view.
	 */
	follow(texts, loose) {
		let node = 0;

		for (const text of texts) {
			const children = this.children(node), raw = i => this.profile.rawText(this.label[i]);
			let fitting = children.filter(i => raw(i) === text);

			if (!fitting.length)
				fitting = children.filter(i => withoutNumber(raw(i)) === withoutNumber(text));
			if (fitting.length)
				node = fitting.reduce((best, i) => this.total[i] > this.total[best] ? i : best);
			else if (!loose)
				break;
		}
		return node;
	}
}

/* What is the same in the next recording: no line, no number of a thread or process. */
function withoutNumber(text) {
	return text.replace(/:\d+\)$/, ')').replace(/^(thread|process) \d+ \(/, '$1 (');
}

/* The place of each label among all, by text; made once. */
function orderOfLabels(profile) {
	if (profile.order)
		return profile.order;
	const texts = Array.from({ length: profile.functions },
		(_, fn) => profile.rawText(profile.labelOfFunction(fn)));
	const byText = (a, b) => texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : a - b;
	const rank = new Int32Array(profile.functions);
	const order = profile.order = new Float64Array(profile.labels);

	Uint32Array.from(texts.keys()).sort(byText).forEach((fn, at) => { rank[fn] = at; });
	for (let fn = 0; fn < profile.functions; fn++)
		order[profile.labelOfFunction(fn)] = rank[fn];
	/* Lines as the text of the picture has them: 10 comes before 9. */
	const digits = Array.from(profile.frameLine, String);
	const byPlace = (a, b) => rank[profile.functionOf[a]] - rank[profile.functionOf[b]] ||
		(digits[a] < digits[b] ? -1 : digits[a] > digits[b] ? 1 : 0);
	Uint32Array.from(digits.keys()).sort(byPlace).forEach((frame, at) => { order[frame] = at; });
	Array.from({ length: profile.labels - profile.firstThread }, (_, i) => profile.firstThread + i)
		.sort((a, b) => profile.rawText(a) < profile.rawText(b) ? -1 : 1)
		.forEach((label, at) => { order[label] = at; });
	return order;
}

/* ---- how stacks become a tree -------------------------------------------------------- */

const OUTSIDE = -2; /* of a stack, before the function that a tree is of */
const UNKNOWN = -1;

class Builder {
	constructor(profile, choices) {
		this.profile = profile;
		this.choices = choices;
		this.values = profile.values(choices.metric);
		this.labelOf = choices.lines ? frame => frame :
			frame => frame ? profile.labelOfFunction(profile.functionOf[frame]) : 0;
		this.sprout = new Sprout(choices.of < 0 ? 0 : profile.labelOfFunction(choices.of));
		this.whole = 0; /* the weight of all stacks, of which some may not be wanted */
		this.keep = choices.filter.keptFrames(profile);
		this.wanted = choices.filter.wantedNodes(profile);
	}

	/* Calls back for each sample that counts: (sample, thread). */
	eachSample(call) {
		const { profile, choices, wanted, values } = this;

		for (let i = 0; i < values.length; i++) {
			const thread = profile.sampleThread[i];

			if (!values[i] || (choices.thread >= 0 && thread !== choices.thread))
				continue;
			if (choices.process >= 0 && (thread < 0 ||
					profile.threads[thread][0] !== choices.process))
				continue;
			this.count(i);
			if (!wanted || wanted[profile.sampleNode[i]])
				call(i, thread);
		}
	}

	/* One more sample of what 100% is. */
	count(sample) {
		this.whole += this.values[sample];
	}

	/* A sample that ends in the node. */
	put(at, sample) {
		this.sprout.self[at] += this.values[sample];
	}

	/* The node below `at` for one more frame of a stack: `at` itself where it is left out. */
	step(at, frame) {
		const { profile, choices, sprout } = this;

		if (at === OUTSIDE)
			return profile.functionOf[frame] === choices.of && frame ? 0 : OUTSIDE;
		if (!this.keep[frame])
			return at;
		if (choices.collapse && profile.frameKind[frame] !== KIND_MARK &&
				profile.functionOfLabel(sprout.label[at]) === profile.functionOf[frame])
			return at;
		return sprout.child(at, this.labelOf(frame));
	}

	/* Is every node of the profile one of the view's? The file has them sorted by their texts. */
	isPlain() {
		const { lines, byThread, byProcess, collapse, filter, of } = this.choices;

		return lines && !byThread && !byProcess && !collapse && !filter.hidden.length && of < 0;
	}

	/* Then the nodes need not be looked for. */
	asRecorded() {
		const { profile } = this, { count, parent, frame } = profile;

		this.sprout = { count, parent, label: frame, self: new Float64Array(count) };
		this.eachSample(sample => this.put(profile.sampleNode[sample], sample));
		return this.view(true);
	}

	/* The tree that the choices ask for: from the root on, or from where the function was called. */
	down() {
		if (this.isPlain())
			return this.asRecorded();
		const groups = this.groups();
		const { profile } = this;
		const shown = new Int32Array(profile.count).fill(UNKNOWN);
		const path = [];

		for (const [base, samples] of groups) {
			for (const sample of samples) {
				let i = profile.sampleNode[sample];

				for (; i > 0 && shown[i] === UNKNOWN; i = profile.parent[i])
					path.push(i);
				let at = i > 0 ? shown[i] : base;
				while (path.length) {
					i = path.pop();
					shown[i] = at = this.step(at, profile.frame[i]);
				}
				if (at >= 0)
					this.put(at, sample);
			}
			if (groups.size > 1)
				this.forget(shown, samples);
		}
		return this.view(false);
	}

	/* What was found for one group holds for no other. */
	forget(shown, samples) {
		const { sampleNode, parent } = this.profile;

		for (const sample of samples)
			for (let i = sampleNode[sample]; i > 0 && shown[i] !== UNKNOWN; i = parent[i])
				shown[i] = UNKNOWN;
	}

	/* The samples by the node they stand on: the root, or their thread. */
	groups() {
		const { profile, choices, sprout } = this;
		const groups = new Map(), bases = new Map();
		const baseOf = thread => {
			let base = choices.of < 0 ? 0 : OUTSIDE;

			if (base || thread < 0)
				return base;
			if (choices.byProcess)
				base = sprout.child(base, profile.firstProcess + profile.threads[thread][0]);
			return choices.byThread ? sprout.child(base, profile.firstThread + thread) : base;
		};

		this.eachSample((sample, thread) => {
			if (!bases.has(thread))
				bases.set(thread, baseOf(thread));
			const base = bases.get(thread);

			if (!groups.has(base))
				groups.set(base, []);
			groups.get(base).push(sample);
		});
		return groups;
	}

	/* The callers of the function that the choices name, each above whom it called. */
	up() {
		const { profile, choices } = this;
		const first = new Int32Array(profile.count).fill(-1);
		const chains = new Map(); /* node of a first call to where its callers end */

		for (let i = 1; i < profile.count; i++) {
			const before = first[profile.parent[i]];

			first[i] = before >= 0 ? before :
				profile.functionOf[profile.frame[i]] === choices.of ? i : -1;
		}
		this.eachSample(sample => {
			const node = first[profile.sampleNode[sample]];

			if (node < 0)
				return;
			if (!chains.has(node)) {
				let at = 0;

				for (let i = profile.parent[node]; i > 0; i = profile.parent[i])
					at = this.step(at, profile.frame[i]);
				chains.set(node, at);
			}
			this.put(chains.get(node), sample);
		});
		const view = this.view(false);

		view.turnToCallers();
		return view;
	}

	view(sorted) {
		const view = new View(this.profile, this.choices.metric, this.sprout, sorted);

		view.whole = this.whole;
		return view;
	}
}
