/**
 * A loaded pipeline: all elements that the targets reach, dependencies sorted as BuildStream sorts them, junctions and links resolved away.
 *
 * Elements are held in an array in which every element comes after all its dependencies; an element's id is its index there.
 */
import type { Element } from "../element/Element.ts";
import type { Project } from "../project/Project.ts";

export interface Graph {
  readonly elements: readonly Element[];
  /** Ids of the targets, in the order asked for. */
  readonly targets: readonly number[];
  /** The top-level project. */
  readonly project: Project;
  /** Every project that took part, top level first, in loading order. */
  readonly projects: readonly Project[];
  /** Warnings raised while loading (fatal ones are errors instead). */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  /** Whether it is no more than a message. */
  readonly harmless?: boolean | undefined;
  readonly token: string | null;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly element?: string | undefined;
}
