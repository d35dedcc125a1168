/** One tool on its own machine with its own servers, going through a scenario; what it did is kept, step by step. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as Buildbox from "../../support/Buildbox.ts";
import { ours, run, type Tool, writeConfiguration } from "../../support/tools.ts";
import { describeTree } from "../example.ts";
import type { Oracle, Said } from "../Oracle.ts";
import * as Facts from "./Facts.ts";

/** What is configured for a home; each is a list of servers in flow style, or a whole section. */
export interface Settings {
  readonly artifacts?: string;
  readonly sources?: string;
  /** More of the user configuration. */
  readonly more?: string;
}

export class Trial {
  readonly records: unknown[] = [];
  /** Whether keys are left out, as where they are made of the paths of workspaces. */
  hidesKeys = false;
  readonly #tool: Tool;
  readonly #place: string;
  readonly #oracle: Oracle;
  readonly #servers = new Map<string, Buildbox.Casd>();
  /** Names of servers by their ports, also of those that are gone. */
  readonly #names = new Map<number, string>();

  constructor(tool: Tool, place: string, oracle: Oracle) {
    this.#tool = tool;
    this.#place = place;
    this.#oracle = oracle;
    mkdirSync(join(place, "project"), { recursive: true });
  }

  /** A path below the trial's place. */
  path(...parts: readonly string[]): string {
    return join(this.#place, ...parts);
  }

  /** Writes files of the project; paths may lead out of it. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const full = this.path("project", path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    }
  }

  /** Writes a file that sources may name by its url; returns its SHA-256. */
  archive(name: string, bytes: Buffer | string): string {
    mkdirSync(this.path("upstream"), { recursive: true });
    writeFileSync(this.path("upstream", name), bytes);
    return createHash("sha256").update(bytes).digest("hex");
  }

  /** Starts a server, or gives the one of this name. */
  async server(name: string, options: Buildbox.Options = {}): Promise<Buildbox.Casd> {
    const known = this.#servers.get(name) ?? (await Buildbox.start({ ...options, store: this.path(`server-${name}`) }));
    this.#servers.set(name, known);
    this.#names.set(known.port, name);
    return known;
  }

  /** A remote of the configuration in flow style. */
  async remote(name: string, more = ""): Promise<string> {
    const { url } = await this.server(name);
    return `{ url: "${url}"${more === "" ? "" : `, ${more}`} }`;
  }

  async stop(name: string): Promise<void> {
    await this.#servers.get(name)?.stop();
    this.#servers.delete(name);
  }

  /** What a server stores: hashes of its objects that are not logs or records of artifacts, which no two builds share. */
  stored(name: string): readonly string[] {
    const objects = this.path(`server-${name}`, "cas/objects");
    if (!existsSync(objects)) return [];
    return readdirSync(objects)
      .flatMap((shelf) => readdirSync(join(objects, shelf)).map((rest) => join(shelf, rest)))
      .filter((path) => {
        const bytes = readFileSync(join(objects, path));
        const log = /^(BuildStream|Millrace|\[)/.test(bytes.toString("latin1", 0, 100)) || bytes.includes("] START ");
        return !log && !(bytes[0] === 8 && bytes[1] === 2);
      })
      .map((path) => path.replace("/", ""))
      .sort();
  }

  /** Takes blobs whose content is chosen off a store: `server-NAME`, or `HOME/cache`. Returns how many. */
  lose(store: string, chosen: (bytes: Buffer) => boolean): number {
    const objects = this.path(store, "cas/objects");
    let lost = 0;
    for (const shelf of readdirSync(objects))
      for (const rest of readdirSync(join(objects, shelf))) {
        const path = join(objects, shelf, rest);
        if (!chosen(readFileSync(path))) continue;
        rmSync(path);
        lost++;
      }
    return lost;
  }

  /** Replaces a home by a copy of another. */
  copyHome(from: string, to: string): void {
    rmSync(this.path(to), { recursive: true, force: true });
    cpSync(this.path(from), this.path(to), { recursive: true, verbatimSymlinks: true });
  }

  forget(...parts: readonly string[]): void {
    rmSync(this.path(...parts), { recursive: true, force: true });
  }

  readonly #plain = (text: string): string => {
    let plain = text.replaceAll(this.#place, "PLACE");
    for (const [port, name] of this.#names) plain = plain.replaceAll(`127.0.0.1:${port}`, name);
    if (this.hidesKeys) plain = plain.replace(/\b[0-9a-f]{8}\b/g, "KEY");
    return plain.replace(/\d{8}-\d{6}/g, "TIME").replace(/\d\d:\d\d:\d\d/g, "CLOCK");
  };

  async #ask(configuration: string, directory: string, words: readonly string[]): Promise<Said> {
    const args = ["--no-colors", "--no-interactive", "-c", configuration, ...words];
    if (this.#tool.name === "oracle") return this.#oracle.tell(directory, args);
    const errors = this.path("error.json");
    rmSync(errors, { force: true });
    const said = await run(ours, args, directory, { BST_ERROR_FILE: errors });
    return { ...said, error: existsSync(errors) ? JSON.parse(readFileSync(errors, "utf8")) : null };
  }

  /** Runs a command, written with single spaces, on a home with settings, and keeps what it did. */
  async bst(home: string, settings: Settings, command: string): Promise<Facts.Facts & { readonly said: Said }> {
    const section = (name: string, servers: string | undefined) =>
      servers === undefined ? "" : `${name}:\n  servers: [${servers}]\n`;
    const text = `${section("artifacts", settings.artifacts)}${section("source-caches", settings.sources)}${settings.more ?? ""}`;
    const configuration = writeConfiguration(this.path(home), text);
    const said = await this.#ask(configuration, this.path("project"), command.split(" "));
    const facts = Facts.facts(command, said, this.#plain);
    this.records.push(facts);
    if (process.env["SAY"] !== undefined) console.log(`--- ${this.#tool.name} ${command}\n${said.stderr}`);
    return { ...facts, said };
  }

  /** Runs a command in which the two are known to differ, for a reason that `docs/differences.md` has. */
  async apart(home: string, settings: Settings, command: string): Promise<void> {
    await this.bst(home, settings, command);
    this.records.pop();
  }

  /** Keeps names, keys, states and digests of elements. */
  async states(home: string, settings: Settings, ...targets: readonly string[]): Promise<void> {
    await this.bst(
      home,
      settings,
      `show --deps all --format %{name}|%{key}|%{state}|%{artifact-cas-digest} ${targets.join(" ")}`,
    );
  }

  /** Keeps what a directory holds. */
  tree(what: string, directory: string): void {
    this.note(what, existsSync(directory) ? describeTree(directory) : "nothing");
  }

  /** Keeps what else must agree. */
  note(what: string, value: unknown): void {
    this.records.push({ what, value });
  }

  async end(): Promise<void> {
    for (const server of this.#servers.values()) await server.stop();
  }
}
