/** `deb`: the data archive inside a Debian package (an `ar` archive), unpacked like a tarball. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { ArchiveSettings } from "@millrace/core/source/kinds/Downloadable";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as TemporaryDirectory from "../../cas/TemporaryDirectory.ts";
import * as MirrorFile from "../MirrorFile.ts";
import type { SourceDriver } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Unpack from "../Unpack.ts";
import * as TarSource from "./Tar.ts";

/** The driver. */
export const driver: SourceDriver = {
  ...MirrorFile.members,
  kind: "deb",
  stage: {
    type: "tree",
    make: (subject, latest) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { baseDir, url } = subject.source.settings as ArchiveSettings;
          const file = yield* MirrorFile.require_(subject);
          const scratch = yield* TemporaryDirectory.make(subject.environment.locations.cachedir, "deb");
          const data = join(scratch, "data");
          yield* attempt(() => extractData(file, data, url));
          const members = yield* Unpack.tar(
            subject.environment.cas.store,
            data,
            url,
            subject.environment.locations.sizeLimit,
          );
          return yield* attempt(() => TarSource.select(members, baseDir, url, latest));
        }),
      ).pipe(Effect.mapError((error) => SourceRef.located(subject, error))),
  },
};

/** Copies the member whose name contains `data.tar` out of an `ar` archive. */
function extractData(file: string, to: string, url: string): void {
  const fail = (why: string): never =>
    raise({ domain: "SOURCE", reason: null, message: `${url} is no Debian package that can be read: ${why}` });
  const from = openSync(file, "r");
  try {
    const { size } = fstatSync(from);
    const header = Buffer.alloc(60);
    readSync(from, header, 0, 8, 0);
    if (header.toString("latin1", 0, 8) !== "!<arch>\n") fail("it does not begin as an ar archive does");
    for (let at = 8; at + 60 <= size; ) {
      readSync(from, header, 0, 60, at);
      const length = Number(header.toString("latin1", 48, 58).trim());
      if (!Number.isInteger(length) || header.toString("latin1", 58, 60) !== "`\n") fail("a header is damaged");
      if (at + 60 + length > size) fail("it is cut off");
      if (header.toString("latin1", 0, 16).includes("data.tar")) {
        copyRange(from, to, at + 60, length);
        return;
      }
      at += 60 + length + (length % 2);
    }
    fail("it has no data archive");
  } finally {
    closeSync(from);
  }
}

function copyRange(from: number, path: string, start: number, length: number): void {
  const to = openSync(path, "wx");
  const piece = Buffer.alloc(1 << 20);
  try {
    for (let done = 0; done < length; ) {
      const read = readSync(from, piece, 0, Math.min(piece.length, length - done), start + done);
      if (read === 0) return;
      writeSync(to, piece, 0, read);
      done += read;
    }
  } finally {
    closeSync(to);
  }
}
