/**
 * What `show` remembers from one run to the next, below `cachedir/millrace/shown`: the answer to one question, with all that was asked of the project's files to find it.
 *
 * A question is everything that decides the answer and is no file of the project: the words and options of the command, the user configuration, the machine, this very
 * program. An answer counts only while each file is what it was ({@link Witness}). A damaged record is as good as none, and so is one that cannot be written.
 * What depends on caches is never remembered.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Warning } from "@millrace/core/graph/Graph";
import * as Sha256 from "@millrace/core/tree/Sha256";
import type { Statement } from "@millrace/sandbox/files/Witness";
import type { Context, ProjectPlace } from "../app/Context.ts";

/** An element as it is remembered. */
export interface RememberedElement {
  readonly project: string;
  readonly name: string;
  readonly fullName: string;
  readonly kind: string;
  readonly resolved: boolean;
  /** Each dependency: its place in the list, whether it is needed to build, whether to run. */
  readonly dependencies: readonly (readonly [element: number, build: boolean, runtime: boolean])[];
  /** Null for a key that cannot be known. */
  readonly weak: string | null;
  readonly strict: string | null;
  /** The key of its sources together; null where nothing has to be fetched or no key can be known. */
  readonly sources: string | null;
  /** Texts of the symbols of the question, for elements that are shown. */
  readonly texts: readonly string[] | null;
}

/** An answer. */
export interface Remembered {
  /** The name of the top-level project. */
  readonly project: string;
  readonly statements: readonly Statement[];
  readonly warnings: readonly Warning[];
  /** The elements shown and all that they depend on, dependencies first. */
  readonly elements: readonly RememberedElement[];
  /** Those that are shown, in order. */
  readonly shown: readonly number[];
}

/** So many answers are kept; the oldest go when there are half as many again. */
const kept = 32;

/** What identifies the program: names of bundled files contain hashes of their contents. Undefined when it runs from its sources. */
function program(): string | undefined {
  const file = fileURLToPath(import.meta.url);
  if (!file.endsWith(".js")) return undefined;
  const directory = dirname(file);
  const main = statSync(join(directory, "main.js"), { throwIfNoEntry: false });
  return main === undefined ? undefined : [main.size, main.mtimeMs, ...readdirSync(directory).sort()].join(" ");
}

/** The file that holds the answer to a question; undefined where answers cannot be remembered. `asked` is what the command was asked. */
export function place(context: Context, project: ProjectPlace, asked: readonly unknown[]): string | undefined {
  const version = program();
  if (version === undefined || context.workspaces.size > 0 || project.workspaceElement !== undefined) return undefined;
  const { main, host, config } = context;
  const configuration = context.configuration === undefined ? null : Sha256.hex(context.configuration);
  const question = JSON.stringify([
    [version, process.version, project.directory, configuration, host.os, host.machine, host.cpus],
    [main.projectOptions, main.defaultMirror ?? null, main.strict ?? null, config.build.maxJobs],
    asked,
  ]);
  return join(config.cachedir, "millrace", "shown", Sha256.hex(question));
}

/** The answer in a file, undefined when there is none that can be read. Whether it still holds is another question. */
export function recall(file: string): Remembered | undefined {
  try {
    const text = readFileSync(file, "utf8");
    const end = text.indexOf("\n");
    const body = text.slice(end + 1);
    return Sha256.hex(body) === text.slice(0, end) ? (JSON.parse(body) as Remembered) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an answer, where that can be done. */
export function keep(file: string, remembered: Remembered): void {
  const directory = dirname(file);
  const beside = `${file}.${process.pid}`;
  try {
    const body = JSON.stringify(remembered);
    mkdirSync(directory, { recursive: true });
    writeFileSync(beside, `${Sha256.hex(body)}\n${body}`);
    renameSync(beside, file);
    expire(directory, basename(file));
  } catch {
    try {
      rmSync(beside, { force: true });
    } catch {
      // Where no file can be, none is left.
    }
  }
}

function expire(directory: string, newest: string): void {
  const names = readdirSync(directory).filter((name) => name !== newest);
  if (names.length < kept + kept / 2) return;
  const aged = names
    .map((name) => ({ name, time: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.time - a.time);
  for (const { name } of aged.slice(kept - 1)) rmSync(join(directory, name), { force: true });
}
