/** `bst artifact list-contents`: the files of artifacts. */
import type { Entry } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import * as Items from "../app/Items.ts";
import * as Output from "../app/Output.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as Style from "../ui/Style.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

type Listed = Documents.Content<"artifact list-contents">["artifacts"][0];

/** Width of the column with sizes. */
const sizeWidth = 11;

/** Prints the lists; none of the artifacts being cached is a failure. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const { store } = yield* Cas;
      const selected = yield* Selected.select(context, voice, {
        words: Values.list(values, "artifacts"),
        deps: "none",
        artifacts: true,
      });
      yield* Pulling.connectToNone(voice);
      const items = yield* Items.find(context, voice, selected);
      const paint = context.main.colors ? Style.ansi : Style.plain;
      const long = Values.isSet(values, "long");
      const json = Values.isSet(values, "json");
      const listed: Listed[] = [];
      let text = "";
      for (const item of items) {
        const { artifact } = item;
        if (artifact === undefined) {
          voice.say("warning", `${Items.reference(item)} is not cached`);
          continue;
        }
        const { files } = artifact;
        const entries = yield* attempt(() => {
          if (files === undefined) return [];
          const reader = ObjectStore.reader(store);
          return [...Paths.list(ObjectStore.readDirectory(store, files), reader)];
        });
        if (json) {
          listed.push({ ...Items.named(item), files: entries.map(({ path, entry }) => fileOf(path, entry)) });
          continue;
        }
        const lines = entries.map(({ path, entry }) => (long ? longLine(path, entry) : path));
        const label = item.element === undefined ? Items.reference(item) : item.element.name;
        text += paint(`  ${label}:`, Style.format);
        const empty = "\n\tThis element has no associated artifacts";
        text += `${paint(lines.length === 0 ? empty : `\n\t${lines.join("\n\t")}`, Style.content)}\n`;
      }
      if (json) Json.print("artifact list-contents", { artifacts: listed });
      if (json && listed.length > 0) return 0;
      if (text === "") {
        Output.error("No artifact of this name is in the cache.\n");
        return 1;
      }
      Output.out(`${text}\n`);
      return 0;
    }),
  );
}

function fileOf(path: string, entry: Entry): Listed["files"][0] {
  const none = { executable: false, sha256: null, target: null };
  switch (entry.type) {
    case "directory":
      return { path, type: "directory", size: 0, ...none };
    case "symlink":
      return { path, type: "symlink", size: Buffer.byteLength(entry.target), ...none, target: entry.target };
    case "file": {
      const { hash, size } = entry.digest;
      return { path, type: "file", size, ...none, executable: entry.executable, sha256: hash };
    }
  }
}

/** Permissions as they are when checked out, kind, size, path, and where a link leads. A link is as long as its target, a directory has no size. */
function longLine(path: string, entry: Entry): string {
  const line = (mode: string, kind: string, size: number, name: string) =>
    `${mode}  ${kind.padEnd(4)}   ${String(size).padEnd(sizeWidth)} ${name}`;
  switch (entry.type) {
    case "directory":
      return line("drwxr-xr-x", "dir", 0, path);
    case "symlink":
      return line("lrwxrwxrwx", "link", Buffer.byteLength(entry.target), `${path} -> ${entry.target}`);
    case "file":
      return entry.executable
        ? line("-rwxr-xr-x", "exe", entry.digest.size, path)
        : line("-rw-r--r--", "reg", entry.digest.size, path);
  }
}
