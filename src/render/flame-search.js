/* SPDX-License-Identifier: MIT */
/* Which frames match, and how much of the profile runs through them. */
'use strict';

class Search {
	constructor(profile) {
		this.profile = profile;
		this.query = '';
		this.frames = null; /* per frame, 1 where it matches; null: no search */
		this.before = null; /* per node, how many nodes before it match */
	}

	get active() {
		return this.frames !== null;
	}

	/* An upper case letter in the query makes it tell the cases apart. */
	set(query) {
		const fold = query === query.toLowerCase();
		const profile = this.profile, n = profile.frameName.length;

		this.query = query;
		this.frames = this.before = null;
		if (query === '')
			return;
		this.frames = new Uint8Array(n);
		for (let i = 0; i < n; i++) {
			const text = profile.frameText(i);

			this.frames[i] = (fold ? text.toLowerCase() : text).includes(query) ? 1 : 0;
		}
		this.countNodes();
	}

	countNodes() {
		const profile = this.profile;

		this.before = new Int32Array(profile.count + 1);
		for (let i = 0; i < profile.count; i++)
			this.before[i + 1] = this.before[i] + (this.matches(i) ? 1 : 0);
	}

	/* The root is no frame of the profile. */
	matches(node) {
		return node > 0 && this.frames[this.profile.frame[node]] === 1;
	}

	/* Does the frame match, or one of those that the box stands for? */
	matchesBox(box) {
		if (!this.active)
			return false;
		return box.frames ? this.before[box.to] > this.before[box.node] :
			this.matches(box.node);
	}

	/* Weight of the stacks in a zoom that hold a match, each counted once. */
	weight(zoom) {
		let weight = 0;

		for (let i = zoom.node; i >= 0; i = this.profile.parent[i])
			if (this.matches(i))
				return zoom.weight;
		for (let i = zoom.from; i < zoom.to;) {
			if (this.matches(i)) {
				weight += this.profile.total[i];
				i = this.profile.end[i];
			} else if (this.before[this.profile.end[i]] === this.before[i]) {
				i = this.profile.end[i];
			} else {
				i++;
			}
		}
		return weight;
	}
}
