/** The index of a remote: which content the names of artifacts and sources stand for (Remote Asset API). */
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import * as Channel from "./Channel.ts";
import * as Messages from "./Messages.ts";
import type * as Trials from "./Trials.ts";

const service = "/build.bazel.remote.asset.v1";
const methods = {
  FetchBlob: `${service}.Fetch/FetchBlob`,
  FetchDirectory: `${service}.Fetch/FetchDirectory`,
  PushBlob: `${service}.Push/PushBlob`,
  PushDirectory: `${service}.Push/PushDirectory`,
} as const;

/** The names of artifacts and sources begin with this. */
const prefix = "urn:fdc:buildstream.build:2020";

/** The name of an artifact: `PROJECT/ELEMENT/KEY`. */
export const artifactUri = (name: string): string => `${prefix}:artifact:${name}`;

/** The name of a source, `KIND/KEY`, or of all sources of an element, `KEY`. */
export const sourceUri = (name: string): string => `${prefix}:source:${name}`;

/** A call to an index that failed, as the error that ends a job. */
function failure({ endpoint }: Channel.Channel, method: string, cause: Channel.CallFailed): BstError {
  return new BstError({
    domain: "SANDBOX",
    reason: null,
    message: `${method} failed at ${endpoint.url}: ${Channel.describe(cause)}`,
    hint:
      cause.code === Channel.code.unimplemented && method.endsWith("Directory")
        ? "The index of this server has no directories: it serves artifacts, and whole elements' sources, but no single source."
        : undefined,
    temporary: Channel.isTransient(cause),
  });
}

/** What a name stands for; undefined when the index does not know it. The first of several names that is known decides. */
export const fetch = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  method: "FetchBlob" | "FetchDirectory",
  uris: readonly string[],
): Effect.fn.Return<Digest | undefined, BstError> {
  const request = Messages.fetchRequest(channel.endpoint.instance, uris);
  const answer = yield* Channel.understood(
    channel.retrying(channel.unary(methods[method], request)),
    Messages.fetchResponse,
  ).pipe(
    Effect.catch((cause) =>
      cause.code === Channel.code.notFound ? Effect.succeed(undefined) : Effect.fail(failure(channel, method, cause)),
    ),
  );
  if (answer === undefined) return undefined;
  const { status, digest } = answer;
  if (status.code === Channel.code.notFound) return undefined;
  if (status.code !== 0) return yield* failure(channel, method, new Channel.CallFailed(status));
  return digest;
});

/** Records what names stand for. All of it must be in the storage already. */
export function push(
  channel: Channel.Channel,
  method: "PushBlob" | "PushDirectory",
  association: Messages.Association,
): Effect.Effect<void, BstError> {
  const request = Messages.pushRequest(channel.endpoint.instance, association);
  return channel.retrying(channel.unary(methods[method], request)).pipe(
    Effect.mapError((cause) => failure(channel, method, cause)),
    Effect.asVoid,
  );
}

/** Asks without naming anything, which a working index refuses as it should; gives how this one fails otherwise. */
export const probe = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  method: "FetchBlob" | "PushBlob",
): Effect.fn.Return<Channel.CallFailed | undefined> {
  const { instance } = channel.endpoint;
  const none = { uris: [], digest: undefined, blobs: [], directories: [] };
  const request = method === "FetchBlob" ? Messages.fetchRequest(instance, []) : Messages.pushRequest(instance, none);
  const answer = yield* Effect.result(channel.unary(methods[method], request));
  const { invalidArgument } = Channel.code;
  return answer._tag === "Success" || answer.failure.code === invalidArgument ? undefined : answer.failure;
});

/** What is wrong with an index, for the use that is made of it. */
export const check = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  pushes: boolean,
): Effect.fn.Return<Trials.Unusable | undefined> {
  for (const method of pushes ? (["FetchBlob", "PushBlob"] as const) : (["FetchBlob"] as const)) {
    const failed = yield* probe(channel, method);
    if (failed === undefined) continue;
    if (failed.code !== Channel.code.unimplemented) return Channel.unusable(failed);
    const problem = `the server has no asset index (${method} is not implemented); give it \`type: storage\``;
    return { problem, isStatus: false, temporary: false, passing: false };
  }
  return undefined;
});
