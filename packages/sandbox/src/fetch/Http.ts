/**
 * Requests over http, through the proxies that the environment names (`http_proxy`, `https_proxy`, `no_proxy`, in lower or upper case), and no more than a few
 * at a time to one host, so that a mirror of a distribution is not asked for fifty archives at once.
 *
 * The platform's own client knows no proxies; where one is named, undici's does the work, which is loaded for it only.
 */
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import type { RequestInfo, RequestInit as Undici } from "undici";

/** Transfers from one host at the same time, in this process. */
const mostPerHost = 8;

const hosts = new Map<string, { readonly permits: Semaphore.Semaphore; users: number }>();

/** Whether the environment names a proxy. */
function hasProxy(environment: Readonly<Record<string, string | undefined>>): boolean {
  return ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].some((name) => (environment[name] ?? "") !== "");
}

let proxied: Promise<typeof fetch> | undefined;

async function throughProxies(): Promise<typeof fetch> {
  const undici = await import("undici");
  const dispatcher = new undici.EnvHttpProxyAgent();
  const send = (url: unknown, init: unknown) => undici.fetch(url as RequestInfo, { ...(init as Undici), dispatcher });
  // The same interface, declared twice.
  return send as unknown as typeof fetch;
}

/** Sends a request as the global `fetch` does. */
export async function send(url: URL | string, init: RequestInit): Promise<Response> {
  if (!hasProxy(process.env)) return fetch(url, init);
  proxied ??= throughProxies();
  return (await proxied)(url, init);
}

/** Waits until few enough transfers from the host of a url are under way. */
export function limited<A, E, R>(url: string, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
  return Effect.suspend(() => {
    const { host } = new URL(url);
    const entry = hosts.get(host) ?? { permits: Semaphore.makeUnsafe(mostPerHost), users: 0 };
    hosts.set(host, entry);
    entry.users++;
    return entry.permits
      .withPermits(1)(work)
      .pipe(
        Effect.ensuring(
          Effect.sync(() => {
            if (--entry.users === 0) hosts.delete(host);
          }),
        ),
      );
  });
}
