/** `bst artifact list-contents`: the files of artifacts. */
import type { Entry } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import * as Items from "../app/Items.ts";
import * as Output from "../app/Output.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import * as Style from "../ui/Style.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

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
      const items = yield* Items.find(context, voice, selected);
      const paint = context.main.colors ? Style.ansi : Style.plain;
      const long = Values.isSet(values, "long");
      let text = "";
      for (const item of items) {
        const { artifact } = item;
        if (artifact === undefined) {
          voice.say("warning", `${Items.reference(item)} is not cached`);
          continue;
        }
        const { files } = artifact;
        const lines = yield* attempt(() => {
          if (files === undefined) return [];
          const reader = ObjectStore.reader(store);
          const root = ObjectStore.readDirectory(store, files);
          return [...Paths.list(root, reader)].map(({ path, entry }) => (long ? longLine(path, entry) : path));
        });
        const label = item.element === undefined ? Items.reference(item) : item.element.name;
        text += paint(`  ${label}:`, Style.format);
        const empty = "\n\tThis element has no associated artifacts";
        text += `${paint(lines.length === 0 ? empty : `\n\t${lines.join("\n\t")}`, Style.content)}\n`;
      }
      if (text === "") {
        Output.error("No artifact of this name is in the cache.\n");
        return 1;
      }
      Output.out(`${text}\n`);
      return 0;
    }),
  );
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
