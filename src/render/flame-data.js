/* SPDX-License-Identifier: MIT */
/* The profile out of the file: the reader of what render/data.h describes. */
'use strict';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT_OF = new Uint8Array(128);
for (let i = 0; i < DIGITS.length; i++)
	DIGIT_OF[DIGITS.charCodeAt(i)] = i;

/* Numbers one after the other, five bits a character, lowest first. */
class Column {
	constructor(text) {
		this.text = text;
		this.at = 0;
	}

	get done() {
		return this.at >= this.text.length;
	}

	/* Numbers may pass 2^32, where shifts end. */
	next() {
		let number = 0, unit = 1, digit;

		do {
			digit = DIGIT_OF[this.text.charCodeAt(this.at++)];
			number += (digit & 31) * unit;
			unit *= 32;
		} while (digit & 32 && !this.done);
		return number;
	}

	/* How many numbers there are. */
	count() {
		let n = 0;

		for (let i = 0; i < this.text.length; i++)
			n += DIGIT_OF[this.text.charCodeAt(i)] < 32 ? 1 : 0;
		return n;
	}
}

/* Fills `out` from a column of references into a pool in the order of first use. */
function readReferences(column, out, first) {
	let used = 0;

	for (let i = 0; i < out.length; i++) {
		const back = column.next() - first;

		if (back < 0)
			out[i] = -1;
		else
			out[i] = back ? used - back : used++;
	}
}

/*
 * The call tree. Nodes are numbers, callers before callees: the subtree of node i is i up to
 * but without end[i]. start is the weight left of a node in the whole picture.
 */
class Profile {
	constructor(data) {
		if (data.version !== 1)
			throw new Error('unknown version of the data: ' + data.version);
		for (const key of ['title', 'subtitle', 'empty', 'metric', 'notes', 'legend',
			'names', 'files'])
			this[key] = data[key];
		this.readFrames(data.frames);
		this.readNodes(data.nodes);
		this.addTotals();
		this.texts = new Array(this.frameName.length);
	}

	readFrames(frames) {
		const n = new Column(frames.color).count();
		const line = new Column(frames.line), color = new Column(frames.color);

		this.frameName = new Int32Array(n);
		this.frameFile = new Int32Array(n);
		this.frameLine = new Int32Array(n);
		this.frameColor = new Uint8Array(n);
		readReferences(new Column(frames.name), this.frameName, 0);
		readReferences(new Column(frames.file), this.frameFile, 1);
		for (let i = 0; i < n; i++) {
			this.frameLine[i] = line.next();
			this.frameColor[i] = color.next();
		}
	}

	readNodes(nodes) {
		const n = new Column(nodes.self).count();
		const up = new Column(nodes.up), self = new Column(nodes.self);

		this.count = n;
		this.frame = new Int32Array(n);
		this.parent = new Int32Array(n);
		this.level = new Int32Array(n);
		this.self = new Float64Array(n);
		readReferences(new Column(nodes.frame), this.frame, 0);
		this.parent[0] = -1;
		this.self[0] = self.next();
		for (let i = 1; i < n; i++) {
			let parent = i - 1;

			for (let climb = up.next(); climb > 0; climb--)
				parent = this.parent[parent];
			this.parent[i] = parent;
			this.level[i] = this.level[parent] + 1;
			this.self[i] = self.next();
		}
	}

	addTotals() {
		const n = this.count, next = new Float64Array(n);

		this.total = Float64Array.from(this.self);
		this.start = new Float64Array(n);
		this.end = new Int32Array(n);
		for (let i = n - 1; i >= 0; i--) {
			const parent = this.parent[i];

			this.end[i] = Math.max(this.end[i], i + 1);
			if (i > 0) {
				this.total[parent] += this.total[i];
				this.end[parent] = Math.max(this.end[parent], this.end[i]);
			}
		}
		for (let i = 1; i < n; i++) {
			const parent = this.parent[i];

			this.start[i] = next[i] = next[parent];
			next[parent] += this.total[i];
		}
	}

	/* Text of a frame in its visible form. */
	frameText(frame) {
		if (this.texts[frame] === undefined)
			this.texts[frame] = visible(this.joinText(frame));
		return this.texts[frame];
	}

	joinText(frame) {
		const name = this.names[this.frameName[frame]];
		const file = this.frameFile[frame], line = this.frameLine[frame];

		if (file < 0)
			return name;
		return name + ' (' + this.files[file] + (line ? ':' + line : '') + ')';
	}

	nodeText(node) {
		return node ? this.frameText(this.frame[node]) : 'all';
	}

	/* Where the name ends in a node's text; what follows is its file. */
	nameLength(node) {
		const frame = this.frame[node];

		return visible(this.names[this.frameName[frame]]).length;
	}

	nodeColor(node) {
		return this.frameColor[this.frame[node]];
	}
}
