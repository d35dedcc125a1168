/**
 * What is executed and what came of it: `Action`, `Command`, `ActionResult` and `Tree` as bytes, both ways.
 *
 * Encoding is canonical (fields in number order, lists in the order given), since actions and commands are known by the digest of their bytes.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as Fields from "./Fields.ts";

/** A name and its value: environment variables, properties of platforms. */
export type Pair = readonly [name: string, value: string];

/** What an action asks of the machine that runs it. */
export type Platform = readonly Pair[];

export interface Action {
  readonly command: Digest;
  readonly inputRoot: Digest;
  /** Milliseconds; undefined without a limit. */
  readonly timeout?: number | undefined;
  readonly doNotCache?: boolean | undefined;
  readonly platform: Platform;
}

/** Which messages of an output directory are wanted: one `Tree`, each `Directory`, or both. */
export const format = { tree: 0, directory: 1, both: 2 } as const;

export interface Command {
  readonly argv: readonly string[];
  readonly environment: readonly Pair[];
  readonly platform: Platform;
  /** Relative to the input root. */
  readonly workingDirectory: string;
  /** Relative to the working directory: files, links or directories. */
  readonly outputPaths: readonly string[];
  /** Names of properties that outputs keep, `mtime` among them. */
  readonly outputProperties: readonly string[];
  /** One of {@link format}. */
  readonly outputFormat: number;
}

export interface OutputFile {
  readonly path: string;
  readonly digest: Digest;
  readonly executable: boolean;
}

export interface OutputDirectory {
  readonly path: string;
  /** The digest of a `Tree` message. */
  readonly tree?: Digest | undefined;
  /** The digest of the root's `Directory` message. */
  readonly root?: Digest | undefined;
}

export interface OutputSymlink {
  readonly path: string;
  readonly target: string;
}

/** What a program printed: as bytes, as a blob, or not at all. */
export interface Printed {
  readonly raw?: Uint8Array | undefined;
  readonly digest?: Digest | undefined;
}

/** Moments in milliseconds since the epoch. */
export interface Moments {
  readonly worker: string;
  readonly queued?: number | undefined;
  readonly started?: number | undefined;
  readonly completed?: number | undefined;
  readonly executionStarted?: number | undefined;
  readonly executionCompleted?: number | undefined;
}

export interface ActionResult {
  readonly files: readonly OutputFile[];
  readonly directories: readonly OutputDirectory[];
  readonly symlinks: readonly OutputSymlink[];
  readonly exitCode: number;
  readonly stdout: Printed;
  readonly stderr: Printed;
  readonly moments?: Moments | undefined;
}

/** A directory with all that is below it, each directory once. */
export interface Tree {
  readonly root: Directory;
  readonly children: readonly Directory[];
}

/** Writes names and values as a repeated field of the message being written. */
export function writePairs(field: number, pairs: readonly Pair[]): void {
  for (const [name, value] of pairs)
    Wire.message(field, () => {
      Wire.text(1, name);
      Wire.text(2, value);
    });
}

/** Reads the nested message of a name and its value that begins here. */
export function readPair(reading: Wire.Reading, end: number): Pair {
  let name = "";
  let value = "";
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 10) name = Wire.readText(reading, inner);
    else if (tag === 18) value = Wire.readText(reading, inner);
    else return false;
    return true;
  });
  return [name, value];
}

function writePlatform(field: number, platform: Platform): void {
  if (platform.length > 0) Wire.message(field, () => writePairs(1, platform));
}

function readPlatform(reading: Wire.Reading, end: number): Platform {
  const pairs: Pair[] = [];
  Fields.nested(reading, end, (tag, inner) => {
    if (tag !== 10) return false;
    pairs.push(readPair(reading, inner));
    return true;
  });
  return pairs;
}

/** A `Duration` or `Timestamp`, from milliseconds. */
function writeTime(field: number, milliseconds: number | undefined): void {
  if (milliseconds === undefined) return;
  Wire.message(field, () => {
    Wire.integer(1, Math.floor(milliseconds / 1000));
    Wire.integer(2, Math.round((milliseconds % 1000) * 1e6));
  });
}

/** Reads the nested `Duration` or `Timestamp` that begins here, as milliseconds. */
export function readTime(reading: Wire.Reading, end: number): number {
  let milliseconds = 0;
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 8) milliseconds += Wire.readSigned(reading, inner) * 1000;
    else if (tag === 16) milliseconds += Wire.readSigned(reading, inner) / 1e6;
    else return false;
    return true;
  });
  return milliseconds;
}

/** Reads the nested digest that begins here. */
function readDigest(reading: Wire.Reading, end: number): Digest | undefined {
  return Fields.readDigest(reading, Wire.readEnd(reading, end));
}

/** Writes an `Action`. */
export function encodeAction(action: Action): Uint8Array {
  return Wire.bytesOf(() => {
    DirectoryCodec.writeDigest(1, action.command);
    DirectoryCodec.writeDigest(2, action.inputRoot);
    writeTime(6, action.timeout);
    Wire.boolean(7, action.doNotCache === true);
    writePlatform(10, action.platform);
  });
}

/** Reads an `Action`. */
export function decodeAction(bytes: Uint8Array): Action {
  let command: Digest | undefined;
  let inputRoot: Digest | undefined;
  let timeout: number | undefined;
  let doNotCache = false;
  let platform: Platform = [];
  const end = bytes.length;
  const reading = Wire.read(bytes, "an action");
  Fields.each(reading, end, (tag) => {
    if (tag === 10) command = readDigest(reading, end);
    else if (tag === 18) inputRoot = readDigest(reading, end);
    else if (tag === 50) timeout = readTime(reading, end);
    else if (tag === 56) doNotCache = Wire.readVarint(reading, end) !== 0;
    else if (tag === 82) platform = readPlatform(reading, end);
    else return false;
    return true;
  });
  if (command === undefined || inputRoot === undefined)
    return Wire.malformed(reading, "it names no command or no input root");
  return { command, inputRoot, timeout, doNotCache, platform };
}

/** Writes a `Command`. */
export function encodeCommand(command: Command): Uint8Array {
  return Wire.bytesOf(() => {
    for (const word of command.argv) Wire.item(1, word);
    writePairs(2, command.environment);
    writePlatform(5, command.platform);
    Wire.text(6, command.workingDirectory);
    for (const path of command.outputPaths) Wire.item(7, path);
    for (const property of command.outputProperties) Wire.item(8, property);
    Wire.integer(9, command.outputFormat);
  });
}

/** Reads a `Command`; what older clients list as output files and output directories are output paths too. */
export function decodeCommand(bytes: Uint8Array): Command {
  const argv: string[] = [];
  const environment: Pair[] = [];
  const outputPaths: string[] = [];
  const older: string[] = [];
  const outputProperties: string[] = [];
  let platform: Platform = [];
  let workingDirectory = "";
  let outputFormat = 0;
  const end = bytes.length;
  const reading = Wire.read(bytes, "a command");
  Fields.each(reading, end, (tag) => {
    if (tag === 10) argv.push(Wire.readText(reading, end));
    else if (tag === 18) environment.push(readPair(reading, end));
    else if (tag === 26 || tag === 34) older.push(Wire.readText(reading, end));
    else if (tag === 42) platform = readPlatform(reading, end);
    else if (tag === 50) workingDirectory = Wire.readText(reading, end);
    else if (tag === 58) outputPaths.push(Wire.readText(reading, end));
    else if (tag === 66) outputProperties.push(Wire.readText(reading, end));
    else if (tag === 72) outputFormat = Wire.readVarint(reading, end);
    else return false;
    return true;
  });
  const paths = outputPaths.length > 0 ? outputPaths : older;
  return { argv, environment, platform, workingDirectory, outputPaths: paths, outputProperties, outputFormat };
}

function writePrinted(rawField: number, { raw, digest }: Printed): void {
  if (raw !== undefined) Wire.bytes(rawField, raw);
  if (digest !== undefined) DirectoryCodec.writeDigest(rawField + 1, digest);
}

function writeResult(result: ActionResult): void {
  for (const { path, digest, executable } of result.files)
    Wire.message(2, () => {
      Wire.text(1, path);
      DirectoryCodec.writeDigest(2, digest);
      Wire.boolean(4, executable);
    });
  for (const { path, tree, root } of result.directories)
    Wire.message(3, () => {
      Wire.text(1, path);
      if (tree !== undefined) DirectoryCodec.writeDigest(3, tree);
      if (root !== undefined) DirectoryCodec.writeDigest(5, root);
    });
  Wire.integer(4, result.exitCode);
  writePrinted(5, result.stdout);
  writePrinted(7, result.stderr);
  const { moments } = result;
  if (moments !== undefined)
    Wire.message(9, () => {
      Wire.text(1, moments.worker);
      writeTime(2, moments.queued);
      writeTime(3, moments.started);
      writeTime(4, moments.completed);
      writeTime(7, moments.executionStarted);
      writeTime(8, moments.executionCompleted);
    });
  for (const { path, target } of result.symlinks)
    Wire.message(12, () => {
      Wire.text(1, path);
      Wire.text(2, target);
    });
}

/** Writes an `ActionResult`. */
export function encodeResult(result: ActionResult): Uint8Array {
  return Wire.bytesOf(() => writeResult(result));
}

function readFile(reading: Wire.Reading, end: number): OutputFile {
  let path = "";
  let digest: Digest | undefined;
  let executable = false;
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 10) path = Wire.readText(reading, inner);
    else if (tag === 18) digest = readDigest(reading, inner);
    else if (tag === 32) executable = Wire.readVarint(reading, inner) !== 0;
    else return false;
    return true;
  });
  return { path, digest: digest ?? Wire.malformed(reading, `the output ${path} has no digest`), executable };
}

function readOutputDirectory(reading: Wire.Reading, end: number): OutputDirectory {
  let path = "";
  let tree: Digest | undefined;
  let root: Digest | undefined;
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 10) path = Wire.readText(reading, inner);
    else if (tag === 26) tree = readDigest(reading, inner);
    else if (tag === 42) root = readDigest(reading, inner);
    else return false;
    return true;
  });
  return { path, tree, root };
}

function readMoments(reading: Wire.Reading, end: number): Moments {
  let worker = "";
  const times = new Map<number, number>();
  Fields.nested(reading, end, (tag, inner) => {
    if (tag === 10) worker = Wire.readText(reading, inner);
    else if ([18, 26, 34, 58, 66].includes(tag)) times.set(tag >> 3, readTime(reading, inner));
    else return false;
    return true;
  });
  return {
    worker,
    queued: times.get(2),
    started: times.get(3),
    completed: times.get(4),
    executionStarted: times.get(7),
    executionCompleted: times.get(8),
  };
}

/** Reads the body of an `ActionResult`, up to `end`. */
export function readResult(reading: Wire.Reading, end: number): ActionResult {
  const files: OutputFile[] = [];
  const directories: OutputDirectory[] = [];
  const symlinks: OutputSymlink[] = [];
  let exitCode = 0;
  const printed: (Uint8Array | Digest | undefined)[] = [];
  let moments: Moments | undefined;
  Fields.each(reading, end, (tag) => {
    if (tag === 18) files.push(readFile(reading, end));
    else if (tag === 26) directories.push(readOutputDirectory(reading, end));
    else if (tag === 82 || tag === 90 || tag === 98) {
      const [path, target] = readPair(reading, end);
      symlinks.push({ path, target });
    } else if (tag === 32) exitCode = Wire.readSigned(reading, end);
    else if (tag === 42 || tag === 58) printed[tag >> 3] = Wire.readBytes(reading, end);
    else if (tag === 50 || tag === 66) printed[tag >> 3] = readDigest(reading, end);
    else if (tag === 74) moments = readMoments(reading, end);
    else return false;
    return true;
  });
  const output = (field: number): Printed => ({
    raw: printed[field] as Uint8Array | undefined,
    digest: printed[field + 1] as Digest | undefined,
  });
  return { files, directories, symlinks, exitCode, stdout: output(5), stderr: output(7), moments };
}

/** Reads an `ActionResult`. */
export function decodeResult(bytes: Uint8Array): ActionResult {
  return readResult(Wire.read(bytes, "the result of an action"), bytes.length);
}

/** Writes a `Tree`; sub-directories must have been digested. */
export function encodeTree(tree: Tree): Uint8Array {
  for (const directory of [...tree.children, tree.root]) DirectoryCodec.digestOf(directory);
  return Wire.bytesOf(() => {
    Wire.message(1, () => DirectoryCodec.writePart(tree.root));
    for (const child of tree.children) Wire.message(2, () => DirectoryCodec.writePart(child));
  });
}

/** Reads a `Tree`, directories as the bytes that name them. */
export function decodeTree(bytes: Uint8Array): { readonly root: Uint8Array; readonly children: readonly Uint8Array[] } {
  let root: Uint8Array = new Uint8Array(0);
  const children: Uint8Array[] = [];
  Fields.open(bytes, "a tree", (reading, tag) => {
    if (tag === 10) root = Wire.readBytes(reading, bytes.length);
    else if (tag === 18) children.push(Wire.readBytes(reading, bytes.length));
    else return false;
    return true;
  });
  return { root, children };
}
