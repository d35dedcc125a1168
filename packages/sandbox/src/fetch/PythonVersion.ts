/**
 * Versions of Python packages (PEP 440), and what the name of a source distribution says.
 *
 * Order is by epoch and release (trailing zeros do not count), then development releases, pre-releases, the release itself, post-releases, and last the local part.
 */

export interface Version {
  /** In normal form. */
  readonly text: string;
  readonly isPrerelease: boolean;
  /** Compared member by member, see {@link compare}. */
  readonly order: readonly (number | string)[];
  readonly release: readonly bigint[];
  readonly epoch: bigint;
  readonly local: readonly (bigint | string)[];
}

const pattern =
  /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i;

const stages: Readonly<Record<string, string>> = {
  alpha: "a",
  a: "a",
  beta: "b",
  b: "b",
  preview: "rc",
  pre: "rc",
  c: "rc",
  rc: "rc",
};

/** Reads a version; undefined when it is none. */
export function parse(source: string): Version | undefined {
  const match = pattern.exec(source);
  if (match === null) return undefined;
  const [
    ,
    epochText = "0",
    releaseText = "",
    stage,
    stageNumber,
    shortPost,
    longPost,
    postNumber,
    dev,
    devNumber,
    localText,
  ] = match;
  const epoch = BigInt(epochText);
  const release = releaseText.split(".").map(BigInt);
  const pre =
    stage === undefined ? undefined : ([stages[stage.toLowerCase()] as string, Number(stageNumber || 0)] as const);
  const post =
    shortPost !== undefined ? Number(shortPost) : longPost !== undefined ? Number(postNumber || 0) : undefined;
  const devRelease = dev === undefined ? undefined : Number(devNumber || 0);
  const local = (localText?.toLowerCase().split(/[-_.]/) ?? []).map((part) =>
    /^\d+$/.test(part) ? BigInt(part) : part,
  );
  const text = [
    epoch === 0n ? "" : `${epoch}!`,
    release.join("."),
    pre === undefined ? "" : pre.join(""),
    post === undefined ? "" : `.post${post}`,
    devRelease === undefined ? "" : `.dev${devRelease}`,
    local.length === 0 ? "" : `+${local.join(".")}`,
  ].join("");
  // A development release of the release itself comes before its pre-releases.
  const preOrder = pre ?? (post === undefined && devRelease !== undefined ? ["", 0] : ["~", 0]);
  return {
    text,
    isPrerelease: pre !== undefined || devRelease !== undefined,
    order: [...preOrder, post ?? -1, devRelease ?? Number.POSITIVE_INFINITY],
    release,
    epoch,
    local,
  };
}

/** The order of versions: negative, zero or positive. */
export function compare(a: Version, b: Version): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  for (let at = 0; at < Math.max(a.release.length, b.release.length); at++) {
    const [left, right] = [a.release[at] ?? 0n, b.release[at] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  for (const [at, left] of a.order.entries()) {
    const right = b.order[at] as number | string;
    if (left !== right) return left < right ? -1 : 1;
  }
  for (let at = 0; at < Math.min(a.local.length, b.local.length); at++) {
    const [left, right] = [a.local[at] as bigint | string, b.local[at] as bigint | string];
    if (left === right) continue;
    // Numbers come after words.
    if (typeof left !== typeof right) return typeof left === "bigint" ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return a.local.length - b.local.length;
}

/** The version in the file name of a source distribution; undefined for wheels and everything else. */
export function ofSourceDistribution(fileName: string): Version | undefined {
  const stem = /^(.+)(?:\.tar\.gz|\.zip)$/.exec(fileName)?.[1];
  const dash = stem?.lastIndexOf("-") ?? -1;
  return stem === undefined || dash < 0 ? undefined : parse(stem.slice(dash + 1));
}
