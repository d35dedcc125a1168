/**
 * What a session asks of remote caches. Without any, which is the default, no pull or push queue exists.
 */
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Voice from "./Voice.ts";

export interface RemotesShape {
  /** Whether any project of the session can pull, push, push sources. */
  readonly pulls: boolean;
  readonly pushes: boolean;
  readonly pushesSources: boolean;
  readonly canPull: (element: Element) => boolean;
  readonly canPush: (element: Element) => boolean;
  readonly canPushSources: (element: Element) => boolean;
  /** Brings the artifact with one of these keys into the cache; false when no remote has it. */
  readonly pull: (element: Element, keys: readonly string[], voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
  /** Offers the artifact to every remote that takes it; false when they all had it. */
  readonly push: (element: Element, key: string, voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
  readonly pushSources: (element: Element, voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
}

const no = () => false;

export const none: RemotesShape = {
  pulls: false,
  pushes: false,
  pushesSources: false,
  canPull: no,
  canPush: no,
  canPushSources: no,
  pull: () => Effect.succeed(false),
  push: () => Effect.succeed(false),
  pushSources: () => Effect.succeed(false),
};

export const Remotes = Context.Reference<RemotesShape>("@millrace/sandbox/session/Remotes", {
  defaultValue: () => none,
});
