/** Actions, commands and results as bytes and back. */
import { assert, it } from "@effect/vitest";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as Messages from "@millrace/sandbox/remote/ActionMessages";
import * as FastCheck from "fast-check";

const text = FastCheck.string();
const count = FastCheck.nat();
const digest: FastCheck.Arbitrary<Digest> = FastCheck.record({
  hash: FastCheck.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  size: FastCheck.nat(),
});
const pairs = FastCheck.array(FastCheck.tuple(text, text));
const maybe = <A>(value: FastCheck.Arbitrary<A>) => FastCheck.option(value, { nil: undefined });
const bytes = FastCheck.uint8Array({ minLength: 1 });
const printed = FastCheck.record({ raw: maybe(bytes), digest: maybe(digest) });

it("actions are what they were", () => {
  const action = FastCheck.record({
    command: digest,
    inputRoot: digest,
    timeout: maybe(count),
    doNotCache: FastCheck.boolean(),
    platform: pairs,
  });
  FastCheck.assert(
    FastCheck.property(action, (one) => assert.deepEqual(Messages.decodeAction(Messages.encodeAction(one)), one)),
  );
});

it("commands are what they were", () => {
  const command = FastCheck.record({
    argv: FastCheck.array(text),
    environment: pairs,
    platform: pairs,
    workingDirectory: text,
    outputPaths: FastCheck.array(text),
    outputProperties: FastCheck.array(text),
    outputFormat: count,
  });
  FastCheck.assert(
    FastCheck.property(command, (one) => assert.deepEqual(Messages.decodeCommand(Messages.encodeCommand(one)), one)),
  );
});

it("results are what they were", () => {
  const moment = maybe(count);
  const result = FastCheck.record({
    files: FastCheck.array(FastCheck.record({ path: text, digest, executable: FastCheck.boolean() })),
    directories: FastCheck.array(FastCheck.record({ path: text, tree: maybe(digest), root: maybe(digest) })),
    symlinks: FastCheck.array(FastCheck.record({ path: text, target: text })),
    exitCode: FastCheck.integer({ min: -1, max: 255 }),
    stdout: printed,
    stderr: printed,
    moments: FastCheck.record({
      worker: text,
      queued: moment,
      started: moment,
      completed: moment,
      executionStarted: moment,
      executionCompleted: moment,
    }),
  });
  FastCheck.assert(
    FastCheck.property(result, (one) => assert.deepEqual(Messages.decodeResult(Messages.encodeResult(one)), one)),
  );
});

it("lists of outputs by older clients are output paths", () => {
  // argument `a`, output file `f`, output directory `d`
  const older = Uint8Array.from([10, 1, 97, 26, 1, 102, 34, 1, 100]);
  assert.deepEqual(Messages.decodeCommand(older).outputPaths, ["f", "d"]);
});

it("an action that names nothing is refused", () => {
  assert.throws(() => Messages.decodeAction(new Uint8Array(0)), /no command or no input root/);
});

it("trees hold the bytes that name their directories", () => {
  const child = Tree.make([["link", Tree.symlink("target")]]);
  const root = Tree.make([["sub", Tree.directory(child)]]);
  const read = Messages.decodeTree(Messages.encodeTree({ root, children: [child] }));
  assert.deepEqual(read.root, DirectoryCodec.encode(root));
  assert.deepEqual(read.children, [DirectoryCodec.encode(child)]);
});
