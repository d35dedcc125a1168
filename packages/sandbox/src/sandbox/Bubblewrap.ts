/**
 * What a sandbox is, as data, and the argument vector that makes it: pure functions, so that tests can read what would run.
 *
 * A run is `unshare` (a private mount namespace, and a user namespace for ordinary users), then a few lines of shell that mount the
 * overlay and wait, then bubblewrap. Every mount lives in that namespace: when its last process dies the kernel takes the mounts away, so that not
 * even SIGKILL can leave one behind.
 *
 * What surprises is how a root is made read-only. Directories that stay writable must be on one mount, or hard links and renames between
 * a build directory and an install directory fail, which they may not (BuildStream's own root is one file system). So the
 * overlay itself is writable, everything beside the way to a writable directory is bound read-only over it, and the directories on that way, `/` among
 * them, lose their write permission, which a process without capabilities respects. What somebody still manages to write there is never looked at.
 */
import * as Path from "node:path";

/** Something of the host that a shell may see. */
export interface HostMount {
  /** Absolute path on the host; it exists. */
  readonly hostPath: string;
  /** Absolute path in the sandbox; the mount point exists in the root. */
  readonly path: string;
}

/** The file system that a sandbox has as its root. */
export type Root =
  /** An overlay of lower layers (uppermost first) and an upper directory of the run's own. */
  | {
      readonly type: "overlay";
      readonly lower: readonly string[];
      readonly upper: string;
      readonly work: string;
      readonly merged: string;
    }
  /** A directory of the run's own, for kernels that refuse overlays. */
  | { readonly type: "directory"; readonly merged: string };

/** One sandbox. Paths are absolute; those of the sandbox start at its root. */
export interface Specification {
  readonly root: Root;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** User and group inside; 0 unless configured. */
  readonly uid: number;
  readonly gid: number;
  /** Whether the host's network is there. */
  readonly network: boolean;
  /** Whether the run has a terminal: the host's `/dev` then. */
  readonly interactive: boolean;
  /** Whether the command is a shell with job control, which takes the terminal's foreground for itself. */
  readonly jobControl?: boolean | undefined;
  readonly mounts: readonly HostMount[];
  /** Paths bound read-only, parents before children; see {@link protect}. */
  readonly readOnly: readonly string[];
  /** Whether `/` as a whole is read-only. */
  readonly rootReadOnly: boolean;
}

/** The host's programs that a run needs, as absolute paths. */
export interface Programs {
  readonly bwrap: string;
  readonly unshare: string;
  readonly setpriv: string;
  readonly mount: string;
  readonly sh: string;
}

export interface Host {
  readonly programs: Programs;
  /** Whether this process is the real root, which mounts without a user namespace. */
  readonly root: boolean;
  readonly pid: number;
  /** Whether the kernel takes `volatile` overlays (no waiting for the disk). */
  readonly volatile: boolean;
}

/** The name that the machine has inside, as buildbox's runner gives it. */
export const hostname = "buildbox";

/**
 * Descriptors of the supervising shell: it reports on the first (`mount` when the overlay could not be mounted, else `exit STATUS`), and keeps the namespace
 * until the second is closed.
 */
export const reportDescriptor = 3;
export const holdDescriptor = 4;

/**
 * Ends the whole process group when the descriptor that holds the namespace is closed, which also happens when this tool is killed: bubblewrap that dies while it is
 * still setting up leaves a child that waits for it for ever. Not for shells, whose group is the terminal's.
 */
const watcher = `{ read -r end <&4; kill -KILL 0; } 3>&- &
`;

/**
 * The supervisor. Dies with its parent (the check of its parent's id closes the gap between fork and `setpriv`). The
 * sandbox gets neither descriptor: bubblewrap closes the one it reports its child's process id on. Keys of the terminal are for the sandbox, not for it.
 */
const before = `[ "$PPID" = "$1" ] || exit 1
if [ -n "$2" ]; then
"$4" -n -t overlay -o "$2" overlay "$3" >&3 2>&3 || { echo mount >&3; exit 1; }
fi
shift 4
trap : INT QUIT
`;
const run = `"$@" 4<&-
echo "exit $?" >&3
`;
const after = "read -r end <&4\n";

/**
 * The same for a shell with job control. Such a shell cannot give the foreground of the terminal back at its end, since the process group that had it has no number in
 * its process namespace; whoever reads from the terminal next would fail. So the supervisor has job control too: it gives and takes the foreground.
 */
const runShell = `[ -t 0 ] && set -m
"$@" 4<&-
status=$?
set +m
echo "exit $status" >&3
`;

/** The whole argument vector of a run. */
export function command(specification: Specification, host: Host): readonly string[] {
  const { programs } = host;
  return [
    programs.unshare,
    ...(host.root ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "--propagation",
    "private",
    "--",
    programs.setpriv,
    "--pdeathsig",
    "KILL",
    "--",
    programs.sh,
    "-c",
    (specification.interactive ? "" : watcher) + before + (specification.jobControl === true ? runShell : run) + after,
    "sandbox",
    String(host.pid),
    specification.root.type === "overlay" ? overlayOptions(specification.root, host) : "",
    specification.root.merged,
    programs.mount,
    programs.bwrap,
    ...bubblewrap(specification),
  ];
}

/** Options of the overlay mount. Directory renames and metadata-only copies are off: their marks would be needed to read the upper layer. */
export function overlayOptions(
  root: Root & { readonly type: "overlay" },
  host: Pick<Host, "root" | "volatile">,
): string {
  return [
    `lowerdir=${root.lower.map(escapeLower).join(":")}`,
    `upperdir=${escapeOption(root.upper)}`,
    `workdir=${escapeOption(root.work)}`,
    "redirect_dir=nofollow",
    "metacopy=off",
    "index=off",
    ...(host.root ? [] : ["userxattr"]),
    ...(host.volatile ? ["volatile"] : []),
  ].join(",");
}

function escapeOption(path: string): string {
  return path.replace(/[\\,]/g, (character) => `\\${character}`);
}

function escapeLower(path: string): string {
  return path.replace(/[\\,:]/g, (character) => `\\${character}`);
}

/** The arguments of bubblewrap itself: namespaces, root, protection, devices, environment, command. */
export function bubblewrap(specification: Specification): readonly string[] {
  const { root } = specification;
  const args = [
    "--unshare-pid",
    "--die-with-parent",
    "--info-fd",
    String(reportDescriptor),
    "--bind",
    root.merged,
    "/",
  ];
  for (const path of specification.readOnly) args.push("--ro-bind", inside(root.merged, path), path);
  // With the host's network come its name and its System V objects, as with buildbox's runner.
  if (!specification.network) args.push("--unshare-net", "--unshare-uts", "--hostname", hostname, "--unshare-ipc");
  args.push(
    "--unshare-user",
    "--uid",
    String(specification.uid),
    "--gid",
    String(specification.gid),
    "--cap-drop",
    "ALL",
  );
  args.push("--proc", "/proc", "--tmpfs", "/tmp", "--dev", "/dev");
  for (const { hostPath, path } of specification.mounts) args.push("--dev-bind", hostPath, path);
  if (specification.interactive) args.push("--dev-bind", "/dev", "/dev");
  if (specification.rootReadOnly) args.push("--remount-ro", "/");
  args.push("--clearenv");
  for (const [name, value] of Object.entries(specification.environment)) args.push("--setenv", name, value);
  args.push("--chdir", specification.cwd, "--", ...specification.argv);
  return args;
}

function inside(root: string, path: string): string {
  return Path.posix.join(root, path);
}

/** What the names of one directory of the root are. */
export type Listing = (directory: string) => Iterable<{ readonly name: string; readonly symlink: boolean }>;

export interface Protection {
  /** Paths to bind read-only. */
  readonly readOnly: readonly string[];
  /** Directories on the way to a writable one: they lose their write permission. */
  readonly ways: readonly string[];
  readonly rootReadOnly: boolean;
}

/** No protection: the whole root is writable. */
export const unprotected: Protection = { readOnly: [], ways: [], rootReadOnly: false };

const apart = new Set(["dev", "proc", "tmp"]);

/**
 * How a root becomes read-only except for some directories. `/` among them counts for nothing, as for BuildStream; a writable directory
 * within a writable one is part of it.
 */
export function protect(writable: readonly string[], list: Listing): Protection {
  const open = new Set(writable.map((path) => Path.posix.normalize(`/${path}`).replace(/(.)\/$/, "$1")));
  open.delete("/");
  if (open.size === 0) return { readOnly: [], ways: [], rootReadOnly: true };
  const ways = new Set<string>();
  for (const path of open)
    for (let way = Path.posix.dirname(path); !ways.has(way); way = Path.posix.dirname(way)) ways.add(way);
  const readOnly: string[] = [];
  const passed: string[] = [];
  const pending = ["/"];
  for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
    passed.push(way);
    for (const { name, symlink } of list(way)) {
      const path = Path.posix.join(way, name);
      if (open.has(path) || symlink || (way === "/" && apart.has(name))) continue;
      if (ways.has(path)) pending.push(path);
      else readOnly.push(path);
    }
  }
  return { readOnly, ways: passed, rootReadOnly: false };
}
