/** What is compared for each kind: a source with what comes before it, in a world that {@link Case.prepare} sets up. */
import type { Members, World } from "./World.ts";

export interface Case {
  readonly name: string;
  readonly kind: string;
  /** The source's mapping, without a ref. Urls begin with aliases, since they are part of keys and files. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Aliases and where they seem to lead: nowhere, so that only the mirror answers. */
  readonly aliases: Readonly<Record<string, string>>;
  /** For each alias, what its mirror is in the world. */
  readonly mirrors: (world: World) => Readonly<Record<string, string>>;
  /** Files of the sources before it. */
  readonly before?: Members;
  /** Adds to the directory of the sources before it what is no plain file: a git repository. Called after {@link prepare}. */
  readonly arrange?: (world: World, directory: string) => void;
  /** Files of the project. */
  readonly own?: Readonly<Record<string, string>>;
  /** Programs that the host must have. */
  readonly programs?: readonly string[];
  /** More of the mapping, which is neither in the key nor in the tree. */
  readonly default?: (world: World) => Readonly<Record<string, unknown>>;
  /** Constants of the plugin's module (names and texts) that lead to the world instead. */
  readonly module?: (world: World) => Readonly<Record<string, string>>;
  /** The keys that hold the ref, when it is not `ref`. */
  readonly refKeys?: readonly string[];
  /** Paths of the tree that are not compared. */
  readonly ignored?: readonly string[];
  /** A mirror of a kind that a plugin has, in place of {@link mirrors}. */
  readonly mirror?: { readonly package: string; readonly kind: string; readonly config: (world: World) => unknown };
  /** Whether the ref depends on where the world is, so that it is not compared. */
  readonly volatile?: boolean;
  /** Whether our mirror holds single commits where the original's holds a whole repository, so that mirrors are not compared. */
  readonly smallMirror?: boolean;
  readonly prepare: (world: World) => void | Promise<void>;
}

/** One path of a staged tree: an `x` for executables, the SHA-256 of files, the target of links. */
export type Listing = Readonly<Record<string, string>>;

/** What the original does with a case. */
export interface Golden {
  readonly ref: unknown;
  /** Files of the mirror directory of the kind, by path; repositories as one. */
  readonly mirror: readonly string[];
  readonly tree: Listing;
}

/** The facts without what changes with every world. */
export function settled(one: Case, { ref, mirror, tree }: Golden): Golden {
  if (one.smallMirror === true) return { ref, mirror: [], tree };
  if (one.volatile !== true) return { ref, mirror, tree };
  return { ref: null, mirror: mirror.map((path) => path.replaceAll(String(ref), "REF")), tree };
}
