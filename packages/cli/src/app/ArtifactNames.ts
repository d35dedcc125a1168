/** Names of the artifacts in a local cache, `PROJECT/ELEMENT/KEY`, as they stand in its directory of refs. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** All names, sorted. An absent cache has none. */
export function list(cacheDirectory: string): readonly string[] {
  const refs = join(cacheDirectory, "artifacts", "refs");
  const found: string[] = [];
  for (const project of names(refs)) {
    for (const element of names(join(refs, project))) {
      for (const key of names(join(refs, project, element))) found.push(`${project}/${element}/${key}`);
    }
  }
  return found;
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
