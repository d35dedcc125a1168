/** Golden data of trees and records: one JSON document a line. */
import { readFileSync } from "node:fs";

export function lines<A>(name: string): readonly A[] {
  const url = new URL(`../../../../test/golden/${name}`, import.meta.url);
  return readFileSync(url, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as A);
}
