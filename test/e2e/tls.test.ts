/** Cache servers behind a real front: certificates and tokens that are right, and each way in which they may be wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Schema from "effect/Schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Documents from "../../packages/cli/src/json/Documents.ts";
import * as Buildbox from "../support/Buildbox.ts";
import * as Nginx from "../support/Nginx.ts";
import { openSession, type Session } from "../support/session.ts";
import { ours, run } from "../support/tools.ts";

const token = "a-token-that-nobody-may-see";

describe("a cache behind TLS", () => {
  let place: string;
  let certificates: Nginx.Certificates;
  let server: Buildbox.Casd;
  let front: Nginx.Nginx;
  let session: Session;
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "millrace-tls-"));
    certificates = Nginx.makeCertificates(place);
    writeFileSync(join(place, "token"), `${token}\n`);
    writeFileSync(join(place, "wrong-token"), "another-secret-of-ours\n");
    server = await Buildbox.start();
    front = await Nginx.start(certificates, server.port, token);
    session = openSession({});
    expect((await session.bst("build", "base.bst")).status).toBe(0);
  });
  afterAll(async () => {
    session?.close();
    await front?.stop();
    await server?.stop();
    rmSync(place, { recursive: true, force: true });
  });

  const remote = (url: string, more: Readonly<Record<string, string>> = {}) =>
    Object.entries({ url, "server-cert": certificates.authority, ...more })
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  const withClient = (name: string) => ({ "client-key": `${name}.key`, "client-cert": `${name}.crt` });
  const push = (spec: string) => session.bst("artifact", "push", "--artifact-remote", spec, "base.bst");
  /** Every text that a session left. */
  const logs = (directory: string): string =>
    readdirSync(directory, { recursive: true })
      .map((name) => join(directory, String(name)))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "utf8"))
      .join("");
  const secrets = () => [
    token,
    "another-secret-of-ours",
    ...["client", "expired", "stranger"].flatMap((name) =>
      readFileSync(join(place, `${name}.key`), "utf8")
        .split("\n")
        .filter((line) => line.length > 30 && !line.startsWith("-")),
    ),
  ];

  const good: readonly (readonly [string, () => string])[] = [
    ["its certificate", () => remote(front.open)],
    ["a client's certificate", () => remote(front.mutual, withClient(certificates.client))],
    ["a token", () => remote(front.token, { "access-token": join(place, "token") })],
  ];
  it.each(good)("serves who trusts %s", async (_, spec) => {
    const pushed = await push(spec());
    expect(pushed.status, pushed.stderr).toBe(0);
    const fresh = join(place, `fresh-${Math.random()}`);
    const conf = join(place, "fresh.conf");
    writeFileSync(conf, `cachedir: ${fresh}/cache\nsourcedir: ${fresh}/sources\nlogdir: ${fresh}/logs\n`);
    const words = ["--no-interactive", "-c", conf, "artifact", "pull", "--artifact-remote", spec(), "base.bst"];
    const pulled = await run(ours, words, session.project);
    expect(pulled.status, pulled.stderr).toBe(0);
    expect(pulled.stderr).toContain("processed 1");
  });

  const bad: readonly (readonly [string, () => string, RegExp])[] = [
    [
      "a server of an unknown authority",
      () => remote(front.open, { "server-cert": certificates.strangerAuthority }),
      /certificate/,
    ],
    ["a server whose certificate is over", () => remote(front.expired), /certificate has expired/],
    ["no certificate where one is asked for", () => remote(front.mutual), /INTERNAL|UNAUTHENTICATED|UNAVAILABLE/],
    [
      "a certificate of an unknown authority",
      () => remote(front.mutual, withClient(certificates.stranger)),
      /INTERNAL|UNAUTHENTICATED|UNAVAILABLE/,
    ],
    [
      "a certificate that is over",
      () => remote(front.mutual, withClient(certificates.expired)),
      /INTERNAL|UNAUTHENTICATED|UNAVAILABLE/,
    ],
    ["a wrong token", () => remote(front.token, { "access-token": join(place, "wrong-token") }), /UNAUTHENTICATED/],
    ["no token where one is asked for", () => remote(front.token), /UNAUTHENTICATED/],
    [
      "a token file that is another secret",
      () => remote(front.token, { "access-token": `${certificates.client}.key` }),
      /more than one word/,
    ],
    ["a token file that is not there", () => remote(front.token, { "access-token": join(place, "absent") }), /absent/],
    ["a file that is no certificate", () => remote(front.open, { "server-cert": join(place, "token") }), /certificate/],
  ];
  it.each(bad)("says once what is wrong with %s, and tells no secret", async (_, spec, expected) => {
    const outcome = await push(spec());
    expect(outcome.status).not.toBe(0);
    expect(outcome.stderr).toMatch(expected);
    const told = outcome.stderr.split("\n").filter((line) => /WARNING|Error/.test(line));
    expect(told.length, outcome.stderr).toBeLessThanOrEqual(2);
    for (const text of [outcome.stderr, outcome.stdout, logs(join(session.home, "logs"))])
      for (const secret of secrets()) expect(text).not.toContain(secret);
  });

  it("checks what a server asks for", async () => {
    const words = ["remote", "check", remote(front.token, { "access-token": join(place, "token") })];
    const report = await session.bst(...words);
    expect(report.status, report.stdout).toBe(0);
    expect(report.stdout).toContain("TLS");
    expect(report.stdout).not.toContain(token);
    const refused = await session.bst("remote", "check", "--json", remote(front.token));
    expect(refused.status).toBe(1);
    const told = Schema.decodeUnknownSync(Documents.remoteCheck)(JSON.parse(refused.stdout));
    expect(told).toMatchObject({ schema: "remote check", version: 1, usable: false, capabilities: null });
    expect(told.probes[0]?.problem).toContain("UNAUTHENTICATED");
    const accepted = await session.bst(...words.slice(0, 2), "--json", words[2] as string);
    const { capabilities, probes } = Schema.decodeUnknownSync(Documents.remoteCheck)(JSON.parse(accepted.stdout));
    expect(capabilities?.digestFunctions).toContain(1);
    expect(probes.filter(({ problem }) => problem !== null)).toEqual([]);
  });

  const confused: readonly (readonly [string, () => string, RegExp])[] = [
    ["a server without TLS", () => remote(server.url.replace("http:", "https:")), /write http:\/\//],
    ["a server with TLS", () => front.open.replace("https:", "http:"), /write https:\/\//],
    ["a server of an unknown authority", () => front.open, /server-cert/],
    ["no server", () => "http://127.0.0.1:1", /ECONNREFUSED/],
    ["no index", () => "url=http://127.0.0.1:1,type=index", /ECONNREFUSED/],
    ["no port", () => "http://user:a-password@localhost:1", /HOST:PORT/],
    ["half of a key pair", () => remote(front.open, { "client-key": `${certificates.client}.key` }), /client-cert/],
  ];
  it.each(confused)("says what to do about %s", async (_, spec, expected) => {
    const { status, stdout, stderr } = await session.bst("remote", "check", spec());
    expect(status).not.toBe(0);
    expect(stdout + stderr).toMatch(expected);
    expect(stdout + stderr).not.toMatch(/a-password|deps\/openssl|\n +at /);
  });

  it("takes no token without TLS", async () => {
    const spec = `url=${server.url},access-token=${join(place, "token")}`;
    const outcome = await push(spec);
    expect(outcome.status).not.toBe(0);
    expect(outcome.stderr).toContain("not encrypted");
    expect(outcome.stderr).not.toContain(token);
  });
});
