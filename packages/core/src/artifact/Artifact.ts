/** An artifact record: BuildStream's `buildstream.v2.Artifact` as plain data. Codecs are in `ArtifactCodec.ts`. */
import type { Digest } from "../tree/Digest.ts";

export interface ArtifactBuildDep {
  readonly projectName: string;
  readonly elementName: string;
  readonly cacheKey: string;
  readonly wasWorkspaced: boolean;
}

export interface BuildSandbox {
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly workingDirectory: string;
  readonly subsandboxDigests: readonly Digest[];
  readonly markedDirectories: readonly string[];
}

export interface Artifact {
  readonly version: number;
  readonly buildSuccess: boolean;
  readonly buildError: string;
  readonly buildErrorDetails: string;
  readonly strongKey: string;
  readonly weakKey: string;
  readonly strictKey: string;
  readonly wasWorkspaced: boolean;
  /** Root directory of the files; undefined when the build failed without result. */
  readonly files: Digest | undefined;
  readonly buildDeps: readonly ArtifactBuildDep[];
  readonly publicData: Digest | undefined;
  readonly logs: readonly { readonly name: string; readonly digest: Digest }[];
  readonly buildTree: Digest | undefined;
  readonly sources: Digest | undefined;
  readonly lowDiversityMeta: Digest | undefined;
  readonly highDiversityMeta: Digest | undefined;
  readonly buildRoot: Digest | undefined;
  readonly buildSandbox: BuildSandbox | undefined;
}
