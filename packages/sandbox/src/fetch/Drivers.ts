/** The registry of drivers, by the kind's name. */
import { raise } from "@millrace/core/error/BstError";
import type { Source } from "@millrace/core/source/Source";
import * as HostedDriver from "../plugins/HostedDriver.ts";
import * as HostedSource from "../plugins/HostedSource.ts";
import * as Anitya from "./kinds/Anitya.ts";
import * as BazelFile from "./kinds/BazelFile.ts";
import * as BazelSource from "./kinds/BazelSource.ts";
import * as Bzr from "./kinds/Bzr.ts";
import * as Cargo from "./kinds/Cargo.ts";
import * as Cargo2 from "./kinds/Cargo2.ts";
import * as Cpan from "./kinds/Cpan.ts";
import * as Deb from "./kinds/Deb.ts";
import * as Docker from "./kinds/Docker.ts";
import * as GenCargoLock from "./kinds/GenCargoLock.ts";
import * as Git from "./kinds/Git.ts";
import * as GitModule from "./kinds/GitModule.ts";
import * as GitRepo from "./kinds/GitRepo.ts";
import * as GitTag from "./kinds/GitTag.ts";
import * as Gnu from "./kinds/Gnu.ts";
import * as GoModule from "./kinds/GoModule.ts";
import * as Local from "./kinds/Local.ts";
import * as Ostree from "./kinds/Ostree.ts";
import * as Patch from "./kinds/Patch.ts";
import * as PatchQueue from "./kinds/PatchQueue.ts";
import * as Pip from "./kinds/Pip.ts";
import * as Pypi from "./kinds/Pypi.ts";
import * as Quilt from "./kinds/Quilt.ts";
import * as Remote from "./kinds/Remote.ts";
import * as Tar from "./kinds/Tar.ts";
import * as Workspace from "./kinds/Workspace.ts";
import * as Zip from "./kinds/Zip.ts";
import type { SourceDriver } from "./SourceDriver.ts";

const drivers: ReadonlyMap<string, SourceDriver> = new Map(
  [
    Anitya.driver,
    BazelFile.driver,
    BazelSource.driver,
    Bzr.driver,
    Cargo.driver,
    Cargo2.driver,
    Cpan.driver,
    Deb.driver,
    Docker.driver,
    GenCargoLock.driver,
    Git.driver,
    GitModule.driver,
    GitRepo.driver,
    GitTag.driver,
    Gnu.driver,
    GoModule.driver,
    Local.driver,
    Ostree.driver,
    Patch.driver,
    PatchQueue.driver,
    Pip.driver,
    Pypi.driver,
    Quilt.driver,
    Remote.driver,
    Tar.driver,
    Workspace.driver,
    Zip.driver,
  ].map((driver) => [driver.kind, driver]),
);

/** Whether sources of this kind can be fetched and staged at all; looking at a project never needs that. */
export function has(source: Source): boolean {
  return HostedSource.mark(source.kind) !== undefined || drivers.has(source.kind.driver ?? source.kind.name);
}

/** Whether sources of this kind may have to be fetched: others are in the project itself. */
export function fetches(source: Source): boolean {
  const driver = drivers.get(source.kind.driver ?? source.kind.name);
  return HostedSource.mark(source.kind) !== undefined || driver === undefined || driver.fetch !== undefined;
}

/** The driver of a source's kind; raises for kinds that cannot be fetched or staged. */
export function find(source: Source): SourceDriver {
  const mark = HostedSource.mark(source.kind);
  if (mark !== undefined) return HostedDriver.driver(mark);
  return (
    drivers.get(source.kind.driver ?? source.kind.name) ??
    raise({
      domain: "SOURCE",
      reason: null,
      message: `Sources of the kind '${source.kind.name}' (in ${source.context.elementName}) cannot be fetched or staged`,
      hint: `Kinds that can: ${[...drivers.keys()].sort().join(", ")}.`,
    })
  );
}
