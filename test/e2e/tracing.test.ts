/** OpenTelemetry: a session's spans arrive at a collector, and a collector that is not there does no harm. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession } from "../support/session.ts";
import { ours, run } from "../support/tools.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  readonly status: { readonly code: number };
}

const session = openSession({
  "fails.bst": "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - exit 3\n",
});
const received: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received.push({ url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
});
let endpoint = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  session.close();
});

const bst = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  run(ours, ["--no-colors", "--no-interactive", "-c", session.configuration, ...args], session.project, environment);

const parent = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };

describe("OpenTelemetry", () => {
  it("gets a span for the session, its jobs and their parts", async () => {
    const outcome = await bst(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_HEADERS: "x-team=os%20builders",
        TRACEPARENT: `00-${parent.trace}-${parent.span}-01`,
      },
      "build",
      "fails.bst",
    );
    expect(outcome.status).toBe(255);
    expect(received[0]).toMatchObject({ url: "/v1/traces", headers: { "x-team": "os builders" } });
    const resources = received.flatMap(({ body }) => JSON.parse(body).resourceSpans);
    expect(JSON.stringify(resources[0].resource)).toContain('"stringValue":"bst"');
    const spans: Span[] = resources.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope: { spans: Span[] }) => scope.spans),
    );
    const root = spans.find(({ name }) => name === "bst build");
    expect(root).toMatchObject({ traceId: parent.trace, parentSpanId: parent.span, status: { code: 2 } });
    const job = spans.find(({ name }) => name === "build fails.bst") as Span;
    expect(job).toMatchObject({ traceId: parent.trace, parentSpanId: root?.spanId, status: { code: 2 } });
    expect(job.attributes.find(({ key }) => key === "error.type")?.value.stringValue).toBe("SANDBOX command-failed");
    expect(spans.filter(({ parentSpanId }) => parentSpanId === job.spanId).length).toBeGreaterThan(1);
    for (const span of spans)
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  });

  it("speaks protobuf unless told otherwise", async () => {
    received.length = 0;
    await bst({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/own` }, "build", "base.bst");
    expect(received[0]).toMatchObject({ url: "/own", headers: { "content-type": "application/x-protobuf" } });
  });

  it("is silent where it is switched off, and warns of a protocol that it does not speak", async () => {
    received.length = 0;
    await bst({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: "true" }, "build", "base.bst");
    await bst({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: "none" }, "build", "base.bst");
    const other = await bst(
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      "build",
      "base.bst",
    );
    expect(other).toMatchObject({ status: 0 });
    expect(other.stderr).toContain("not by grpc");
    expect(received).toEqual([]);
  });

  it("does no harm where nobody listens", async () => {
    const outcome = await bst({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }, "build", "base.bst");
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).not.toContain("127.0.0.1:9");
  });
});
