/**
 * `go_module`: one Go module from its git repository, put into the `vendor` directory of the sources before it and entered in `modules.txt`.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError, raise } from "@millrace/core/error/BstError";
import { type Ref, refJson, type Settings } from "@millrace/core/source/kinds/GoModule";
import type { Directory, Entry } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as GoVendor from "../GoVendor.ts";
import * as CommitFetch from "../git/CommitFetch.ts";
import * as Git from "../git/Git.ts";
import * as GitMirror from "../git/GitMirror.ts";
import * as GitRef from "../git/GitRef.ts";
import * as GitTree from "../git/GitTree.ts";
import * as LineEnds from "../git/LineEnds.ts";
import * as Http from "../Http.ts";
import * as PreviousFile from "../PreviousFile.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function refOf(subject: Subject): Ref {
  return (
    settingsOf(subject).ref ??
    raise({
      domain: "SOURCE",
      reason: null,
      message: `The go_module source of ${subject.source.context.elementName} has no ref`,
    })
  );
}

function repositoryOf(subject: Subject): string {
  const { url } = settingsOf(subject);
  return `${UrlDirectory.path(subject.environment.locations.sourcedir, "go_module", url.replace(/\.git$/, ""))}.git`;
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "go_module",
  isCached: (subject) => GitMirror.has(repositoryOf(subject), GitRef.parse(refOf(subject).gitRef)),
  fetch: (subject) => {
    const { commit, tag, distance } = GitRef.parse(refOf(subject).gitRef);
    return fetchCommit(subject, { commit, tag, depth: (distance ?? 0) + 1 });
  },
  track: Effect.fnUntraced(function* (subject, previous): Effect.fn.Return<Json | undefined, BstError> {
    const { module, url } = settingsOf(subject);
    const goSum = yield* readText(previous ?? ".", "go.sum", subject);
    const version = GoVendor.versionIn(goSum, module);
    if (version === undefined) return yield* failure(subject, `go.sum does not name the module ${module}`);
    const subdirectory = yield* subdirectoryOf(subject, module);
    return yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) =>
      track(subject, candidate.url, version, subdirectory),
    ).pipe(
      Effect.flatMap((ref) =>
        settingsOf(subject).explicitCounts
          ? readText(previous ?? ".", "go.mod", subject).pipe(
              Effect.map((goMod) => refJson({ ...ref, explicit: goMod.includes(module) })),
            )
          : Effect.succeed(refJson(ref)),
      ),
    );
  }),
  stage: { type: "change", apply: (subject, directory) => stage(subject, directory) },
};

function failure(subject: Subject, message: string): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `${message} (go_module source of ${subject.source.context.elementName})`,
  });
}

function readText(directory: string, file: string, subject: Subject): Effect.Effect<string, BstError> {
  return PreviousFile.read(subject, directory, file, "List the source of the whole project before its modules.").pipe(
    Effect.map((bytes) => bytes.toString()),
  );
}

function fetchCommit(subject: Subject, wanted: GitMirror.Wanted): Effect.Effect<void, BstError> {
  return CommitFetch.fetch(subject, settingsOf(subject).url, repositoryOf(subject), wanted);
}

/** Milliseconds that the server of a module's name may take. */
const patience = 60_000;

/** Where in its repository a module is: on GitHub by its name, elsewhere as the module's server says. */
const subdirectoryOf = Effect.fnUntraced(function* (
  subject: Subject,
  module: string,
): Effect.fn.Return<string, BstError> {
  if (module.startsWith("github.com")) return module.split("/").slice(3).join("/");
  const page = yield* Effect.tryPromise({
    try: async (interrupted) => {
      const signal = AbortSignal.any([interrupted, AbortSignal.timeout(patience)]);
      return (await Http.send(`https://${module}?go-get=1`, { signal })).text();
    },
    catch: (cause) => failure(subject, `Cannot ask where ${module} is kept: ${(cause as Error).message}`),
  });
  const base = /<meta\s[^>]*name=["']go-import["'][^>]*content=["']([^\s"']+)\s/i.exec(page)?.[1];
  return base !== undefined && module.startsWith(base) ? module.slice(base.length).replace(/^\//, "") : "";
});

const track = Effect.fnUntraced(function* (
  subject: Subject,
  url: string,
  version: string,
  wholeSubdirectory: string,
): Effect.fn.Return<Ref, BstError> {
  const short = GoVendor.commitIn(version);
  if (short !== undefined) {
    const repository = repositoryOf(subject);
    yield* GitMirror.fetchAll(repository, url);
    const commit = (
      Git.read(repository, ["rev-parse", "--verify", "--end-of-options", `${short}^{commit}`]) ?? ""
    ).trim();
    if (commit === "") return yield* failure(subject, `${withoutSecrets(url)} has no commit ${short}`);
    return found(version, commit, wholeSubdirectory);
  }
  const release = GoVendor.release(version);
  if (release === undefined) return yield* failure(subject, `The version '${version}' of go.sum is not understood`);
  const subdirectory = wholeSubdirectory.endsWith(release.major)
    ? wholeSubdirectory.slice(0, -release.major.length).replace(/\/$/, "")
    : wholeSubdirectory;
  const tag = subdirectory === "" ? release.tag : `${subdirectory}/${release.tag}`;
  const refs = yield* GitMirror.remoteRefs(join(subject.environment.locations.sourcedir, "go_module"), url);
  const name = `refs/tags/${tag}`;
  const commit = refs.get(`${name}^{}`) ?? refs.get(name);
  if (commit === undefined) return yield* failure(subject, `${withoutSecrets(url)} has no tag '${tag}'`);
  return found(version, `${tag}-0-g${commit}`, subdirectory);
});

function found(goVersion: string, gitRef: string, subdirectory: string): Ref {
  return { goVersion, gitRef, explicit: undefined, subdirectory: subdirectory === "" ? undefined : subdirectory };
}

const stage = Effect.fnUntraced(function* (subject: Subject, directory: string): Effect.fn.Return<void, BstError> {
  const { module } = settingsOf(subject);
  const ref = refOf(subject);
  const { cas } = subject.environment;
  const repository = repositoryOf(subject);
  const listed = yield* LineEnds.list(
    repository,
    GitRef.parse(ref.gitRef).commit,
    subject.environment.locations.cachedir,
  );
  const whole = yield* GitTree.make(cas.store, repository, listed);
  const files = yield* attempt(() => moduleFiles(whole, ref));
  if (module.split("/").some((part) => part === "" || part === "." || part === ".."))
    return yield* failure(subject, `${JSON.stringify(module)} is no name of a module`);
  const vendored = join(directory, "vendor", module);
  yield* Effect.sync(() => mkdirSync(vendored, { recursive: true }));
  yield* cas.checkout(files, vendored, { force: true });
  // Where the ref says whether the module is required by name, go.mod is not asked.
  const goMod =
    typeof ref.explicit === "boolean"
      ? { explicit: new Set(ref.explicit ? [module] : []), replacements: new Map<string, never>() }
      : yield* readText(directory, "go.mod", subject).pipe(
          Effect.flatMap((text) => attempt(() => GoVendor.parse(text))),
        );
  // Modules below this one that are there already count as parts of it; what replaces another module is looked for under that one's name.
  const place = join(directory, "vendor", GoVendor.original(goMod, module, ref.goVersion).module);
  const entry = yield* attempt(() =>
    GoVendor.entry(goMod, module, ref.goVersion, outline(place), GoVendor.directive(textOf(place)), Tree.noReader),
  );
  yield* Effect.sync(() => appendFileSync(join(directory, "vendor", "modules.txt"), entry));
});

/** The names below a directory, without contents. */
function outline(path: string): Directory {
  const entries = new Map<string, Entry>();
  if (existsSync(path))
    for (const found of readdirSync(path, { withFileTypes: true }))
      entries.set(
        found.name,
        found.isDirectory() ? Tree.directory(outline(join(path, found.name))) : Tree.file({ hash: "", size: 0 }),
      );
  return { type: "tree", entries };
}

function textOf(directory: string): string | undefined {
  const path = join(directory, "go.mod");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The module's own directory: below `subdirectory`, and below that in the directory of its major version where there is one. */
function moduleFiles(whole: Directory, ref: Ref): Directory {
  const directory = Paths.openDirectory(whole, ref.subdirectory ?? "");
  const major = GoVendor.release(ref.goVersion)?.major;
  if (major === undefined || Number(major.slice(1)) < 2) return directory;
  const versioned = directory.entries.get(major);
  return versioned?.type === "directory" && versioned.tree.type === "tree" ? versioned.tree : directory;
}
