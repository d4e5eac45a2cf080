// SPDX-License-Identifier: MIT
// Reads profiles with speedscope's own code, as the page at speedscope.app has it, and says what it
// made of them: a line of JSON a file that is named on standard input.
//
// The npm package has the page's script alone. It is run here without a page: the script defines
// all it needs, then fails where it would draw. Its function that opens a file by its name and
// bytes is found by the one that it calls, importProfilesFromArrayBuffer.
//
// An answer is {name, active, profiles: [{name, unit, total, frames, stacks}]}: stacks as
// [[frames], weight], root first, as its call tree has them, frames as [name, file, line, col]; in
// "frames" the self and total weight of each that speedscope counted; or {error}. "schema" is what
// the published schema finds wrong with the file, as ajv sees it; null: nothing.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import Ajv from "ajv";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)),
                         "node_modules/speedscope/dist/release");

function loadImporter() {
  const file = fs.readdirSync(folder).find(name => /^speedscope-.*\.js$/.test(name));
  let script = fs.readFileSync(path.join(folder, file), "utf8");
  const found = /async function (\w+)\(\w+,\w+\)\{return\(await \w+\)\.importProfilesFromArrayBuffer\(/
    .exec(script);
  const start = '"use strict";(()=>{';
  if (!found || !script.startsWith(start))
    throw new Error(`${file} is not as this program knows it`);
  script = start + `globalThis.importFile=(n,b)=>${found[1]}(n,b);` + script.slice(start.length);
  const element = () => ({ style: {}, setAttribute() {}, appendChild() {}, getContext() {} });
  const page = { console: { log() {}, warn() {}, error() {}, info() {} }, TextDecoder,
                 TextEncoder, ArrayBuffer, Uint8Array, URL, atob, btoa, performance,
                 location: { hash: "", protocol: "file:" }, navigator: { userAgent: "" },
                 document: { createElement: element, head: element(), body: element(),
                             addEventListener() {} },
                 localStorage: { getItem: () => null }, addEventListener() {},
                 matchMedia: () => ({ addListener() {} }), setTimeout, clearTimeout };
  page.window = page.self = page;
  const context = vm.createContext(page);
  try {
    new vm.Script(script, { filename: file }).runInContext(context);
  } catch (error) {
    if (process.env.DEBUG)
      process.stderr.write(error.stack + "\n");
  }
  return context.importFile;
}

function frameOf(frame) {
  return [frame.name, frame.file ?? null, frame.line ?? null, frame.col ?? null];
}

// Each node that has weight of its own, without recursion.
function stacksOf(root) {
  const stacks = [];
  const todo = [[root, []]];
  while (todo.length) {
    const [node, stack] = todo.pop();
    if (node.getSelfWeight())
      stacks.push([stack, node.getSelfWeight()]);
    for (const child of node.children)
      todo.push([child, [...stack, frameOf(child.frame)]]);
  }
  return stacks;
}

function describe(profile) {
  const frames = [];
  profile.forEachFrame(frame => frames.push([frameOf(frame), frame.getSelfWeight(),
                                             frame.getTotalWeight()]));
  return { name: profile.getName(), unit: profile.getWeightUnit(),
           total: profile.getTotalWeight(), frames,
           stacks: stacksOf(profile.getGroupedCalltreeRoot()) };
}

const validate = new Ajv({ strict: false }).compile(
  JSON.parse(fs.readFileSync(path.join(folder, "file-format-schema.json"))));

function againstSchema(bytes) {
  try {
    return validate(JSON.parse(bytes)) ? null : validate.errors;
  } catch (error) {
    return String(error);
  }
}

const importFile = loadImporter();
for await (const file of readline.createInterface({ input: process.stdin })) {
  let answer, schema = "not read";
  try {
    const bytes = fs.readFileSync(file);
    schema = againstSchema(bytes);
    const group = await importFile(path.basename(file), bytes.buffer.slice(
      bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    answer = group ? { name: group.name, active: group.indexToView,
                       profiles: group.profiles.map(describe) } : { error: "not recognized" };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify({ ...answer, schema }) + "\n");
}
process.exit(0);
