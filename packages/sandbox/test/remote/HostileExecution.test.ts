/** Execution services that answer with what nobody asked for, or what is none: an error, and nothing of it in the tree. */
import { assert, describe, it } from "@effect/vitest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Wire from "@millrace/core/tree/Wire";
import { type ActionResult, encodeTree } from "@millrace/sandbox/remote/ActionMessages";
import * as Effect from "effect/Effect";
import { bench } from "./Bench.ts";
import { put } from "./FakeExecution.ts";

const blobs = new Map<string, Uint8Array>();
const file = put(blobs, Buffer.from("text"));
const child = Tree.make([["f", Tree.file(file)]]);
const parent = Tree.make([["sub", Tree.directory(child)]]);
const good = put(blobs, DirectoryCodec.encode(child));
const escaping = put(
  blobs,
  Wire.bytesOf(() =>
    Wire.message(1, () => {
      Wire.item(1, "..");
      DirectoryCodec.writeDigest(2, file);
    }),
  ),
);
const nowhere = { hash: "a".repeat(64), size: 2 ** 50 };

const answers: readonly (readonly [string, Partial<ActionResult>])[] = [
  ["a directory that is not writable", { directories: [{ path: "../../../bin", root: good }] }],
  ["a directory above the root", { directories: [{ path: "../../../../../../etc", root: good }] }],
  ["the whole root", { directories: [{ path: "../../..", root: good }] }],
  [
    "a tree without the directories that its root names",
    {
      directories: [
        {
          path: ".",
          tree: put(
            blobs,
            encodeTree({
              root: {
                ...parent,
                entries: new Map([["sub", { type: "directory", tree: { type: "stored", digest: nowhere } }]]),
              },
              children: [],
            }),
          ),
        },
      ],
    },
  ],
  ["a tree that is none", { directories: [{ path: ".", tree: put(blobs, Buffer.from([0x0a, 0x7f])) }] }],
  ["a directory with a name that leaves it", { directories: [{ path: ".", root: escaping }] }],
  ["a directory that is a file", { directories: [{ path: ".", root: file }] }],
  ["a directory that is nowhere", { directories: [{ path: ".", root: nowhere }] }],
  ["a directory without a digest", { directories: [{ path: "." }] }],
  ["a file", { files: [{ path: "a", digest: file, executable: false }] }],
  ["words that are nowhere", { stdout: { digest: nowhere } }],
];

describe("an execution service that returns", () => {
  it.live.each(answers)("%s has broken the rules", ([, result]) =>
    bench({ result, settings: { "request-timeout": 10, "retry-limit": 0 } }, (at) =>
      Effect.gen(function* () {
        for (const [hash, bytes] of blobs) at.storage.blobs.set(hash, bytes);
        const failure = yield* Effect.flip(at.elsewhere.run(at.task()));
        assert.notInclude(at.printed(), "words");
        assert.match(String((failure as Error).message), /rules of remote execution|not in its storage|decode/);
      }),
    ),
  );
});
