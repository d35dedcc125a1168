/**
 * A remote named on the command line: a bare URL, or a comma-separated list of `key=value` (a value cannot hold `,` or `=`).
 *
 * Paths of certificates are relative to the current directory here, while those in files are relative to the file. A remote may be pushed to
 * unless it says otherwise; where a command uses remotes one way only, `push=` is refused, since it could only contradict.
 */
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Node from "@millrace/core/yaml/Node";
import type { RemotePurpose } from "./Specification.ts";

const files = ["server-cert", "client-key", "client-cert", "access-token"];
const types = ["index", "storage", "all"];

interface Fields {
  readonly plain: ReadonlyMap<string, string>;
  readonly problem: string | undefined;
}

function fields(word: string, purpose: RemotePurpose): Fields {
  const plain = new Map<string, string>();
  const bad = (problem: string): Fields => ({ plain, problem });
  const parts = word.split(",");
  if (parts.length === 1) {
    plain.set("url", word);
  } else {
    for (const part of parts) {
      const pieces = part.split("=");
      if (pieces.length !== 2) return bad(`'${part}' is not of the form KEY=VALUE in the remote '${word}'`);
      const [key, value] = pieces as [string, string];
      if (key === "type" && !types.includes(value))
        return bad(`The type of a remote is one of ${types.join(", ")}, not '${value}'`);
      if (key === "push") {
        if (purpose !== "all") return bad(`'push' has no place here: this remote is used to ${purpose} anyway`);
        if (!/^([Tt]rue|[Ff]alse)$/.test(value)) return bad(`'push' is either 'True' or 'False', not '${value}'`);
      }
      if (!["url", "instance-name", "type", "push", ...files].includes(key)) {
        return bad(`'${key}' is not a key of remotes; there are url, instance-name, type, push, ${files.join(", ")}`);
      }
      plain.set(key, value);
    }
  }
  return plain.get("url") ? { plain, problem: undefined } : bad(`The remote '${word}' has no url`);
}

/** What is wrong with a remote, without a full stop; undefined when it can be used. */
export function problem(word: string, purpose: RemotePurpose): string | undefined {
  return fields(word, purpose).problem;
}

/** The remote that a checked word means. */
export function parse(word: string, purpose: RemotePurpose): RemoteSpec {
  const { plain } = fields(word, purpose);
  const auth = files
    .filter((key) => plain.has(key))
    .map((key) => [key, Node.scalar(expand(plain.get(key) as string))] as const);
  const entries: [string, Node.Node][] = [...plain]
    .filter(([key]) => !files.includes(key))
    .map(([key, value]) => [key, Node.scalar(value)]);
  if (auth.length > 0) entries.push(["auth", Node.mapping(auth)]);
  const type = (plain.get("type") ?? "all") as RemoteSpec["type"];
  return {
    url: plain.get("url") ?? "",
    instanceName: plain.get("instance-name"),
    type,
    push: purpose === "pull" ? false : (plain.get("push") ?? "true").toLowerCase() === "true",
    node: Node.mapping(entries),
  };
}

function expand(path: string): string {
  const home = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  return resolve(home);
}
