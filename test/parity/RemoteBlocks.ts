/**
 * The blocks of configuration that name servers, valid ones with one or two mistakes in them: a user configuration and a project.conf, and a command that reads them.
 *
 * No server listens where they point to, so that a build that gets past its configuration goes on without them.
 */
import { stringify } from "yaml";
import type { Choices } from "./Choices.ts";

export interface Blocks {
  /** What of the user configuration is added to its directories. */
  readonly user: string;
  readonly projectConf: string;
  readonly args: readonly string[];
}

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
type Table = { [key: string]: Value };

/** Nothing listens there. */
const nowhere = "http://127.0.0.1:1";

/** Connections are not retried: each is refused at once. */
const connection: Table = { "keepalive-time": 30, "retry-limit": 0, "retry-delay": 100, "request-timeout": 5 };

const server = (choices: Choices): Table => {
  const made: Table = { url: nowhere };
  if (choices.below(2) === 1) made["push"] = choices.below(2) === 1;
  if (choices.below(2) === 1) made["type"] = choices.one(["all", "index", "storage"]);
  if (choices.below(3) === 1) made["instance-name"] = "main";
  if (choices.below(2) === 1) made["connection-config"] = { ...connection };
  if (choices.below(3) === 1) {
    made["url"] = "https://127.0.0.1:1";
    made["auth"] = { "server-cert": "server.crt", "client-key": "client.key", "client-cert": "client.crt" };
    if (choices.below(2) === 1) made["auth"]["access-token"] = "token";
    if (choices.below(2) === 1) made["auth"]["access-token-reload-interval"] = 60;
  }
  return made;
};

const servers = (choices: Choices): Value => Array.from({ length: 1 + choices.below(2) }, () => server(choices));

const cache = (choices: Choices): Table => {
  const made: Table = { servers: servers(choices) };
  if (choices.below(3) === 1) made["override-project-caches"] = choices.below(2) === 1;
  return made;
};

const service = (choices: Choices): Table => {
  const { push: _, type: __, ...made } = server(choices);
  return made;
};

const execution = (choices: Choices): Table => {
  const made: Table = { "execution-service": service(choices), "storage-service": service(choices) };
  if (choices.below(2) === 1) made["action-cache-service"] = { ...service(choices), push: choices.below(2) === 1 };
  return made;
};

/** A place where a value stands, to be replaced. */
interface Spot {
  readonly holder: Table | Value[];
  readonly key: string;
}

function spots(value: Value, below: Spot[] = []): Spot[] {
  if (value === null || typeof value !== "object") return below;
  for (const [key, one] of Object.entries(value)) {
    below.push({ holder: value, key });
    spots(one, below);
  }
  return below;
}

const strange: readonly Value[] = [
  "",
  "word",
  "true",
  "Yes",
  0,
  -1,
  1.5,
  "12abc",
  true,
  {},
  [],
  { key: "value" },
  ["item"],
  null,
  "%{project-name}",
  "index",
  "ALL",
  "https://127.0.0.1:1",
  "127.0.0.1:1",
  "nonsense://x",
];

function spoil(choices: Choices, block: Table): void {
  const found = spots(block);
  if (found.length === 0) return;
  const spot = choices.one(found);
  const { key } = spot;
  const holder = spot.holder as Table;
  switch (choices.below(5)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 1: {
      if (Array.isArray(holder)) return void holder.push("more");
      const value = holder[key] as Value;
      delete holder[key];
      holder[choices.one([`${key}s`, key.toUpperCase(), key.replace(/-/g, "_"), "nonsense"])] = value;
      return;
    }
    case 2:
      if (Array.isArray(holder)) holder.push({ unknown: "value" });
      else holder[choices.one(["unknown", "push", "type", "url", "instance-name", "auth"])] = choices.one(strange);
      return;
    default:
      holder[key] = choices.one(strange);
  }
}

const commands = [
  ["show", "--format", "%{name} %{state}", "target.bst"],
  ["build", "target.bst"],
  ["artifact", "pull", "target.bst"],
  ["source", "fetch", "target.bst"],
  ["artifact", "push", "target.bst"],
] as const;

/** Blocks with mistakes in them, or with none. */
export function randomBlocks(choices: Choices): Blocks {
  const user: Table = {};
  const project: Table = { name: "remotes", "min-version": "2.0", "element-path": "elements" };
  const chosen = choices.below(8);
  // The oracle's builds want the execution service even where nothing is executed.
  const args = choices.one(chosen === 2 || chosen === 4 || chosen === 7 ? commands.slice(0, 1) : commands);
  const [table, key, block]: readonly [Table, string, Value] = ((): readonly [Table, string, Value] => {
    switch (chosen) {
      case 0:
        return [user, "artifacts", cache(choices)];
      case 1:
        return [user, "source-caches", cache(choices)];
      case 2:
        return [user, "remote-execution", execution(choices)];
      case 3:
        return [user, "projects", { remotes: { artifacts: cache(choices), "source-caches": cache(choices) } }];
      case 4:
        return [user, "projects", { remotes: { "remote-execution": execution(choices) } }];
      case 5:
        return [project, "artifacts", servers(choices)];
      case 6:
        return [project, "source-caches", servers(choices)];
      default:
        return [user, "cache", { "storage-service": server(choices), "pull-buildtrees": false }];
    }
  })();
  const wrapped: Table = { [key]: block };
  for (let count = choices.below(3); count > 0; count--) spoil(choices, wrapped);
  Object.assign(table, wrapped);
  return {
    user: Object.keys(user).length === 0 ? "" : stringify(user),
    projectConf: stringify(project),
    args,
  };
}
