/**
 * The `.git` that a `git` source with tags leaves: the commits between its tags and the staged one (no trees, no files), and the tags, so that
 * `git describe` answers in the build. Annotated tags are made anew, without the message and person of the original.
 */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import type { BstError } from "@millrace/core/error/BstError";
import type { Tag } from "@millrace/core/source/kinds/Git";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import type * as ObjectStore from "../../cas/ObjectStore.ts";
import * as Git from "./Git.ts";
import * as GitMetadata from "./GitMetadata.ts";

/** Makes the content of `.git`. */
export const make = Effect.fnUntraced(function* (
  store: ObjectStore.ObjectStore,
  repository: string,
  commit: string,
  tags: readonly Tag[],
): Effect.fn.Return<Directory, BstError> {
  const included = new Set<string>();
  const edges = new Set<string>();
  for (const tag of tags) {
    if (tag.commit === commit) {
      edges.add(commit);
      continue;
    }
    const { text } = yield* Git.local(
      repository,
      ["rev-list", "--ancestry-path", "--boundary", "--end-of-options", `${tag.commit}..${commit}`],
      `Cannot read the history from the tag ${tag.tag} to ${commit}`,
    );
    for (const line of text.split("\n"))
      if (line.startsWith("-")) edges.add(line.slice(1));
      else if (line !== "") included.add(line);
  }
  const shallow = [...edges].filter((name) => !included.has(name)).sort();
  const draft = Draft.open(Tree.empty);
  const put = GitMetadata.skeleton(store, draft);
  put("HEAD", Buffer.from(`${commit}\n`));
  put("shallow", Buffer.from(shallow.map((name) => `${name}\n`).join("")));
  let heading = "";
  let current = "";
  let held: Buffer[] = [];
  yield* Git.readObjects(repository, [...new Set([...included, ...shallow])], {
    begin: ({ name, type }, size) => {
      current = name;
      heading = `${type} ${size}\0`;
      held = [];
    },
    data: (bytes) => void held.push(Buffer.from(bytes)),
    end: () => put(pathOf(current), deflateSync(Buffer.concat([Buffer.from(heading), ...held]))),
  });
  return yield* attempt(() => {
    for (const { tag, commit: target, annotated } of tags) {
      let name = target;
      if (annotated) {
        const text = `object ${target}\ntype commit\ntag ${tag}\ntagger Unspecified Tagger <unspecified-tagger> 0 +0000\n`;
        const bytes = Buffer.from(`tag ${Buffer.byteLength(text)}\0${text}`);
        name = createHash("sha1").update(bytes).digest("hex");
        put(pathOf(name), deflateSync(bytes));
      }
      put(`refs/tags/${tag}`, Buffer.from(`${name}\n`));
    }
    return Draft.freeze(draft);
  });
});

function pathOf(name: string): string {
  return `objects/${name.slice(0, 2)}/${name.slice(2)}`;
}

/** The nearest tags in the history of a commit: of annotated and of all tags, each in the whole history and along first parents. */
export function reachable(repository: string, commit: string): readonly Tag[] {
  const tags = new Map<string, Tag>();
  for (const options of [[], ["--first-parent"], ["--tags"], ["--tags", "--first-parent"]]) {
    const tag = Git.read(repository, ["describe", "--abbrev=0", ...options, commit])?.trim();
    if (tag === undefined || tags.has(tag)) continue;
    const target = Git.read(repository, ["rev-parse", `refs/tags/${tag}^{commit}`])?.trim();
    if (target === undefined) continue;
    const annotated = Git.read(repository, ["cat-file", "-t", `refs/tags/${tag}`])?.trim() === "tag";
    tags.set(tag, { tag, commit: target, annotated });
  }
  return [...tags.values()];
}
