/**
 * What a record of another machine may say. Its keys and the names of its dependencies become names of files here, and the directories of its sandbox become
 * places on disk: whatever could lead elsewhere is refused before the record is kept.
 */
import * as Names from "../tree/Names.ts";
import type { Artifact } from "./Artifact.ts";
import * as ArtifactCodec from "./ArtifactCodec.ts";
import * as ArtifactName from "./ArtifactName.ts";

/** What is wrong with a record that came for a key, as the end of a sentence about it; undefined when nothing is. */
export function flaw(artifact: Artifact, key: string): string | undefined {
  if (!ArtifactCodec.isWhole(artifact)) return "is not whole";
  const { strongKey, weakKey, strictKey, buildDeps, buildSandbox } = artifact;
  const keys = [strongKey, weakKey, ...(strictKey === "" ? [] : [strictKey])];
  const bad = keys.find((one) => !ArtifactName.isKey(one));
  if (bad !== undefined) return `calls ${quoted(bad)} a key`;
  if (!keys.includes(key)) return "is that of another artifact";
  for (const { projectName, elementName, cacheKey } of buildDeps) {
    const { element } = ArtifactName.make(projectName, elementName, cacheKey);
    if ((Names.flaw(projectName) ?? Names.flaw(element)) !== undefined || !ArtifactName.isKey(cacheKey))
      return `names ${quoted(`${projectName}/${elementName}/${cacheKey}`)} as a dependency`;
  }
  const places = [buildSandbox?.workingDirectory ?? "", ...(buildSandbox?.markedDirectories ?? [])];
  const place = places.find((path) => path.includes("\0") || path.split("/").includes(".."));
  return place === undefined ? undefined : `has ${quoted(place)} as a directory of its sandbox`;
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));
