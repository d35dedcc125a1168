/**
 * Line ends that a commit's attributes ask for (`eol=crlf`): files that are checked out with carriage returns although none were committed.
 *
 * That is all that attributes do where dulwich checks out for BuildStream: filters, `ident` and encodings play no part. git says which files are meant, from an index
 * of the commit, since only git knows the rules of its patterns; it is asked when an attribute file speaks of such line ends at all. Macros have git's meaning, which dulwich does not know.
 */
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import * as Git from "./Git.ts";
import * as GitTree from "./GitTree.ts";

/** The paths of a commit, those marked that get carriage returns. */
export const list = Effect.fnUntraced(function* (
  repository: string,
  commit: string,
  cachedir: string,
): Effect.fn.Return<readonly GitTree.Listed[], BstError> {
  const listed = yield* GitTree.list(repository, commit);
  const attributes = listed.filter(({ path, mode }) => /(?:^|\/)\.gitattributes$/.test(path) && mode !== "160000");
  if (attributes.length === 0) return listed;
  const texts = yield* GitTree.texts(
    repository,
    attributes.map(({ name }) => name),
  );
  if (![...texts.values()].some((text) => text.includes("crlf"))) return listed;
  const ends = yield* Effect.scoped(ask(repository, commit, cachedir, listed));
  return listed.map((one) => {
    const lineEnds = one.mode.startsWith("1006") || one.mode === "100755" ? ends.get(one.path) : undefined;
    return lineEnds === undefined ? one : { ...one, lineEnds };
  });
});

const ask = Effect.fnUntraced(function* (
  repository: string,
  commit: string,
  cachedir: string,
  listed: readonly GitTree.Listed[],
) {
  const scratch = yield* TemporaryDirectory.make(cachedir, "git");
  const environment = { ...Git.alone, GIT_INDEX_FILE: join(scratch, "index") };
  const failure = `Cannot read the attributes of ${commit}`;
  yield* Git.local(repository, ["read-tree", commit], failure, { environment });
  const { text } = yield* Git.local(
    repository,
    ["check-attr", "--cached", "-z", "--stdin", "text", "crlf", "eol"],
    failure,
    { environment, input: listed.map(({ path }) => `${path}\0`).join("") },
  );
  const fields = text.split("\0");
  const told = new Map<string, Record<string, string>>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path, name, value] = fields.slice(at, at + 3) as [string, string, string];
    told.set(path, { ...told.get(path), [name]: value });
  }
  const result = new Map<string, GitTree.LineEnds>();
  for (const [path, attributes] of told) {
    const ends = lineEnds(attributes);
    if (ends !== undefined) result.set(path, ends);
  }
  return result;
});

/** What the attributes of a file say: `text` counts before the old `crlf`. */
function lineEnds({ text = "", crlf = "", eol }: Readonly<Record<string, string>>): GitTree.LineEnds | undefined {
  const known = ["set", "unset", "input", "auto"];
  const kind = known.includes(text) ? text : crlf;
  if (kind === "unset" || eol !== "crlf") return undefined;
  return kind === "auto" ? "crlf-unless-mixed" : "crlf";
}
