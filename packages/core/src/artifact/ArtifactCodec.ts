/**
 * Artifact records as `buildstream.v2.Artifact` messages, byte for byte as BuildStream writes them: fields in number order, empty ones left out, a
 * digest or sandbox state left out only when it is undefined.
 */
import type { Digest } from "../tree/Digest.ts";
import * as DirectoryCodec from "../tree/DirectoryCodec.ts";
import * as Wire from "../tree/Wire.ts";
import type { Artifact, ArtifactBuildDep, BuildSandbox } from "./Artifact.ts";

/** The bytes of a record. */
export function encode(artifact: Artifact): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.integer(1, artifact.version);
    Wire.boolean(2, artifact.buildSuccess);
    Wire.text(3, artifact.buildError);
    Wire.text(4, artifact.buildErrorDetails);
    Wire.text(5, artifact.strongKey);
    Wire.text(6, artifact.weakKey);
    Wire.boolean(7, artifact.wasWorkspaced);
    writeDigest(8, artifact.files);
    for (const dependency of artifact.buildDeps) Wire.message(9, () => writeBuildDep(dependency));
    writeDigest(10, artifact.publicData);
    for (const log of artifact.logs) {
      Wire.message(11, () => {
        Wire.text(1, log.name);
        writeDigest(2, log.digest);
      });
    }
    writeDigest(12, artifact.buildTree);
    writeDigest(13, artifact.sources);
    writeDigest(14, artifact.lowDiversityMeta);
    writeDigest(15, artifact.highDiversityMeta);
    Wire.text(16, artifact.strictKey);
    writeDigest(17, artifact.buildRoot);
    const sandbox = artifact.buildSandbox;
    if (sandbox !== undefined) Wire.message(18, () => writeSandbox(sandbox));
  });
}

/**
 * The record that some bytes say.
 *
 * @param name what to call it in errors, e.g. the artifact's name. Raises a CAS error on malformed content.
 */
export function decode(bytes: Uint8Array, name = "an artifact"): Artifact {
  const reading = Wire.read(bytes, name);
  const end = bytes.length;
  const digests = new Map<number, Digest>();
  const texts = new Map<number, string>();
  const buildDeps: ArtifactBuildDep[] = [];
  const logs: { readonly name: string; readonly digest: Digest }[] = [];
  let sandbox: BuildSandbox | undefined;
  let recordVersion = 0;
  let buildSuccess = false;
  let wasWorkspaced = false;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    const field = Math.floor(tag / 8);
    if (tag === 8) recordVersion = Wire.readSigned(reading, end);
    else if (tag === 16) buildSuccess = Wire.readVarint(reading, end) !== 0;
    else if (tag === 56) wasWorkspaced = Wire.readVarint(reading, end) !== 0;
    else if (tag % 8 !== 2) Wire.skip(reading, end, tag);
    else if (textFields.has(field)) texts.set(field, Wire.readText(reading, end));
    else if (digestFields.has(field)) readDigest(reading, Wire.readEnd(reading, end), field, digests);
    else if (field === 9) buildDeps.push(readBuildDep(reading, Wire.readEnd(reading, end)));
    else if (field === 11) logs.push(readLog(reading, Wire.readEnd(reading, end)));
    else if (field === 18) sandbox = readSandbox(reading, Wire.readEnd(reading, end), sandbox);
    else Wire.skip(reading, end, tag);
  }
  const text = (field: number): string => texts.get(field) ?? "";
  return {
    version: recordVersion,
    buildSuccess,
    buildError: text(3),
    buildErrorDetails: text(4),
    strongKey: text(5),
    weakKey: text(6),
    strictKey: text(16),
    wasWorkspaced,
    files: digests.get(8),
    buildDeps,
    publicData: digests.get(10),
    logs,
    buildTree: digests.get(12),
    sources: digests.get(13),
    lowDiversityMeta: digests.get(14),
    highDiversityMeta: digests.get(15),
    buildRoot: digests.get(17),
    buildSandbox: sandbox,
  };
}

/**
 * Whether a record has what every record has, also that of a failed build. Bytes that were cut off, or none at all, decode to a record without some of it, which
 * would be taken for the failure of a build; zeros in the place of its end may decode to a key with zeros in it.
 */
export function isWhole(artifact: Artifact): boolean {
  const { strongKey, weakKey, strictKey, publicData, lowDiversityMeta, highDiversityMeta } = artifact;
  return (
    ![strongKey, weakKey, strictKey].some((key) => key?.includes("\0")) &&
    strongKey !== "" &&
    weakKey !== "" &&
    publicData !== undefined &&
    lowDiversityMeta !== undefined &&
    highDiversityMeta !== undefined
  );
}

const textFields: ReadonlySet<number> = new Set([3, 4, 5, 6, 16]);
const digestFields: ReadonlySet<number> = new Set([8, 10, 12, 13, 14, 15, 17]);

/** An empty digest message means the same as none. */
function readDigest(reading: Wire.Reading, end: number, field: number, into: Map<number, Digest>): void {
  if (reading.at < end) into.set(field, DirectoryCodec.readDigest(reading, end));
}

function writeDigest(field: number, digest: Digest | undefined): void {
  if (digest !== undefined) DirectoryCodec.writeDigest(field, digest);
}

function writeBuildDep(dependency: ArtifactBuildDep): void {
  Wire.text(1, dependency.projectName);
  Wire.text(2, dependency.elementName);
  Wire.text(3, dependency.cacheKey);
  Wire.boolean(4, dependency.wasWorkspaced);
}

function writeSandbox(sandbox: BuildSandbox): void {
  for (const variable of sandbox.environment) {
    Wire.message(1, () => {
      Wire.text(1, variable.name);
      Wire.text(2, variable.value);
    });
  }
  Wire.text(2, sandbox.workingDirectory);
  for (const digest of sandbox.subsandboxDigests) writeDigest(3, digest);
  for (const directory of sandbox.markedDirectories) Wire.item(4, directory);
}

function readBuildDep(reading: Wire.Reading, end: number): ArtifactBuildDep {
  let projectName = "";
  let elementName = "";
  let cacheKey = "";
  let wasWorkspaced = false;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) projectName = Wire.readText(reading, end);
    else if (tag === 18) elementName = Wire.readText(reading, end);
    else if (tag === 26) cacheKey = Wire.readText(reading, end);
    else if (tag === 32) wasWorkspaced = Wire.readVarint(reading, end) !== 0;
    else Wire.skip(reading, end, tag);
  }
  return { projectName, elementName, cacheKey, wasWorkspaced };
}

function readLog(reading: Wire.Reading, end: number): { readonly name: string; readonly digest: Digest } {
  let name = "";
  let digest: Digest | undefined;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) name = Wire.readText(reading, end);
    else if (tag === 18) digest = DirectoryCodec.readDigest(reading, Wire.readEnd(reading, end));
    else Wire.skip(reading, end, tag);
  }
  if (digest === undefined) return Wire.malformed(reading, `its log ${JSON.stringify(name)} has no digest`);
  return { name, digest };
}

function readPair(reading: Wire.Reading, end: number): { readonly name: string; readonly value: string } {
  let name = "";
  let value = "";
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) name = Wire.readText(reading, end);
    else if (tag === 18) value = Wire.readText(reading, end);
    else Wire.skip(reading, end, tag);
  }
  return { name, value };
}

function readSandbox(reading: Wire.Reading, end: number, before: BuildSandbox | undefined): BuildSandbox {
  const environment = [...(before?.environment ?? [])];
  const subsandboxDigests = [...(before?.subsandboxDigests ?? [])];
  const markedDirectories = [...(before?.markedDirectories ?? [])];
  let workingDirectory = before?.workingDirectory ?? "";
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) environment.push(readPair(reading, Wire.readEnd(reading, end)));
    else if (tag === 18) workingDirectory = Wire.readText(reading, end);
    else if (tag === 26) subsandboxDigests.push(DirectoryCodec.readDigest(reading, Wire.readEnd(reading, end)));
    else if (tag === 34) markedDirectories.push(Wire.readText(reading, end));
    else Wire.skip(reading, end, tag);
  }
  return { environment, workingDirectory, subsandboxDigests, markedDirectories };
}
