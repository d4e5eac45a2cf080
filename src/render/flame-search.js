/* SPDX-License-Identifier: MIT */
/* Which frames match, how much of a tree runs through them, and which come one after the other. */
'use strict';

class Search {
	constructor(profile) {
		this.profile = profile;
		this.query = '';
		this.regular = false;
		this.bad = ''; /* what is wrong with a regular expression */
		this.labels = null; /* per label, 1 where it matches; null: no search */
		this.trees = new WeakMap(); /* tree to {before, order} */
	}

	get active() {
		return this.labels !== null;
	}

	/* An upper case letter in the query makes it tell the cases apart. */
	set(query, regular) {
		this.query = query;
		this.regular = regular;
		this.bad = '';
		this.labels = null;
		this.trees = new WeakMap();
		if (query === '')
			return;
		const fits = this.matcher(), profile = this.profile;
		this.labels = new Uint8Array(profile.labels);
		for (let i = 1; i < profile.labels; i++)
			this.labels[i] = fits(profile.text(i)) ? 1 : 0;
	}

	matcher() {
		const query = this.query, fold = query === query.toLowerCase();

		if (!this.regular)
			return fold ? text => text.toLowerCase().includes(query) :
				text => text.includes(query);
		try {
			/* \D, \W, \S and \B are no upper case letters. */
			const letters = query.replace(/\\./g, '');
			const expression = new RegExp(query,
				letters === letters.toLowerCase() ? 'iu' : 'u');

			return text => expression.test(text);
		} catch (error) {
			this.bad = error.message.replace(/^Invalid regular expression: /, '');
			return () => false;
		}
	}

	/* Per node of the tree, how many nodes before it match. */
	before(tree) {
		return this.counted(tree).before;
	}

	counted(tree) {
		let found = this.trees.get(tree);

		if (!found) {
			const before = new Int32Array(tree.count + 1);

			for (let i = 0; i < tree.count; i++)
				before[i + 1] = before[i] + (this.matches(tree, i) ? 1 : 0);
			found = { before, order: null };
			this.trees.set(tree, found);
		}
		return found;
	}

	/* The root is no frame of the profile, unless it is a function's own. */
	matches(tree, node) {
		return this.labels[tree.label[node]] === 1;
	}

	/* Does the frame match, or one of those that the box stands for? */
	matchesBox(box) {
		if (!this.active)
			return false;
		if (!box.frames)
			return this.matches(box.tree, box.node);
		const before = this.before(box.tree);

		return before[box.to] > before[box.node];
	}

	/* How many nodes of the tree match. */
	count(tree) {
		return this.active ? this.before(tree)[tree.count] : 0;
	}

	/* The matching nodes of the tree, the widest first. */
	order(tree) {
		const found = this.counted(tree);

		if (!found.order) {
			found.order = [];
			for (let i = 0; i < tree.count; i++)
				if (this.matches(tree, i))
					found.order.push(i);
			found.order.sort((a, b) => tree.total[b] - tree.total[a] || a - b);
		}
		return found.order;
	}

	/* Weight of the stacks in a zoom that hold a match, each counted once. */
	weight(zoom) {
		const tree = zoom.tree;
		const before = this.before(tree);
		let weight = 0;

		for (let i = zoom.node; i >= 0; i = tree.parent[i])
			if (this.matches(tree, i))
				return zoom.weight;
		for (let i = zoom.from; i < zoom.to;) {
			if (this.matches(tree, i)) {
				weight += tree.total[i];
				i = tree.end[i];
			} else if (before[tree.end[i]] === before[i]) {
				i = tree.end[i];
			} else {
				i++;
			}
		}
		return weight;
	}
}
