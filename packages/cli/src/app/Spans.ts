/**
 * A session as OpenTelemetry spans: one for the session, below it one for each job, below that its parts.
 *
 * Folded from the same events that everything else shows, so that nothing else knows of tracing, and loaded only where the environment asks for it. The variables are the standard
 * ones; spans go over HTTP as protobuf or JSON. A collector that cannot be reached never makes a session fail.
 */
import type { Event } from "@millrace/core/event/Event";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as FetchHttpClient from "effect/http/FetchHttpClient";
import * as HttpTraceContext from "effect/http/HttpTraceContext";
import * as Layer from "effect/Layer";
import * as Option from "effect/Option";
import * as OtlpExporter from "effect/observability/OtlpExporter";
import * as OtlpSerialization from "effect/observability/OtlpSerialization";
import * as OtlpTracer from "effect/observability/OtlpTracer";
import type * as Scope from "effect/Scope";
import type * as Tracer from "effect/Tracer";
import type { Environment } from "./Environment.ts";
import type * as Tracing from "./Tracing.ts";

interface Running {
  readonly span: Tracer.Span;
  readonly parts: Tracer.Span[];
}

function nanoseconds(time: number): bigint {
  return BigInt(Math.round(time * 1000)) * 1000n;
}

/** Listens for as long as the scope lives, and hands over what is left when it ends. `now` is in milliseconds since the epoch. */
export const open = Effect.fnUntraced(function* (
  target: Tracing.Target,
  environment: Environment,
  now: () => number,
): Effect.fn.Return<(event: Event) => void, never, Scope.Scope> {
  const serialization = target.json ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf;
  const services = yield* Layer.build(Layer.mergeAll(serialization, FetchHttpClient.layer, OtlpExporter.layerFlusher));
  const tracer = yield* OtlpTracer.make({
    url: target.url,
    headers: target.headers,
    resource: environment["OTEL_SERVICE_NAME"] === undefined ? { serviceName: "bst" } : {},
  }).pipe(Effect.provideContext(services));
  const above = HttpTraceContext.w3c({ traceparent: environment["TRACEPARENT"] ?? "" } as never);
  return fold(tracer, Option.getOrUndefined(above), now);
});

function fold(tracer: Tracer.Tracer, above: Tracer.AnySpan | undefined, now: () => number): (event: Event) => void {
  const running = new Map<number, Running>();
  let session: Running | undefined;
  const begin = (name: string, parent: Tracer.AnySpan | undefined, attributes: Readonly<Record<string, unknown>>) => {
    const span = tracer.span({
      name,
      parent: Option.fromUndefinedOr(parent),
      annotations: Context.empty(),
      links: [],
      startTime: nanoseconds(now()),
      kind: "internal",
      root: parent === undefined,
      sampled: parent?.sampled ?? true,
    });
    for (const [key, value] of Object.entries(attributes)) span.attribute(key, value);
    return span;
  };
  const end = ({ span, parts }: Running, failure: string | undefined) => {
    for (const part of parts.splice(0).reverse()) part.end(nanoseconds(now()), Exit.void);
    span.end(nanoseconds(now()), failure === undefined ? Exit.void : Exit.fail(new Error(failure)));
  };
  const holder = (job: number | null) => (job === null ? session : running.get(job));
  return (event) => {
    switch (event.type) {
      case "session-start":
        session = { span: begin(`bst ${event.name.toLowerCase()}`, above, {}), parts: [] };
        break;
      case "graph":
        session?.span.attribute("bst.targets", event.targets);
        session?.span.attribute("bst.elements", event.elements.length);
        break;
      case "job-start": {
        const { job, action, element, attempt, log } = event;
        const span = begin(`${action} ${element.name}`, session?.span, {
          "bst.action": action,
          "bst.element": element.name,
          "bst.key": element.key ?? "",
          "bst.attempt": attempt,
          "bst.log": log,
        });
        running.set(job, { span, parts: [] });
        break;
      }
      case "phase-start": {
        const held = holder(event.job);
        held?.parts.push(begin(event.name, held.parts.at(-1) ?? held.span, {}));
        break;
      }
      case "phase-end": {
        const failed = event.outcome === "failure" ? Exit.fail(new Error(`${event.name} failed`)) : Exit.void;
        holder(event.job)?.parts.pop()?.end(nanoseconds(now()), failed);
        break;
      }
      case "job-end": {
        const held = running.get(event.job);
        if (held === undefined) break;
        const { outcome, error } = event;
        held.span.attribute("bst.outcome", outcome);
        if (error !== undefined)
          held.span.attribute("error.type", [error.domain, error.reason].filter((part) => part !== null).join(" "));
        end(held, outcome === "failure" ? (error?.message ?? "failed") : undefined);
        running.delete(event.job);
        break;
      }
      case "session-end":
        for (const held of running.values()) end(held, undefined);
        if (session !== undefined) end(session, event.failed ? "the session failed" : undefined);
        session = undefined;
        break;
      default:
        break;
    }
  };
}
