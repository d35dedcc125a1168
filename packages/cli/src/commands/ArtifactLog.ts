/** `bst artifact log`: the build logs that artifacts carry, shown or written to files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { raise } from "@millrace/core/error/BstError";
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
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Shows or writes the logs; what is not cached is only warned about. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const out = Values.text(values, "out");
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
      if (out !== undefined && !makeDirectory(out)) {
        Output.error(`Error: ${out} already exists\n`);
        return 1;
      }
      const json = Values.isSet(values, "json");
      const told: Documents.Content<"artifact log">["artifacts"][0][] = [];
      for (const item of items) {
        if (item.artifact === undefined) {
          voice.say("warning", `${Items.reference(item)} is not cached`);
          continue;
        }
        const { logs } = item.artifact;
        if (logs.length === 0) {
          voice.say("warning", `${Items.reference(item)} has no log: none was stored with it`);
          continue;
        }
        const texts = yield* attempt(() => logs.map((log) => ObjectStore.read(store, log.digest)));
        if (json) {
          const named = texts.map((text, at) => ({
            name: logs[at]?.name ?? String(at),
            text: Buffer.from(text).toString("utf8"),
          }));
          told.push({ ...Items.named(item), logs: named });
          if (out === undefined) continue;
        }
        if (out === undefined) {
          for (const text of texts) Output.out(`${Buffer.from(text).toString("utf8")}\n`);
          continue;
        }
        const name = (item.element?.name ?? item.name?.element ?? item.label).replace(/\.bst$/, "");
        yield* attempt(() =>
          texts.forEach((text, at) => {
            write(join(out, texts.length === 1 ? `${name}.log` : `${name}/${logs[at]?.name ?? at}`), text);
          }),
        );
      }
      if (json) Json.print("artifact log", { artifacts: told });
      return 0;
    }),
  );
}

/** Whether the directory could be made, as it must not be there. */
function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    return raise({ domain: "APP", reason: null, message: `${path} cannot be made: ${(cause as Error).message}` });
  }
}

function write(path: string, bytes: Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  } catch (cause) {
    raise({ domain: "APP", reason: null, message: `${path} cannot be written: ${(cause as Error).message}` });
  }
}
