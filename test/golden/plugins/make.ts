/** Writes `calls.json`: what BuildStream answers to the calls of `calls.py`. Run with the path of its `bst` in `ORACLE`. */
import { writeFileSync } from "node:fs";
import { callAll } from "../../support/calls.ts";
import { findOracle } from "../../support/tools.ts";

const answers = await callAll(findOracle());
const lines = answers.map((answer) => ` ${JSON.stringify(answer)}`);
writeFileSync(new URL("calls.json", import.meta.url), `[\n${lines.join(",\n")}\n]\n`);
