/* SPDX-License-Identifier: MIT */
/* The profile out of the file: the reader of what render/data.h describes. */
'use strict';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT_OF = new Uint8Array(128);
for (let i = 0; i < DIGITS.length; i++)
	DIGIT_OF[DIGITS.charCodeAt(i)] = i;

/* Kinds of frames: enum palette_kind of render/palette.h, and what else has a colour. */
const KIND_LIBRARY = 1, KIND_STANDARD = 2, KIND_MARK = 5;
const COLOR_THREAD = 1;

/* Numbers one after the other, five bits a character, lowest first. */
class Column {
	constructor(text) {
		this.text = text;
		this.at = 0;
	}

	/* Numbers may pass 2^32, where shifts end. */
	next() {
		const text = this.text;
		let digit = DIGIT_OF[text.charCodeAt(this.at++)];
		let number = digit & 31;

		for (let unit = 32; digit & 32 && this.at < text.length; unit *= 32) {
			digit = DIGIT_OF[text.charCodeAt(this.at++)];
			number += (digit & 31) * unit;
		}
		return number;
	}

	/* How many numbers there are. */
	count() {
		const text = this.text;
		let n = 0;

		for (let i = 0; i < text.length; i++)
			n += DIGIT_OF[text.charCodeAt(i)] < 32 ? 1 : 0;
		return n;
	}
}

/* The numbers of a column, into a new array of the type. */
function readNumbers(text, type) {
	const column = new Column(text);
	const out = new type(column.count());

	for (let i = 0; i < out.length; i++)
		out[i] = column.next();
	return out;
}

/* A column of references into a pool in the order of first use; -1: none. */
function readReferences(text, n, first) {
	const column = new Column(text);
	const out = new Int32Array(n);
	let used = 0;

	for (let i = 0; i < n; i++) {
		const back = column.next() - first;

		if (back < 0)
			out[i] = -1;
		else
			out[i] = back ? used - back : used++;
	}
	return out;
}

/*
 * The profile as recorded. Nodes are numbers, callers before callees.
 *
 * What a box can stand for is a label, a number too: first come the frames (functions by line),
 * then the functions, the threads, the processes.
 */
class Profile {
	constructor(data) {
		if (data.version !== 2)
			throw new Error('unknown version of the data: ' + data.version);
		for (const key of ['title', 'empty', 'metrics', 'shown', 'notes', 'legend',
			'processes', 'threads', 'names', 'files', 'modules', 'sources'])
			this[key] = data[key];
		this.readFrames(data.frames);
		this.joinLines();
		this.readNodes(data.nodes);
		this.readSamples(data.samples);
		this.texts = new Array(this.labels);
		this.order = null; /* of the labels, by text: orderOfLabels() */
	}

	readFrames(frames) {
		this.frameKind = readNumbers(frames.kind, Uint8Array);
		this.frameColor = readNumbers(frames.color, Uint8Array);
		this.frameLine = readNumbers(frames.line, Int32Array);
		const n = this.frames = this.frameKind.length;
		this.frameName = readReferences(frames.name, n, 0);
		this.frameFile = readReferences(frames.file, n, 1);
		this.frameModule = readReferences(frames.module, n, 1);
		this.frameSource = frames.source ? readReferences(frames.source, n, 1) :
			new Int32Array(n).fill(-1);
	}

	/* Which function a frame is a line of, and one frame of each. */
	joinLines() {
		const byKey = new Map(), files = this.files.length + 1;

		this.functionOf = new Int32Array(this.frames);
		this.frameOfFunction = [];
		for (let i = 0; i < this.frames; i++) {
			const mark = this.frameKind[i] === KIND_MARK ? 1 : 0;
			const key = (this.frameName[i] * files + this.frameFile[i] + 1) * 2 + mark;
			let made = byKey.get(key);

			if (made === undefined) {
				made = this.frameOfFunction.push(i) - 1;
				byKey.set(key, made);
			}
			this.functionOf[i] = made;
		}
		this.functions = this.frameOfFunction.length;
		this.firstThread = this.frames + this.functions;
		this.firstProcess = this.firstThread + this.threads.length;
		this.labels = this.firstProcess + this.processes.length;
	}

	readNodes(nodes) {
		const up = readNumbers(nodes.up, Int32Array);
		const n = this.count = up.length + 1;

		this.frame = readReferences(nodes.frame, n, 0);
		this.parent = new Int32Array(n);
		this.parent[0] = -1;
		for (let i = 1; i < n; i++) {
			let parent = i - 1;

			for (let climb = up[i - 1]; climb > 0; climb--)
				parent = this.parent[parent];
			this.parent[i] = parent;
		}
	}

	readSamples(samples) {
		this.sampleNode = readNumbers(samples.node, Int32Array);
		for (let i = 1; i < this.sampleNode.length; i++)
			this.sampleNode[i] += this.sampleNode[i - 1];
		this.sampleThread = new Int32Array(this.sampleNode.length);
		if (samples.thread)
			this.sampleThread.set(readNumbers(samples.thread, Int32Array));
		for (let i = 0; i < this.sampleThread.length; i++)
			this.sampleThread[i]--;
		this.columns = samples.values;
		this.columnValues = this.columns.map(() => null);
	}

	/* The samples' values in a metric; each is read when it is first asked for. */
	values(metric) {
		if (!this.columnValues[metric])
			this.columnValues[metric] = readNumbers(this.columns[metric], Float64Array);
		return this.columnValues[metric];
	}

	total(metric) {
		return this.values(metric).reduce((sum, value) => sum + value, 0);
	}

	/* ---- labels ------------------------------------------------------------------ */

	/* The function that a label names, -1 for the root, threads and processes. */
	functionOfLabel(label) {
		if (label <= 0 || label >= this.firstThread)
			return -1;
		return label < this.frames ? this.functionOf[label] : label - this.frames;
	}

	/* Which function a function's frames are said to be of: not its own where it was renamed. */
	countedAs(fn) {
		return fn;
	}

	labelOfFunction(fn) {
		return this.frames + fn;
	}

	/* A frame that stands for the label, -1 where there is none. */
	frameOfLabel(label) {
		if (label >= this.firstThread)
			return -1;
		return label < this.frames ? label : this.frameOfFunction[label - this.frames];
	}

	/* The text of a label as the target has it. */
	rawText(label) {
		if (label === 0)
			return 'all';
		if (label >= this.firstProcess)
			return numberedText('process', this.processes[label - this.firstProcess]);
		if (label >= this.firstThread) {
			const [, tid, name] = this.threads[label - this.firstThread];

			return numberedText('thread', [tid, name]);
		}
		const frame = this.frameOfLabel(label), name = this.names[this.frameName[frame]];
		const file = this.frameFile[frame], line = label < this.frames ? this.frameLine[frame] : 0;

		if (file < 0)
			return name;
		return name + ' (' + this.files[file] + (line ? ':' + line : '') + ')';
	}

	/* In its visible form. */
	text(label) {
		if (this.texts[label] === undefined)
			this.texts[label] = visible(this.rawText(label));
		return this.texts[label];
	}

	/* Where the name ends in a label's text; what follows is its file. */
	nameLength(label) {
		const frame = this.frameOfLabel(label);

		if (label === 0 || frame < 0)
			return this.text(label).length;
		return visible(this.names[this.frameName[frame]]).length;
	}

	color(label) {
		const frame = this.frameOfLabel(label);

		return frame < 0 ? COLOR_THREAD : this.frameColor[frame];
	}

	kind(label) {
		const frame = this.frameOfLabel(label);

		return frame <= 0 ? KIND_MARK : this.frameKind[frame];
	}

	/* The source of a frame's line, '' where it could not be read. */
	sourceLine(frame) {
		const source = this.frameSource[frame];

		return source < 0 ? '' : visible(this.sources[source]);
	}

	module(label) {
		const frame = this.frameOfLabel(label);

		return frame < 0 ? -1 : this.frameModule[frame];
	}
}

function numberedText(what, [number, name]) {
	return what + ' ' + (number || '?') + (name ? ' (' + name + ')' : '');
}
