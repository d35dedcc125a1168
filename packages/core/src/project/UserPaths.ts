/** Paths that people write: `~`, `$VARIABLE` and `${VARIABLE}` replaced, redundant parts removed, as Python's `os.path` does. */

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The home directory of the environment's user. */
export function home(environment: Environment): string {
  return environment["HOME"] ?? "/root";
}

/** The XDG base directory for caches, configuration or data; an empty variable counts as none. */
function xdg(environment: Environment, kind: "CACHE" | "CONFIG" | "DATA"): string {
  const given = environment[`XDG_${kind}_HOME`];
  if (given !== undefined && given !== "") return given;
  return `${home(environment)}/${{ CACHE: ".cache", CONFIG: ".config", DATA: ".local/share" }[kind]}`;
}

/** A leading `~` and all variables replaced; an unknown variable stays as written, the XDG directories are always known. */
export function expand(path: string, environment: Environment): string {
  const fromHome = path === "~" || path.startsWith("~/") ? home(environment).replace(/\/+$/, "") + path.slice(1) : path;
  return fromHome.replace(/\$(\w+|\{[^}]*\})/g, (written, inner: string) => {
    const name = inner.startsWith("{") ? inner.slice(1, -1) : inner;
    if (name === "XDG_CACHE_HOME") return xdg(environment, "CACHE");
    if (name === "XDG_CONFIG_HOME") return xdg(environment, "CONFIG");
    if (name === "XDG_DATA_HOME") return xdg(environment, "DATA");
    return Object.hasOwn(environment, name) ? (environment[name] ?? written) : written;
  });
}

/** `os.path.normpath`: `.`, `..` and doubled slashes removed; two leading slashes stay two. */
export function normalise(path: string): string {
  if (path === "") return ".";
  const lead = path.startsWith("/") ? (/^\/\/[^/]/.test(`${path}.`) && !path.startsWith("///") ? "//" : "/") : "";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (lead === "" && (parts.length === 0 || parts.at(-1) === ".."))) parts.push(part);
    else parts.pop();
  }
  return lead + parts.join("/") || ".";
}
