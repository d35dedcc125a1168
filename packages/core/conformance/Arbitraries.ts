/**
 * Random trees for fast-check, made so that they collide: few names, few contents, links to what is likely to be there.
 */
import * as fc from "fast-check";
import type { Leaf, Sample } from "./Sample.ts";

/** Few names, so that trees meet; one is long, one not ASCII, and two are sorted differently by UTF-16 and by code point. */
export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("a", "b", "c", "usr", "bin", "lib") },
  { weight: 1, arbitrary: fc.constantFrom("ä", "x y", ".hidden", "\u{1f600}", "\uff5e", "-n", "a".repeat(200)) },
);

/** Targets: relative, absolute, upward, beyond the root, at nothing, in circles. */
export const target: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "usr/bin",
  "/usr/bin",
  "/a",
  "../a",
  "../../../../../../usr",
  ".",
  "..",
  "/",
  "missing",
  "/nowhere/at/all",
);

const text = fc.constantFrom("", "one\n", "two\n");

/** A file, an executable file or a symbolic link. */
export const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.tuple(fc.constantFrom("file" as const, "exec" as const), text),
  fc.tuple(fc.constant("link" as const), target),
);

export const file: fc.Arbitrary<Leaf> = fc.tuple(fc.constantFrom("file" as const, "exec" as const), text);
export const link: fc.Arbitrary<Leaf> = fc.tuple(fc.constant("link" as const), target);

/** Trees up to a depth; empty directories are frequent. */
export function tree(depth = 4): fc.Arbitrary<Sample> {
  const node: fc.Arbitrary<Leaf | Sample> =
    depth <= 1
      ? leaf
      : fc.oneof(
          { weight: 4, arbitrary: leaf },
          { weight: 5, arbitrary: fc.constant(depth).chain((left) => tree(left - 1)) },
        );
  return fc.dictionary(name, node, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Sample>;
}

/** Trees with something in them. */
export function fullTree(depth = 3): fc.Arbitrary<Sample> {
  return tree(depth).filter((sample) => Object.keys(sample).length > 0);
}

/** Paths that may or may not be in a tree. */
export const path: fc.Arbitrary<string> = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => names.join("/"));

/** All paths of a sample, directories included. */
export function pathsOf(sample: Sample, under = ""): string[] {
  const paths: string[] = [];
  for (const [key, node] of Object.entries(sample)) {
    const here = under === "" ? key : `${under}/${key}`;
    paths.push(here);
    if (!Array.isArray(node)) paths.push(...pathsOf(node as Sample, here));
  }
  return paths;
}

/** What a filter accepts: undefined for no filter, else some of the source's paths. */
export function accepted(source: Sample): fc.Arbitrary<readonly string[] | undefined> {
  return fc.option(fc.subarray(pathsOf(source)), { nil: undefined, freq: 2 });
}

/** Everything an import is given. */
export interface Request {
  readonly destination: Sample;
  readonly source: Sample;
  /** The paths a filter accepts; undefined when there is none. */
  readonly accept?: readonly string[] | undefined;
}

/** Pairs of trees, half of them with a filter. */
export const request: fc.Arbitrary<Request> = fc
  .record({ destination: tree(), source: tree() })
  .chain(({ destination, source }) => accepted(source).map((accept) => ({ destination, source, accept })));
