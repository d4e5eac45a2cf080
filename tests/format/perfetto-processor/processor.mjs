// SPDX-License-Identifier: MIT
// Perfetto's trace processor, as its page has it in WebAssembly, run without a page.
//
//   processor.mjs FOLDER TRACE      FOLDER has engine_bundle.js and trace_processor*.wasm
//
// A line of standard input is a query in SQL, its answer a line of JSON: rows, or {error}. The
// messages are those of protos/perfetto/trace_processor/trace_processor.proto.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import vm from "node:vm";

const [, , folder, trace] = process.argv;
const APPEND = 1, FINALIZE = 2, QUERY = 3;

// ---- messages -----------------------------------------------------------------------------

function varint(number) {
  const bytes = [];
  for (; number >= 128; number = Math.floor(number / 128))
    bytes.push(number % 128 + 128);
  return [...bytes, number];
}

function bytesField(number, bytes) {
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function numberField(number, value) {
  return Buffer.from([...varint(number * 8), ...varint(value)]);
}

function* fields(data) {
  let at = 0;
  const take = () => {
    let value = 0n, shift = 0n;
    for (;; shift += 7n) {
      const byte = data[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128)
        return BigInt.asIntN(64, value);
    }
  };
  while (at < data.length) {
    const key = Number(take());
    if (key % 8 === 0)
      yield [key >> 3, take()];
    else {
      const length = key % 8 === 2 ? Number(take()) : key % 8 === 1 ? 8 : 4;
      yield [key >> 3, data.subarray(at, at += length)];
    }
  }
}

function numbers(bytes) {
  // As a message that is one field after the other would be, without their keys.
  const found = [];
  for (let at = 0; at < bytes.length;) {
    let value = 0n, shift = 0n, byte;
    do {
      byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
    } while (byte >= 128);
    found.push(BigInt.asIntN(64, value));
  }
  return found;
}

// ---- the engine ----------------------------------------------------------------------------

async function start() {
  const location = { href: "http://localhost/engine_bundle.js" };
  let began;
  const begins = new Promise(resolve => began = resolve);
  const page = { location, began: () => setImmediate(began) };
  // It says nowhere that it is ready: that is when it makes the function that answers.
  const sign = "this.connection.addFunction(";
  let script = fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8");
  if (!script.includes(sign))
    throw new Error("engine_bundle.js is not as this program knows it");
  script = script.replace(sign, "(self.began(),this.connection).addFunction(");
  // It fetches its own half, the .wasm beside it, at once.
  class XMLHttpRequest {
    open(_method, name) {
      this.name = path.basename(name);
    }
    send() {
      this.response = Uint8Array.from(fs.readFileSync(path.join(folder, this.name))).buffer;
    }
  }
  // It is to find a worker here, and no Node.
  const run = vm.runInThisContext(`(function (self, process, importScripts, WorkerGlobalScope,
    location, XMLHttpRequest, window, document, console, require, module) {${script}\n})`);
  const quiet = { log() {}, warn() {}, error() {}, info() {} };
  run(page, undefined, () => {}, function () {}, location, XMLHttpRequest, undefined,
      undefined, quiet);
  await begins;
  return page;
}

// Is it the last part of an answer, or one that says what is wrong?
function isLast(message) {
  for (const [number, result] of fields(message))
    for (const [field, value] of number === 203 ? fields(result) : [])
      if (field === 2 && value.length || field === 3 &&
          [...fields(value)].some(([part, last]) => part === 6 && last))
        return true;
  return false;
}

let sequence = 0, answered;
const port = { postMessage: bytes => answered(bytes) };

function ask(method, ...args) {
  const rpc = Buffer.concat([numberField(1, ++sequence), numberField(2, method), ...args]);
  return new Promise((resolve, reject) => {
    // The answer to a query comes in parts.
    const parts = [];
    answered = bytes => {
      for (const [, message] of fields(Buffer.from(bytes)))
        parts.push(Buffer.from(message));
      if (method !== QUERY || isLast(parts.at(-1)))
        resolve(parts);
    };
    try {
      port.onmessage({ data: new Uint8Array(bytesField(1, rpc)) });
    } catch (error) {
      reject(error);
    }
  });
}

function rows(messages) {
  const names = [], kinds = [], whole = [], floats = [], texts = [];
  for (const [number, result] of messages.flatMap(message => [...fields(message)])) {
    if (number !== 203)
      continue;
    for (const [field, value] of fields(result)) {
      if (field === 1)
        names.push(value.toString());
      else if (field === 2 && value.length)
        throw new Error(value.toString());
      if (field !== 3)
        continue;
      for (const [part, cells] of fields(value)) {
        if (part === 1)
          kinds.push(...cells);
        else if (part === 2)
          whole.push(...numbers(cells));
        else if (part === 3)
          for (let at = 0; at < cells.length; at += 8)
            floats.push(cells.readDoubleLE(at));
        else if (part === 5)
          texts.push(...cells.toString().split("\0").slice(0, -1));
      }
    }
  }
  // Kinds: 1 null, 2 a whole number, 3 a float, 4 a text.
  const cells = kinds.map(kind => kind === 2 ? Number(whole.shift()) :
    kind === 3 ? floats.shift() : kind === 4 ? texts.shift() : null);
  const found = [];
  for (let at = 0; at < cells.length; at += names.length)
    found.push(cells.slice(at, at + names.length));
  return found;
}

async function main() {
  (await start()).onmessage({ data: port });
  await ask(APPEND, bytesField(101, fs.readFileSync(trace)));
  await ask(FINALIZE);
  for await (const sql of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = rows(await ask(QUERY, bytesField(103, bytesField(1, Buffer.from(sql)))));
    } catch (error) {
      answer = { error: String(error?.message ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  process.exit(0);
}

main().catch(error => {
  process.stderr.write(String(error?.stack ?? error).slice(0, 2000) + "\n");
  process.exit(1);
});
