/** `docker`: the files of a container image, all its layers over each other. */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/Docker";
import * as RegistryUrl from "@millrace/core/source/kinds/RegistryUrl";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as Records from "../../cas/Records.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as Layers from "../oci/Layers.ts";
import * as Registry from "../oci/Registry.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as Unpack from "../Unpack.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

/** All images are kept together: manifests and layers are known by their digests. */
function directoryOf({ environment }: Subject): string {
  return join(environment.locations.sourcedir, "docker");
}

function manifestFile(subject: Subject, digest: string): string {
  return join(directoryOf(subject), `${digest}.manifest.json`);
}

function layerFile(subject: Subject, digest: string): string {
  return join(directoryOf(subject), `${digest}.tar.gz`);
}

/** The url as written (or the registry's), which aliases and mirrors are for. */
function urlOf(subject: Subject): string {
  const { url, registryUrl } = settingsOf(subject);
  return url ?? RegistryUrl.need(registryUrl, "docker", "registry-url", subject.source.context);
}

/** The registry at the place that the source's url leads to: the url of an image holds its name as the path. */
function registryAt(subject: Subject, place: string): Registry.Registry {
  const { url, image } = settingsOf(subject);
  if (url === undefined) return Registry.open(place, image ?? "");
  const match = /^([a-z]+:\/\/[^/?#]*)([^?#]*)/i.exec(place);
  return Registry.open(match?.[1] ?? place, match?.[2] ?? "");
}

function platformOf(subject: Subject): Registry.Platform {
  const { architecture, os } = settingsOf(subject);
  const machines: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };
  return {
    architecture: architecture ?? machines[process.arch] ?? process.arch,
    os: os ?? process.platform,
  };
}

function digestOf(subject: Subject): string {
  const digest = `sha256:${SourceRef.textRef(subject)}`;
  if (Registry.isDigest(digest)) return digest;
  throw new BstError({
    domain: "SOURCE",
    reason: null,
    message: `The ref of the docker source of ${subject.source.context.elementName} is no SHA-256 in hexadecimal digits`,
    hint: `Run \`bst source track ${subject.source.context.elementName}\`.`,
  });
}

/** The manifest at hand, if it is there and whole. */
function storedManifest(subject: Subject, digest: string): Uint8Array | undefined {
  const file = manifestFile(subject, digest);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return `sha256:${Sha256.hex(bytes)}` === digest ? bytes : undefined;
}

function layersAtHand(subject: Subject, manifest: Uint8Array): Effect.Effect<readonly Registry.Layer[], BstError> {
  return Registry.layers(registryAt(subject, urlOf(subject)), manifest);
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "docker",
  isCached: (subject) => {
    const manifest = storedManifest(subject, digestOf(subject));
    if (manifest === undefined) return false;
    const found = Effect.runSync(Effect.result(layersAtHand(subject, manifest)));
    return found._tag === "Success" && found.success.every(({ digest }) => existsSync(layerFile(subject, digest)));
  },
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { track: tag } = settingsOf(subject);
    if (tag === undefined) return undefined;
    const url = urlOf(subject);
    const { digest } = yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) => {
      const registry = registryAt(subject, candidate.url);
      return Timed.activity(
        subject.environment,
        `Fetching image manifest for image: '${registry.image}:${tag}' from: ${withoutSecrets(registry.endpoint)}`,
        Registry.manifest(registry, tag, platformOf(subject)),
      );
    });
    return digest.slice("sha256:".length);
  }),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const digest = yield* attempt(() => digestOf(subject));
    const url = urlOf(subject);
    yield* tryEach(subject, url, SourceRef.translate(subject, url), "fetch", (candidate) => {
      const registry = registryAt(subject, candidate.url);
      return Timed.activity(
        subject.environment,
        `Fetching image ${registry.image}:${settingsOf(subject).track} with digest ${digest}`,
        fetchFrom(subject, registry, digest),
      );
    });
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject: Subject) {
      const digest = yield* attempt(() => digestOf(subject));
      const manifest = storedManifest(subject, digest);
      if (manifest === undefined) return yield* missing(subject, `the manifest ${digest}`);
      const layers: Layers.Layer[] = [];
      for (const { digest: layer } of yield* layersAtHand(subject, manifest)) {
        const file = layerFile(subject, layer);
        if (!existsSync(file)) return yield* missing(subject, `the layer ${layer}`);
        layers.push({ name: layer, members: yield* Unpack.tar(subject.environment.cas.store, file, layer) });
      }
      return yield* attempt(() => Layers.merge(layers));
    }),
  },
};

const fetchFrom = Effect.fnUntraced(function* (
  subject: Subject,
  registry: Registry.Registry,
  digest: string,
): Effect.fn.Return<void, BstError> {
  const directory = directoryOf(subject);
  yield* UrlDirectory.make(directory);
  const stored = storedManifest(subject, digest);
  const { bytes, layers } =
    stored === undefined
      ? yield* Registry.manifest(registry, digest, platformOf(subject))
      : { bytes: stored, layers: yield* Registry.layers(registry, stored) };
  if (stored === undefined && `sha256:${Sha256.hex(bytes)}` !== digest)
    return yield* new BstError({
      domain: "SOURCE",
      reason: null,
      message: `The ref of the docker source of ${subject.source.context.elementName} names an index of images, not one image`,
      hint: `Run \`bst source track ${subject.source.context.elementName}\`, which chooses the image for the platform.`,
    });
  for (const layer of layers) {
    const to = layerFile(subject, layer.digest);
    if (existsSync(to)) continue;
    const file = yield* Registry.blob(registry, layer.digest, directory, subject.environment.report);
    yield* Effect.sync(() => renameSync(file, to));
  }
  // Last, so that a manifest that is there has its layers with it.
  yield* attempt(() => Records.write(manifestFile(subject, digest), bytes));
});

function missing(subject: Subject, what: string): BstError {
  const { elementName } = subject.source.context;
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `The docker source of ${elementName} lacks ${what}`,
    hint: `Run \`bst source fetch ${elementName}\`.`,
  });
}
