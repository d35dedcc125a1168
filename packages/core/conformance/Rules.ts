/**
 * The rules of docs/import-rules.md as properties: for each a way to make requests that exercise it, and what of the outcome it speaks about.
 */
import * as fc from "fast-check";
import type { Request } from "./Arbitraries.ts";
import * as Arbitraries from "./Arbitraries.ts";
import type { Leaf, Sample } from "./Sample.ts";

/** What of an outcome a rule speaks about. Lists are compared as sets except where the rule is about their order. */
export type Aspect = "tree" | "conflict" | "written" | "overwritten" | "ignored" | "order";

export interface Rule {
  /** As in docs/import-rules.md. */
  readonly id: string;
  readonly title: string;
  readonly aspects: readonly Aspect[];
  readonly requests: fc.Arbitrary<Request>;
  /** Requests that everybody should see, tried first. */
  readonly examples: readonly Request[];
}

const { file, fullTree, leaf, link, tree } = Arbitraries;
const empty: fc.Arbitrary<Sample> = fc.constant({});
const anything: fc.Arbitrary<Leaf | Sample> = fc.oneof(leaf, tree(2));

/** Prefixes all names, so that siblings of one side never meet those of the other. */
function own(prefix: string, sample: Sample): Sample {
  return Object.fromEntries(Object.entries(sample).map(([name, node]) => [prefix + name, node]));
}

/** Puts a node below a path of directories that exist on both sides, with siblings. */
function at(path: readonly string[], name: string, node: Leaf | Sample | undefined, siblings: Sample): Sample {
  let out: Sample = node === undefined ? siblings : { ...siblings, [name]: node };
  for (const part of [...path].reverse()) out = { [part]: out };
  return out;
}

interface Meeting {
  readonly existing: fc.Arbitrary<Leaf | Sample> | undefined;
  readonly incoming: fc.Arbitrary<Leaf | Sample> | undefined;
}

/** Requests in which something comes where something is, and nothing else meets. */
function meeting({ existing, incoming }: Meeting): fc.Arbitrary<Request> {
  return fc
    .record({
      path: fc.array(Arbitraries.name, { maxLength: 2 }),
      name: Arbitraries.name,
      existing: existing ?? fc.constant(undefined),
      incoming: incoming ?? fc.constant(undefined),
      here: tree(2),
      there: tree(2),
    })
    .map(({ path, name, existing: old, incoming: fresh, here, there }) => ({
      destination: at(path, name, old, own("d-", here)),
      source: at(path, name, fresh, own("s-", there)),
    }));
}

/** The same with a filter that accepts some of the source. */
function filtered(requests: fc.Arbitrary<Request>): fc.Arbitrary<Request> {
  return requests.chain((request) =>
    fc.subarray(Arbitraries.pathsOf(request.source)).map((accept) => ({ ...request, accept })),
  );
}

/** The worked examples of the old page: the same three things, told as trees. */
const sbin: readonly Request[] = [
  {
    destination: { usr: { sbin: {} }, sbin: ["link", "/usr/sbin"] },
    source: { sbin: { hello: ["file", "hello"] } },
  },
  {
    destination: { usr: { sbin: {} }, sbin: { hello: ["file", "hello"] } },
    source: { sbin: ["link", "/usr/sbin"] },
  },
  {
    destination: { usr: { sbin: {} }, sbin: ["link", "/usr/sbin"] },
    source: { usr: { sbin: { hello: ["file", "hello"] } } },
  },
];

function rule(
  id: string,
  title: string,
  aspects: readonly Aspect[],
  requests: fc.Arbitrary<Request>,
  examples: readonly Request[] = [],
): Rule {
  return { id, title, aspects, requests, examples };
}

const all: readonly Aspect[] = ["tree", "conflict", "written", "overwritten", "ignored"];

export const rules: readonly Rule[] = [
  rule(
    "1",
    "an empty source changes nothing",
    ["tree", "conflict"],
    fc.record({ destination: tree(), source: empty }),
    [{ destination: { a: { b: {} } }, source: {} }],
  ),
  rule(
    "2",
    "where nothing is, files and directories arrive as they are",
    ["tree", "conflict"],
    fc.record({ destination: empty, source: tree() }),
  ),
  rule(
    "3",
    "empty directories arrive and stay",
    ["tree", "conflict"],
    meeting({ existing: undefined, incoming: empty }),
    [{ destination: { a: {} }, source: { b: { c: {} } } }],
  ),
  rule(
    "4",
    "the executable bit comes with the file, whatever was there",
    ["tree", "conflict"],
    meeting({ existing: file, incoming: file }),
    [
      { destination: { a: ["exec", "x"] }, source: { a: ["file", "x"] } },
      { destination: { a: ["file", "x"] }, source: { a: ["exec", "x"] } },
    ],
  ),
  rule(
    "5",
    "links keep their targets to the letter, broken, absolute and outward ones too",
    ["tree", "conflict"],
    meeting({ existing: undefined, incoming: link }),
    [{ destination: {}, source: { a: { b: ["link", "/usr/bin"] }, c: ["link", "../../../../usr"] } }],
  ),
  rule(
    "6",
    "a directory over a directory merges",
    ["tree", "conflict"],
    meeting({ existing: fullTree(2).map((one) => own("d-", one)), incoming: tree(2).map((one) => own("s-", one)) }),
    [{ destination: { usr: { bin: { a: ["file", "a"] } } }, source: { usr: { bin: { b: ["file", "b"] }, lib: {} } } }],
  ),
  rule(
    "7",
    "a file or link replaces a file and is reported as overwriting it",
    all,
    meeting({ existing: file, incoming: leaf }),
    [{ destination: { a: ["file", "one"] }, source: { a: ["file", "two"] } }],
  ),
  rule(
    "8",
    "a file or link replaces a link itself and is never written through it",
    all,
    meeting({ existing: link, incoming: leaf }),
    [{ destination: { a: ["link", "b"], b: ["file", "one"] }, source: { a: ["file", "two"] } }],
  ),
  rule(
    "9",
    "equal content still counts as overwritten",
    all,
    leaf.chain((one) => meeting({ existing: fc.constant(one), incoming: fc.constant(one) })),
    [{ destination: { a: ["file", "same"] }, source: { a: ["file", "same"] } }],
  ),
  rule(
    "10",
    "a file or link replaces an empty directory and is reported as overwriting it",
    all,
    meeting({ existing: empty, incoming: leaf }),
    [{ destination: { a: {} }, source: { a: ["file", "x"] } }],
  ),
  rule(
    "11",
    "a directory with something in it keeps its place; the file or link is reported as ignored",
    all,
    meeting({ existing: fullTree(2), incoming: leaf }),
    [sbin[1]!, { destination: { a: { b: {} } }, source: { a: ["file", "x"] } }],
  ),
  rule("12", "a directory over a file is an error", all, meeting({ existing: file, incoming: tree(2) }), [
    { destination: { a: ["file", "x"] }, source: { a: {} } },
  ]),
  rule(
    "13",
    "a directory over a link is an error, wherever the link leads",
    all,
    meeting({ existing: link, incoming: tree(2) }),
    [sbin[0]!],
  ),
  rule(
    "14",
    "files and links that arrive are reported as written, directories never",
    ["written", "overwritten", "ignored"],
    fc.record({ destination: empty, source: tree() }),
    [sbin[2]!],
  ),
  rule(
    "15",
    "reports are in the order of the source: directories, files, links, each by code point",
    ["order"],
    fc.record({ destination: tree(), source: tree() }),
    [
      {
        destination: {},
        source: {
          a: ["link", "x"],
          b: ["file", ""],
          c: { d: ["file", ""] },
          "\uff5e": ["file", ""],
          "\u{1f600}": ["file", ""],
        },
      },
    ],
  ),
  rule(
    "16",
    "a filter is asked by path from the import's root and decides for files and links",
    all,
    filtered(fc.record({ destination: empty, source: tree() })),
    [{ destination: {}, source: { a: ["file", "x"], b: { a: ["file", "y"] } }, accept: ["b/a"] }],
  ),
  rule(
    "17",
    "a filter that rejects a directory is still asked about what is in it",
    all,
    filtered(meeting({ existing: undefined, incoming: fullTree() })),
    [{ destination: {}, source: { a: { b: { c: ["file", "x"] } } }, accept: ["a/b/c"] }],
  ),
  rule(
    "18",
    "a new directory stays when the filter accepts it or something came into it",
    ["tree", "conflict"],
    filtered(fc.record({ destination: empty, source: fullTree() })),
    [
      { destination: {}, source: { a: { b: {} }, c: {} }, accept: ["a"] },
      { destination: {}, source: { a: { b: ["file", ""] } }, accept: [] },
    ],
  ),
  rule(
    "19",
    "a filter takes nothing away from the destination",
    ["tree", "conflict"],
    filtered(meeting({ existing: empty, incoming: tree(2) })),
    [{ destination: { a: { b: {} } }, source: { a: { b: {}, c: {} } }, accept: [] }],
  ),
  rule(
    "20",
    "a directory over a file or link is an error even when the filter rejects it",
    ["tree", "conflict"],
    filtered(meeting({ existing: leaf, incoming: tree(2) })),
    [{ destination: { a: ["file", "x"] }, source: { a: {} }, accept: [] }],
  ),
  rule(
    "21",
    "all rules together, on any two trees",
    all,
    fc.oneof(fc.record({ destination: tree(), source: tree() }), meeting({ existing: anything, incoming: anything })),
    sbin,
  ),
  rule("22", "all rules together, with a filter", all, filtered(fc.record({ destination: tree(), source: tree() }))),
];
