/**
 * Files of plugins on this machine. Those of a project that was never checked out (a junction) are written into a directory first, with all that lies
 * beside them, since plugins import their neighbours.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostedPlugin } from "@millrace/core/project/Plugins";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import * as ProjectPath from "@millrace/core/project/ProjectPath";
import type * as Host from "./Host.ts";

const written = new WeakMap<ProjectFiles, Map<string, string>>();

/** A directory on this machine with a plugin's files. */
export function directoryOf(host: Host.Host, directory: HostedPlugin["directory"]): string {
  if (typeof directory === "string") return directory;
  const { files, path } = directory;
  const there = join(files.directory, path);
  if (existsSync(there)) return there;
  const known = written.get(files) ?? new Map<string, string>();
  written.set(files, known);
  let made = known.get(path);
  if (made === undefined) {
    made = join(host.directory, `plugins-${host.number()}`);
    write(files, path, made);
    known.set(path, made);
  }
  return made;
}

function write(files: ProjectFiles, path: string, target: string): void {
  const pending: [string, string][] = [[path, target]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [from, to] = next;
    mkdirSync(to, { recursive: true });
    for (const { name, kind } of files.list(from) ?? []) {
      const inner = ProjectPath.join(from, name);
      if (kind === "directory") pending.push([inner, join(to, name)]);
      else {
        const bytes = files.read(inner);
        if (bytes !== undefined) writeFileSync(join(to, name), bytes);
      }
    }
  }
}
