/**
 * A small world of package registries on the loopback: one HTTP server with files and handlers, archives whose bytes never change, and git repositories
 * whose commits have the same names wherever they are made. Golden data about it, written by the original, therefore holds forever.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface World {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** A directory for repositories. */
  readonly directory: string;
  /** What the server has, by path; anything else is not found. */
  readonly files: Map<string, string | Buffer | Handler>;
  /** Methods and paths asked for, in order. */
  readonly requests: string[];
  /** Answers what is neither a file nor below `/git/`, instead of a failure. */
  otherwise?: Handler;
  readonly close: () => Promise<void>;
}

/** Opens a world with nothing in it. */
export async function open(): Promise<World> {
  const files: World["files"] = new Map();
  const requests: string[] = [];
  const directory = mkdtempSync(join(tmpdir(), "millrace-world-"));
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "").split("?")[0] as string);
    requests.push(`${request.method} ${request.url}`);
    const found = files.get(path);
    if (typeof found === "function") return found(request, response);
    if (found === undefined && path.startsWith("/git/"))
      return serveGit(directory, request, response, decodeURIComponent(path.slice("/git".length)));
    if (found === undefined && world.otherwise !== undefined) return world.otherwise(request, response);
    if (found === undefined) {
      const file = join(directory, path);
      try {
        return void response.end(readFileSync(file));
      } catch {
        response.statusCode = 404;
        return void response.end("nothing here");
      }
    }
    response.end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const world: World = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    directory,
    files,
    requests,
    close: () =>
      new Promise((resolve) => {
        rmSync(directory, { recursive: true, force: true });
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return world;
}

/** Repositories below a directory come from git's own server program, by its rules for the web's servers. `path` begins at the directory. */
export function serveGit(directory: string, request: IncomingMessage, response: ServerResponse, path: string): void {
  const query = (request.url ?? "").split("?")[1] ?? "";
  const child = spawn("git", ["-c", "uploadpack.allowAnySHA1InWant=true", "-c", "safe.directory=*", "http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const parts: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => parts.push(bytes));
  child.on("close", () => {
    const answer = Buffer.concat(parts);
    const end = answer.indexOf("\r\n\r\n");
    for (const line of answer.subarray(0, Math.max(0, end)).toString().split("\r\n")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      const text = line.slice(colon + 1).trim();
      if (name === "Status") response.statusCode = Number.parseInt(text, 10);
      else if (colon > 0) response.setHeader(name, text);
    }
    response.end(answer.subarray(end + 4));
  });
}

/** A member of an archive or a repository: text, or what else it is. */
export type Member =
  | string
  | { readonly text: string; readonly executable: true }
  | { readonly link: string }
  | { readonly hardlink: string }
  | { readonly directory: true }
  | { readonly device: true };

export type Members = Readonly<Record<string, Member>>;

/** A tarball (ustar) in gzip's form, stored and not compressed, so that its bytes depend on no library. */
export function tarball(members: Members): Buffer {
  return gzip(tar(members));
}

export function tar(members: Members): Buffer {
  const parts: Buffer[] = [];
  for (const [name, member] of Object.entries(members)) {
    const content = Buffer.from(typeof member === "string" ? member : "text" in member ? member.text : "");
    const header = Buffer.alloc(512);
    const type =
      typeof member === "string" || "text" in member
        ? "0"
        : "link" in member
          ? "2"
          : "hardlink" in member
            ? "1"
            : "directory" in member
              ? "5"
              : "3";
    const executable = type === "5" || (typeof member !== "string" && "text" in member);
    const link =
      typeof member === "string" ? "" : "link" in member ? member.link : "hardlink" in member ? member.hardlink : "";
    header.write(name, 0);
    header.write(executable ? "0000755\0" : "0000644\0", 100);
    header.write("0000000\0".repeat(2), 108);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("07346545000\0", 136);
    header.write(" ".repeat(8), 148);
    header.write(type, 156);
    header.write(link, 157);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

export function gzip(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [Buffer.from("1f8b08000000000000ff", "hex")];
  for (let at = 0; at === 0 || at < bytes.length; at += 0xffff) {
    const piece = bytes.subarray(at, at + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = at + 0xffff >= bytes.length ? 1 : 0;
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(~piece.length & 0xffff, 3);
    parts.push(head, piece);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, tail]);
}

/** A zip archive of stored files; names that end in a slash are directories. */
export function zip(members: Readonly<Record<string, string>>): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(members)) {
    const content = Buffer.from(text);
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0);
    fixed.writeUInt32LE(0x00210000, 6);
    fixed.writeUInt32LE(crc32(content), 10);
    fixed.writeUInt32LE(content.length, 14);
    fixed.writeUInt32LE(content.length, 18);
    fixed.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), fixed, Buffer.from(name), content]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from("504b01021400", "hex"), fixed, rest, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}

/** Hex SHA-256. */
export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Writes members as files. */
export function write(directory: string, members: Members): void {
  for (const [name, member] of Object.entries(members)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof member === "string") writeFileSync(path, member);
    else if ("text" in member) {
      writeFileSync(path, member.text);
      chmodSync(path, 0o755);
    } else if ("link" in member) symlinkSync(member.link, path);
    else mkdirSync(path, { recursive: true });
  }
}

/** Runs git with nobody's configuration, at a fixed time. */
export function git(directory: string, ...parameters: readonly string[]): string {
  return execFileSync("git", ["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", ...parameters], {
    cwd: directory,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: directory,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "A",
      GIT_AUTHOR_EMAIL: "a@example.org",
      GIT_COMMITTER_NAME: "A",
      GIT_COMMITTER_EMAIL: "a@example.org",
      GIT_AUTHOR_DATE: "@1000000000 +0000",
      GIT_COMMITTER_DATE: "@1000000000 +0000",
    },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Makes a repository with one commit for each set of files, each with the tags named after it; gives the last commit. */
export function repository(world: World, name: string, commits: readonly (readonly [Members, ...string[]])[]): string {
  const path = join(world.directory, name);
  mkdirSync(path, { recursive: true });
  git(path, "init", "-q");
  for (const [at, [members, ...tags]] of commits.entries()) {
    for (const entry of readdirSync(path)) if (entry !== ".git") rmSync(join(path, entry), { recursive: true });
    write(path, members);
    git(path, "add", "-A");
    git(path, "commit", "-q", "-m", `commit ${at}`);
    for (const tag of tags) git(path, "tag", "-m", tag, tag);
  }
  return git(path, "rev-parse", "HEAD");
}
