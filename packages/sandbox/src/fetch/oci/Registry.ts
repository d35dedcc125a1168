/**
 * The registry of container images (the OCI distribution protocol, version 2): manifests by tag or digest, and the blobs they name.
 *
 * A registry that wants a token says so when it first refuses; the token comes from the server it names, with the login of `.netrc` where there is one.
 * Manifests are known by the SHA-256 of their bytes, which is checked here, so that no server can give another image than the one asked for.
 */
import { createHash } from "node:crypto";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { withoutSecrets } from "../AliasUrls.ts";
import * as Download from "../Download.ts";
import * as Http from "../Http.ts";
import * as Netrc from "../Netrc.ts";
import type { Environment } from "../SourceDriver.ts";

export interface Registry {
  /** Scheme and host, perhaps a path. */
  readonly endpoint: string;
  readonly image: string;
  /** What the registry's token server gave last. */
  token: string | undefined;
}

/** Which of the images of an index is wanted. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
}

export interface Manifest {
  readonly bytes: Uint8Array;
  /** `sha256:` and hex. */
  readonly digest: string;
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly digest: string;
  readonly mediaType: string;
}

const accepted = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
];

/** Manifests are small; more than this is no manifest. */
const largestManifest = 16 << 20;
const patience = 60_000;
/** An index that leads to an index is possible, one that goes on is not. */
const deepest = 3;

/** The registry of an image. */
export function open(endpoint: string, image: string): Registry {
  return { endpoint: endpoint.replace(/\/+$/, ""), image: image.replace(/^\/+|\/+$/g, ""), token: undefined };
}

/** Whether a text is the digest of something: other methods than SHA-256 are not in use. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

function urlOf({ endpoint, image }: Registry, type: "manifests" | "blobs", reference: string): string {
  const path = image.split("/").map(encodeURIComponent).join("/");
  return `${endpoint}/v2/${path}/${type}/${encodeURIComponent(reference)}`;
}

/** The manifest of an image: an index is followed to the image for the platform. */
export const manifest = Effect.fnUntraced(function* (
  registry: Registry,
  reference: string,
  platform: Platform,
): Effect.fn.Return<Manifest, BstError> {
  let wanted = reference;
  for (let depth = 0; depth < deepest; depth++) {
    const { bytes, type, digest } = yield* request(registry, wanted);
    if (isDigest(wanted) && digest !== wanted)
      return yield* failure(registry, `the server gives a manifest with the digest ${digest}, asked for ${wanted}`);
    const content = yield* Effect.try({
      try: () => parse(bytes),
      catch: (cause) => failure(registry, `its manifest is no JSON object (${(cause as Error).message})`),
    });
    if (content["schemaVersion"] !== 2)
      return yield* failure(
        registry,
        `manifests of schema version ${content["schemaVersion"] ?? "unknown"} are not supported`,
      );
    if (!isIndex(content, type)) return { bytes, digest, layers: yield* layers(registry, bytes) };
    const next = choose(content, platform);
    if (next === undefined)
      return yield* failure(
        registry,
        `it has no image for the architecture ${platform.architecture} and ${platform.os}`,
      );
    wanted = next;
  }
  return yield* failure(registry, "its indices lead to indices");
});

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const content: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (typeof content === "object" && content !== null) return content as Record<string, unknown>;
  throw new Error("it is something else");
}

function isIndex(content: Readonly<Record<string, unknown>>, type: string): boolean {
  const media = typeof content["mediaType"] === "string" ? content["mediaType"] : type;
  if (/manifest\.list|image\.index/.test(media)) return true;
  return !/manifest/.test(media) && Array.isArray(content["manifests"]);
}

function choose(index: Readonly<Record<string, unknown>>, { architecture, os }: Platform): string | undefined {
  for (const entry of Array.isArray(index["manifests"]) ? index["manifests"] : []) {
    const { digest, platform } = entry as { digest?: unknown; platform?: { architecture?: unknown; os?: unknown } };
    if (platform?.architecture !== architecture || platform.os !== os) continue;
    if (typeof digest === "string" && isDigest(digest)) return digest;
  }
  return undefined;
}

/** The layers of a manifest's text, lowest first. Fails when it is none that can be used. */
export function layers(registry: Registry, bytes: Uint8Array): Effect.Effect<readonly Layer[], BstError> {
  return Effect.try({
    try: () => {
      const list = parse(bytes)["layers"];
      if (!Array.isArray(list)) throw new Error("it names no layers");
      return list.map((layer: { digest?: unknown; mediaType?: unknown }) => {
        const { digest, mediaType } = layer;
        if (typeof digest !== "string" || !isDigest(digest)) throw new Error(`${JSON.stringify(digest)} is no digest`);
        if (typeof mediaType !== "string" || !/(?:diff\.tar\.gzip|layer\.v1\.tar\+gzip)$/.test(mediaType))
          throw new Error(`layers of the type ${JSON.stringify(mediaType)} are not supported`);
        return { digest, mediaType };
      });
    },
    catch: (cause) => failure(registry, `its manifest cannot be used: ${(cause as Error).message}`),
  });
}

interface Answer {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly digest: string;
}

function request(registry: Registry, reference: string): Effect.Effect<Answer, BstError> {
  return Effect.tryPromise({
    try: async (signal) => {
      const url = urlOf(registry, "manifests", reference);
      const response = await send(registry, url, { Accept: accepted.join(",") }, signal);
      if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`.trim());
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of response.body ?? []) {
        size += part.length;
        if (size > largestManifest) throw new Error("its manifest is too large");
        parts.push(part);
      }
      const bytes = Buffer.concat(parts);
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const theirs = response.headers.get("docker-content-digest");
      if (theirs !== null && theirs !== digest)
        throw new Error(`the server says that the manifest's digest is ${theirs}, but it is ${digest}`);
      return { bytes, digest, type: response.headers.get("content-type") ?? "" };
    },
    catch: (cause) => failure(registry, reasonOf(cause as Error)),
  });
}

function reasonOf(cause: Error): string {
  return cause.cause instanceof Error && cause.cause.message !== "" ? cause.cause.message : cause.message;
}

function failure({ endpoint, image }: Registry, why: string): BstError {
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `Cannot get the image ${image} from ${withoutSecrets(endpoint)}: ${why}`,
    temporary: true,
  });
}

/** Asks with the token at hand; gets one when the registry wants it. */
async function send(
  registry: Registry,
  url: string,
  headers: Readonly<Record<string, string>>,
  interrupted: AbortSignal,
  method = "GET",
): Promise<Response> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(patience)]);
  const first = await Http.send(url, { method, headers: { ...headers, ...authorization(registry) }, signal });
  const challenge = first.headers.get("www-authenticate");
  if (first.status !== 401 || challenge === null) return first;
  await first.body?.cancel();
  registry.token = await tokenFor(challenge, signal);
  return Http.send(url, { method, headers: { ...headers, ...authorization(registry) }, signal });
}

function authorization({ token }: Registry): Readonly<Record<string, string>> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** Asks the server that a challenge names for a token. */
async function tokenFor(challenge: string, signal: AbortSignal): Promise<string> {
  const members = new Map<string, string>();
  for (const [, key, value] of challenge.matchAll(/([a-z]+)="([^"]*)"/gi)) members.set(key as string, value as string);
  const realm = members.get("realm");
  if (!/^bearer /i.test(challenge) || realm === undefined)
    throw new Error(`the server wants a kind of login that is not supported ('${challenge.split(" ")[0]}')`);
  const url = new URL(realm);
  for (const key of ["service", "scope"]) {
    const value = members.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const login = Netrc.find(Netrc.load(), url.hostname);
  const basic = login && Buffer.from(`${login.login}:${login.password}`).toString("base64");
  const response = await Http.send(url, {
    headers: basic === undefined ? {} : { Authorization: `Basic ${basic}` },
    signal,
  });
  if (!response.ok) throw new Error(`the token server answers ${response.status} ${response.statusText}`.trim());
  const { token, access_token: other } = (await response.json()) as { token?: unknown; access_token?: unknown };
  const found = token ?? other;
  if (typeof found !== "string") throw new Error("the token server gives no token");
  return found;
}

/** Downloads a blob into a directory; gives the file, whose hash is the digest's. */
export const blob = Effect.fnUntraced(function* (
  registry: Registry,
  digest: string,
  directory: string,
  report: Environment["report"],
): Effect.fn.Return<string, BstError> {
  const url = urlOf(registry, "blobs", digest);
  // A question without a body first: it is what brings the token.
  if (registry.token === undefined)
    yield* Effect.tryPromise({
      try: async (signal) => (await send(registry, url, {}, signal, "HEAD")).body?.cancel(),
      catch: (cause) => failure(registry, reasonOf(cause as Error)),
    });
  const got = yield* Download.toFile({
    url,
    directory,
    headers: authorization(registry),
    progress: (done, total) => report({ type: "bytes", done, total }),
  });
  if (got.type === "file" && `sha256:${got.sha256}` === digest) return got.file;
  return yield* failure(registry, `the blob ${digest} comes with another content`);
});
