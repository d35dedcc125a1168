/** Options that several commands have in common. */
import * as Specification from "../Specification.ts";

/** A path that need not exist and is not looked at while parsing. */
export const anyPath: Specification.ValueType = { type: "path", accepts: "any", exists: false, writable: false };

/** A directory, if anything is there. */
export const directoryPath: Specification.ValueType = {
  type: "path",
  accepts: "directory",
  exists: false,
  writable: false,
};

/** `--deps`, whose choices stand in the order in which the command's help shows them. */
export function deps(help: string, choices: readonly string[], preset: string | undefined): Specification.Option {
  const given = preset === undefined ? {} : { default: preset };
  return Specification.option("deps", ["--deps", "-d"], { type: "choice", choices }, help, given);
}

/** `--except`, repeatable. */
export function except(help: string): Specification.Option {
  return Specification.option("except", ["--except"], anyPath, help, { multiple: true });
}

/** `--artifact-remote` with its switch against what projects recommend. */
export function artifactRemotes(purpose: Specification.RemotePurpose): readonly Specification.Option[] {
  return [
    Specification.option(
      "artifact-remotes",
      ["--artifact-remote"],
      { type: "remote", purpose },
      remoteHelp("artifacts", purpose),
      {
        multiple: true,
      },
    ),
    Specification.flag(
      "ignore-project-artifact-remotes",
      ["--ignore-project-artifact-remotes"],
      "Leave out the artifact servers that projects recommend",
    ),
  ];
}

/** `--source-remote` with its switch against what projects recommend. */
export function sourceRemotes(purpose: Specification.RemotePurpose): readonly Specification.Option[] {
  return [
    Specification.option(
      "source-remotes",
      ["--source-remote"],
      { type: "remote", purpose },
      remoteHelp("cached sources", purpose),
      {
        multiple: true,
      },
    ),
    Specification.flag(
      "ignore-project-source-remotes",
      ["--ignore-project-source-remotes"],
      "Leave out the source servers that projects recommend",
    ),
  ];
}

function remoteHelp(what: string, purpose: Specification.RemotePurpose): string {
  const verb = { all: "download from and upload to", pull: "download from", push: "upload to" }[purpose];
  return `A server to ${verb} (${what})`;
}

/** `--compression` of tar archives. */
export const compression: Specification.Option = Specification.option(
  "compression",
  ["--compression"],
  { type: "choice", choices: ["gz", "xz", "bz2"] },
  "How to compress the tar archive",
);

/** `--json` of commands that only tell something. */
export const json: Specification.Option = Specification.flag(
  "json",
  ["--json"],
  "Print one JSON document instead of text, for programs (an extension)",
  { extension: true },
);

/** Elements, any number of them. */
export const elements: Specification.Argument = Specification.argument("elements", "elements", {
  value: anyPath,
  many: true,
});

/** Artifact names or elements, any number of them. */
export const artifacts: Specification.Argument = Specification.argument("artifacts", "artifacts", {
  value: anyPath,
  many: true,
});

/** What happens when no element is named, for the help pages of commands that have defaults. */
export const defaultTargets: readonly string[] = [
  "Without elements it takes the project's default targets, or every element of the project when there are none. Inside the directory of a workspace it takes the workspace's element.",
];

/** The meaning of the values of `--deps`, for help pages. */
export const depsLegend = `
    none:  The elements themselves
    run:   The elements and what they need at run time
    build: What they need to be built, without themselves
    all:   Everything`;
