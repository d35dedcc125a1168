/**
 * How long elements took to build, from one session to the next: what decides which of several ready elements goes first, and how long a session will take.
 *
 * Kept as one small file below the cache directory. Losing it costs nothing but a less clever order, so it is read and written without complaint; of two
 * sessions at the same time the later one wins.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Element } from "@millrace/core/element/Element";
import type { Event } from "@millrace/core/event/Event";

/** Milliseconds by project and element. */
export type Durations = ReadonlyMap<string, number>;

/** Entries kept, the latest ones: enough for the largest worlds, and read in a few milliseconds. */
const most = 50_000;

function file(cachedir: string): string {
  return path.join(cachedir, "millrace", "durations.json");
}

function nameOf(element: Element): string {
  return `${element.project.name} ${element.name}`;
}

/** What earlier sessions recorded; empty when nothing can be read. */
export function read(cachedir: string): Durations {
  try {
    const found: unknown = JSON.parse(fs.readFileSync(file(cachedir), "utf8"));
    if (typeof found !== "object" || found === null) return new Map();
    return new Map(Object.entries(found).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
  } catch {
    return new Map();
  }
}

/** Adds what a session measured to what is on disk now. */
export function write(cachedir: string, measured: Durations): void {
  if (measured.size === 0) return;
  const all = new Map(read(cachedir));
  for (const [name, duration] of measured) {
    all.delete(name);
    all.set(name, Math.round(duration));
  }
  const target = file(cachedir);
  const temporary = `${target}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(temporary, JSON.stringify(Object.fromEntries([...all].slice(-most))));
    fs.renameSync(temporary, target);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

/** What an element took; undefined when it was never built here. */
export function of(durations: Durations, element: Element): number | undefined {
  return durations.get(nameOf(element));
}

/** Listens to a session's events and notes how long successful builds take. */
export function measure(elements: readonly Element[], into: Map<string, number>): (event: Event) => void {
  const names = new Map(elements.map((element) => [element.fullName, nameOf(element)]));
  const building = new Map<number, string>();
  return (event) => {
    if (event.type === "job-start" && event.action === "build") building.set(event.job, event.element.name);
    if (event.type !== "job-end") return;
    const name = names.get(building.get(event.job) ?? "");
    building.delete(event.job);
    if (name !== undefined && event.outcome === "success") into.set(name, event.elapsed);
  };
}
