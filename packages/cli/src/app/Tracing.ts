/** Whether the environment asks for OpenTelemetry spans, and where they go: the standard variables, read without loading anything. */
import type { Environment } from "./Environment.ts";

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON rather than protobuf. */
  readonly json: boolean;
}

/** What the variables say: nothing, a target, or why there is none. */
export function target(environment: Environment): Target | string | undefined {
  const read = (name: string) =>
    environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || environment[`OTEL_EXPORTER_OTLP_${name}`] || undefined;
  const endpoint = read("ENDPOINT");
  if (endpoint === undefined || environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return undefined;
  const exporters = (environment["OTEL_TRACES_EXPORTER"] || "otlp").split(",").map((name) => name.trim());
  if (!exporters.includes("otlp")) return undefined;
  const own = environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  const url = own || `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  if (!URL.canParse(url)) return `OTEL_EXPORTER_OTLP_ENDPOINT is no url: ${endpoint}`;
  const protocol = read("PROTOCOL") ?? "http/protobuf";
  if (protocol !== "http/protobuf" && protocol !== "http/json")
    return `Spans are sent by http/protobuf or http/json, not by ${protocol}: no spans are sent`;
  return { url, headers: headers(read("HEADERS") ?? ""), json: protocol === "http/json" };
}

/** `name=value,name=value`, values as in urls. */
function headers(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=");
      return at <= 0 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
