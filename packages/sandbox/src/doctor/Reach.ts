/** Whether servers answer: one question each, without retries. Nothing is written there. */
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import { attempt } from "../cas/Cas.ts";
import * as Assets from "../remote/Assets.ts";
import * as Channel from "../remote/Channel.ts";
import * as Endpoint from "../remote/Endpoint.ts";
import * as Storage from "../remote/Storage.ts";
import { type Finding, ok, problem } from "./Finding.ts";

/** Milliseconds in which a server must say something. */
const patience = 5000;

/** Asks a server; `directory` is what relative paths of its certificates start from. */
export const ask = Effect.fnUntraced(function* (
  name: string,
  spec: RemoteSpec,
  directory: string | undefined,
): Effect.fn.Return<Finding> {
  const started = performance.now();
  const answer = yield* Effect.result(Effect.scoped(trouble(spec, directory)));
  const wrong = Result.isFailure(answer) ? answer.failure : answer.success;
  if (wrong !== undefined) {
    const remedy = `Check the url, the network and the server; \`bst remote check ${spec.url}\` tries more.`;
    return problem(name, `${spec.url}: ${wrong}`, remedy);
  }
  return ok(name, `${spec.url} answered in ${Math.round(performance.now() - started)} ms`);
});

const trouble = Effect.fnUntraced(function* (spec: RemoteSpec, directory: string | undefined) {
  const usual = yield* attempt(() => Endpoint.make(spec, directory)).pipe(Effect.mapError(({ message }) => message));
  const endpoint = { ...usual, retries: 0, stall: Math.min(usual.stall, patience) };
  const channel = yield* Channel.open(endpoint).pipe(Effect.mapError(Channel.describe));
  if (spec.type === "index") return (yield* Assets.check(channel, spec.push))?.problem;
  const found = yield* Storage.open(channel).pipe(Effect.mapError(String));
  return "problem" in found ? found.problem : undefined;
});
