/** The oracle's recorded sessions, read back into what was printed and the events that would print it. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Action, MessageType } from "@millrace/core/event/Event";
import type { Line } from "../../src/ui/Columns.ts";
import * as Style from "../../src/ui/Style.ts";

export const directory = path.join(import.meta.dirname, "../../../../test/golden/log/sessions");

export interface Session {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly log: string;
}

export function read(name: string): Session {
  const text = fs.readFileSync(path.join(directory, `${name}.txt`), "utf8");
  const match = /^\$ .*\nexit (\d+)\n--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*?)(?:--- log file\n([\s\S]*))?$/.exec(
    text,
  )!;
  return { exit: Number(match[1]), stdout: match[2]!, stderr: match[3]!, log: match[4] ?? "" };
}

const shape =
  /^\[([\d:-]{8})\]\[(.*?)\]\[ *([a-z-]+):(.{30,}?)\] (DEBUG|STATUS|INFO|WARNING|ERROR|BUG|START|SUCCESS|FAILURE|SKIPPED) *(.*)$/;

export interface Block {
  readonly line: Line;
  /** The bytes that were printed for it. */
  readonly text: string;
}

/** The messages among what was printed, with their details; failures keep the log's end out of the detail. */
export function blocks(printed: string): readonly Block[] {
  const lines = printed.split("\n");
  const found: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const match = shape.exec(Style.strip(lines[at]!));
    if (match === null) {
      if (Style.strip(lines[at]!) === "Failure Summary") break;
      continue;
    }
    const [, elapsed, key, action, element, kind, said] = match;
    // The heading before it may have left its reset at the beginning of the line.
    let text = `${lines[at]!.replace(/^\u001b\[0m/, "")}\n`;
    const body: string[] = [];
    // A body is set off by a blank line, is indented, and ends with a blank line.
    const isBody = lines[at + 1] === "" && Style.strip(lines[at + 2] ?? "").startsWith("    ") && kind !== "SUCCESS";
    if (isBody) {
      let end = at + 1;
      while (end < lines.length && (lines[end] === "" || Style.strip(lines[end]!).startsWith("    "))) end++;
      body.push(...lines.slice(at + 1, end));
      text += body.map((line) => `${line}\n`).join("");
      at = end - 1;
    }
    const main = element!.trimEnd() === "core activity";
    const log = / ?(\S+\/\S+\.log)/.exec(`${said} ${Style.strip(body.join(" "))}`);
    const failedJob = kind === "FAILURE" && log !== null;
    const job = failedJob || ((kind === "START" || kind === "SUCCESS") && /^\S+\.log$/.test(said!));
    const plain = Style.strip(body.join("\n"));
    const detail =
      isBody && !failedJob ? plain.replace(/^\n/, "").replace(/\n+$/, "").replaceAll(/^ {4}/gm, "") : undefined;
    const [hours, minutes, seconds] = elapsed!.split(":").map(Number);
    found.push({
      text,
      line: {
        time: 0,
        message: {
          type: "message",
          kind: kind!.toLowerCase() as MessageType,
          text: said!,
          detail,
          element: main
            ? undefined
            : { name: element!.trimEnd(), key: key!.trim() === "" ? null : key!, keyIsStrict: true },
          action: action === "main" ? undefined : (action as Action),
          elapsed: elapsed!.startsWith("-") ? undefined : ((hours! * 60 + minutes!) * 60 + seconds!) * 1000,
          scheduler: job,
          log: log === null ? undefined : log[1]!.startsWith("@") ? log[1]! : `@ROOT@/logs/${log[1]!}`,
        },
      },
    });
  }
  return found;
}

/** The end of a recorded log file, as a running session would have read it. */
export function lastLines(file: string, count: number): string {
  const recorded = file.replace("@ROOT@", directory);
  const lines = fs.readFileSync(recorded, "utf8").replace(/\n$/, "").split("\n");
  return lines.slice(-count).join("\n").trimEnd();
}
