#!/usr/bin/env node
/** `import-rules --command 'cp -a {source}/. {destination}'`: holds a command against the import rules. Ends with 1 when a rule fails, with 2 when nothing could be tested. */
import { parseArgs } from "node:util";
import * as Check from "./Check.ts";
import * as Command from "./Command.ts";
import type { Implementation } from "./Implementation.ts";
import * as Lines from "./Lines.ts";
import * as Ours from "./Ours.ts";

const usage = `Usage: import-rules --command COMMAND [--runs N] [--seed N] [--only ID]…
       import-rules --lines COMMAND [--runs N] [--seed N] [--only ID]…
       import-rules --ours

COMMAND is run by sh. In it {source} and {destination} are the directories: the command
imports the first into the second and ends with 0, or with another status on a conflict.
{accept}, when it is there, is a file with the paths that a filter accepts, one a line
("*" alone: no filter). {report}, when it is there, is where the command may write JSON:
{"written": [PATH…], "overwritten": [PATH…], "ignored": [PATH…]}.

With --lines COMMAND is started once; it gets a request as one line of JSON on its
standard input and answers with one line of JSON (see the README), again and again.

  --runs N   random requests for each rule (30)
  --seed N   the same requests again
  --only ID  only this rule; may be repeated
`;

function options(): ReturnType<typeof parse> | undefined {
  try {
    return parse();
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : cause}\n\n${usage}`);
    return undefined;
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      command: { type: "string" },
      lines: { type: "string" },
      ours: { type: "boolean", default: false },
      runs: { type: "string", default: "30" },
      seed: { type: "string" },
      only: { type: "string", multiple: true },
      help: { type: "boolean", default: false },
    },
  }).values;
}

const given = options();
if (given === undefined) process.exitCode = 2;
else if (given.help || (given.command === undefined && given.lines === undefined && !given.ours)) {
  console.log(usage);
  process.exitCode = given.help ? 0 : 2;
} else {
  const implementation =
    given.command !== undefined
      ? Command.implementation(given.command)
      : given.lines !== undefined
        ? Lines.implementation(given.lines)
        : Ours.trees;
  const trouble = await trial(implementation);
  if (trouble === undefined) {
    const findings = await Check.check(implementation, {
      runs: Number(given.runs),
      only: given.only,
      seed: given.seed === undefined ? undefined : Number(given.seed),
    });
    console.log(Check.report(implementation.name, findings));
    if (findings.some(({ type }) => type === "fails")) process.exitCode = 1;
  } else {
    console.error(`Nothing can be tested, since not even an empty tree is imported: ${trouble}`);
    process.exitCode = 2;
  }
  implementation.close?.();
}

/** Asks for the least there is: what goes wrong then is no matter of rules, as where there is no such command. */
async function trial({ run }: Implementation): Promise<string | undefined> {
  try {
    await run({ destination: {}, source: {} });
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
