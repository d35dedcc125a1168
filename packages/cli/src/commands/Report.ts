/** `bst report`: what a session was waiting for. */
import { resolve } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import * as Analysis from "@millrace/core/event/Analysis";
import * as Recording from "@millrace/core/event/Recording";
import * as Replay from "@millrace/core/event/Replay";
import * as Context from "../app/Context.ts";
import * as Output from "../app/Output.ts";
import * as Recordings from "../app/Recordings.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as SessionReport from "../show/SessionReport.ts";
import * as Style from "../ui/Style.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the report of a file of events, or of one of the last sessions. */
export async function run({ main, environment, values }: Invocation): Promise<number> {
  const context = Context.open(main, environment);
  const named = Values.text(values, "file");
  const file =
    named === undefined ? recent(context.config.cachedir, Values.integer(values, "last") ?? 1) : resolve(named);
  const content = Recordings.content(file) ?? unusable(file, "it cannot be read");
  const lines = Recording.read(content) ?? unusable(file, "it does not begin as one, or is of another version");
  const analysis = Analysis.of(lines) ?? unusable(file, "no session begins in it");
  const { fetchers, builders, pushers } = main;
  const asked = [fetchers, builders, pushers].some((limit) => limit !== undefined);
  const replay = asked ? Replay.of(lines, { fetchers, builders, pushers }) : undefined;
  if (Values.isSet(values, "json")) Json.print("report", SessionReport.document(analysis, file, replay));
  else Output.out(SessionReport.text(analysis, replay, main.colors ? Style.ansi : Style.plain));
  return 0;
}

function recent(cachedir: string, back: number): string {
  if (back < 1) {
    raise({
      domain: "APP",
      reason: null,
      message: `There is no session ${back}`,
      hint: "Sessions are counted back from the last one, which is 1.",
    });
  }
  const all = Recordings.list(cachedir);
  return (
    all.at(-back) ??
    raise({
      domain: "APP",
      reason: null,
      message:
        all.length === 0
          ? `No session that had something to do is recorded in ${cachedir}`
          : `Sessions recorded in ${cachedir}: ${all.length}`,
      hint: "Every build, fetch, pull or push that runs a job is recorded; or name a file that --events wrote.",
    })
  );
}

function unusable(file: string, why: string): never {
  return raise({
    domain: "APP",
    reason: null,
    message: `${file} is no recording of a session: ${why}`,
    hint: "Name a file that --events wrote.",
  });
}
