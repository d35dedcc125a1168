/** What one command did, as far as two tools must agree on it: taken from its exit code, its error file, its output and its log lines. */
import type { Failure, Said } from "../Oracle.ts";

export interface Facts {
  readonly command: string;
  readonly status: number | null;
  /** Domain and reason, and those of the job that failed last. */
  readonly error: string | null;
  readonly stdout: readonly string[];
  /** Elements by what was done with them, as `word element`, sorted. */
  readonly done: readonly string[];
  /** Per queue: processed, skipped, failed. */
  readonly queues: readonly string[];
}

/** What log lines say of elements; a line is `[time][key][action:element] KIND text`. */
const deeds: readonly (readonly [string, RegExp])[] = [
  ["pulled", /INFO\s+Pulled artifact (\S+)/],
  ["pushed", /INFO\s+Pushed artifact (\S+)/],
  ["pushed data of", /INFO\s+Pushed data from artifact (\S+)/],
  ["pulled source", /INFO\s+Pulled source (\S+)/],
  ["pushed source", /INFO\s+Pushed source (\S+)/],
  ["pushed data of source", /INFO\s+Pushed data from source (\S+)/],
  ["not there", /INFO\s+Remote \(\S+\) does not have artifact (\S+)/],
  ["source not there", /INFO\s+Remote.* \(\S+\) does not have (?:source|blob) \S+ cached/],
  ["was there", /INFO\s+Remote \(\S+\) already has artifact (\S+)/],
  ["source was there", /INFO\s+Remote \(\S+\) already has source (\S+)/],
  ["skipped", /SKIPPED/],
  ["failed", /FAILURE/],
  ["warned", /WARNING/],
  ["cached", /SUCCESS\s+(Caching artifact)/],
];
const line = /^\[[^\]]*\]\[[^\]]*\]\[\s*([^\]]*?)\s*\]\s+(.*)$/;
const queue =
  /^\s*(Pull|Fetch|Build|Push|Src-push|Track|Cache-Query|Artifact[^ ]*) Queue:\s+processed (\d+),\s*skipped (\d+),\s*failed (\d+)/i;

/** Other exit codes are of the command line, and of commands that end by themselves. A cached failure of a build is of no domain there. */
function failure({ domain, reason, task }: Failure): string {
  const job = task?.domain === "ELEMENT" && task.reason === null ? null : task;
  return JSON.stringify([domain, reason, job?.domain, job?.reason]);
}

/** Takes the facts from what a tool said. `plain` replaces what differs between two places: ports, directories. */
export function facts(command: string, said: Said, plain: (text: string) => string): Facts {
  const done = new Map<string, Set<string>>();
  const queues: string[] = [];
  for (const text of said.stderr.split("\n")) {
    const counted = queue.exec(text);
    if (counted !== null) queues.push(`${counted[1]} ${counted[2]} ${counted[3]} ${counted[4]}`);
    const [, subject, rest] = line.exec(text) ?? [];
    if (subject === undefined || rest === undefined) continue;
    for (const [word, pattern] of deeds) {
      const found = pattern.exec(rest);
      if (found === null) continue;
      // Warnings are told in the words of each tool, with servers or without.
      const address = word === "warned" ? "" : (/127\.0\.0\.1:\d+/.exec(rest)?.[0] ?? "");
      // A junction is fetched while loading here, and in a session there.
      if (word === "failed" && /^(main|fetch):sub\.bst$/.test(subject)) continue;
      // Whether there was a job for what there is no need to push.
      if (word === "skipped" && /push:/.test(subject)) continue;
      const entry = plain(`${word} ${subject} ${found[1] ?? ""} ${address}`).trim();
      done.set(entry, new Set());
    }
  }
  const { error } = said;
  return {
    command: plain(command),
    status: said.status,
    // Other exit codes are of the command line, and of commands that end by themselves.
    error: error === null || said.status !== 255 ? null : failure(error),
    stdout: plain(said.stdout).split("\n"),
    done: [...done.keys()].sort(),
    // Artifacts that are named by their keys are no part of a queue here.
    queues: /artifact \w+ .*\w+\/\S+/.test(command) ? [] : queues,
  };
}
