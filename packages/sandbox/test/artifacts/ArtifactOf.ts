/** Records of artifacts as tests need them. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Digest } from "@millrace/core/tree/Digest";

export const strong = "a".repeat(64);
export const weak = "b".repeat(64);

/** The record of a build that succeeded: by the two keys, with `meta` for everything that has to be there. `change` says what is otherwise. */
export const artifactOf = (meta: Digest | undefined, change: Partial<Artifact>): Artifact => ({
  version: 2,
  buildSuccess: true,
  buildError: "",
  buildErrorDetails: "",
  strongKey: strong,
  weakKey: weak,
  strictKey: strong,
  wasWorkspaced: false,
  files: undefined,
  buildDeps: [],
  publicData: meta,
  logs: [],
  buildTree: undefined,
  sources: undefined,
  lowDiversityMeta: meta,
  highDiversityMeta: meta,
  buildRoot: undefined,
  buildSandbox: undefined,
  ...change,
});
