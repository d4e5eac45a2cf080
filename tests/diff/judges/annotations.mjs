// SPDX-License-Identifier: MIT
// What GitHub's own toolkit writes for annotations: a JSON array of {level, properties, message} on
// standard input, a line each on standard output.
import * as core from "@actions/core";
import { readFileSync } from "node:fs";

for (const { level, properties, message } of JSON.parse(readFileSync(0, "utf8")))
	core[level](message, properties);
