/** Downloads by ftp: whose login is sent. */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest";
import * as Curl from "@millrace/sandbox/fetch/Curl";
import * as Effect from "effect/Effect";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
const home = process.env["HOME"];
let server: Server;
let address: string;
let logins: string[] = [];

/** A server with one file for one user. */
beforeAll(async () => {
  server = createServer((control) => {
    let user = "";
    let data: Server | undefined;
    const say = (text: string) => void control.write(`${text}\r\n`);
    say("220 ready");
    control.on("close", () => data?.close());
    control.on("data", (bytes) => {
      for (const line of bytes.toString().trim().split("\r\n")) {
        const [verb, word = ""] = line.split(" ");
        if (verb === "USER") {
          user = word;
          say("331 password?");
        } else if (verb === "PASS") {
          logins.push(`${user}:${word}`);
          say(word === "secret" ? "230 in" : "530 no");
        } else if (verb === "PWD") say('257 "/"');
        else if (verb === "TYPE") say("200 ok");
        else if (verb === "SIZE") say("213 5");
        else if (verb === "EPSV") {
          data = createServer((socket) => {
            socket.end("hello");
            socket.on("close", () => say("226 done"));
          }).listen(0, "127.0.0.1", () => say(`229 here (|||${((data as Server).address() as AddressInfo).port}|)`));
        } else if (verb === "RETR") say("150 coming");
        else if (verb === "QUIT") control.end("221 bye\r\n");
        else say("502 what?");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(scratch.directory, ".netrc"), "machine 127.0.0.1 login somebody password secret\n");
  process.env["HOME"] = scratch.directory;
});

afterAll(async () => {
  process.env["HOME"] = home;
  await new Promise((resolve) => server.close(resolve));
  scratch.remove();
});

describe("curl", () => {
  it.live("logs in with what .netrc says of the host", () =>
    Effect.gen(function* () {
      logins = [];
      const file = join(scratch.directory, "one");
      yield* Curl.download(`ftp://${address}/file`, file);
      assert.deepStrictEqual(logins, ["somebody:secret"]);
      assert.strictEqual(readFileSync(file, "utf8"), "hello");
    }),
  );

  it.live("takes no password from .netrc where the url names a user, and tells nobody the url's own", () =>
    Effect.gen(function* () {
      logins = [];
      const error = yield* Effect.flip(Curl.download(`ftp://other@${address}/file`, join(scratch.directory, "two")));
      assert.deepStrictEqual(logins, ["other:"]);
      assert.strictEqual(error.domain, "SOURCE");
      const refused = yield* Effect.flip(
        Curl.download(`ftp://other:wrong@${address}/file`, join(scratch.directory, "three")),
      );
      assert.notInclude(JSON.stringify([refused.message, refused.detail, refused.hint]), "wrong");
    }),
  );
});
