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
  /** Programs that the host must have. */
  readonly programs?: readonly string[];
  /** Constants of the plugin's module that lead to the world instead: what to replace and by what. */
  readonly module?: (world: World) => Readonly<Record<string, string>>;
  /** The keys that hold the ref, when it is not `ref`. */
  readonly refKeys?: readonly string[];
  /** Paths of the tree that are not compared. */
  readonly ignored?: readonly string[];
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
