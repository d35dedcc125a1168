/**
 * Names of artifacts: `PROJECT/ELEMENT/KEY`, which are also the paths of their records below the cache's artifact directory.
 *
 * The element's part is its normal name: without the `.bst`, slashes made dashes, and anything but ASCII letters, digits and `-._` made underscores. It
 * cannot be turned back into the element's name.
 */
import { raise } from "../error/BstError.ts";
import * as Glob from "../tree/Glob.ts";

export interface ArtifactName {
  readonly project: string;
  /** The normal name of the element. */
  readonly element: string;
  /** 64 lower-case hex digits: strong or weak key. */
  readonly key: string;
}

/** The element's name as one file name: slashes to dashes, the last extension dropped. Used for log directories too. */
export function normalName(elementName: string): string {
  const flat = elementName.replaceAll("/", "-");
  const dot = flat.lastIndexOf(".");
  return dot > 0 && /[^.]/.test(flat.slice(0, dot)) ? flat.slice(0, dot) : flat;
}

/** The name of an element's artifact. */
export function make(project: string, elementName: string, key: string): ArtifactName {
  return { project, element: normalName(elementName).replace(/[^0-9A-Za-z\-._]/gu, "_"), key };
}

/** `PROJECT/ELEMENT/KEY`. */
export function format(name: ArtifactName): string {
  return `${name.project}/${name.element}/${name.key}`;
}

/** Whether a text is a cache key: 64 lower-case hex digits. */
export function isKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text) && text.length === 64;
}

/** The parts of an artifact's name; undefined when the text is none. */
export function tryParse(text: string): ArtifactName | undefined {
  const first = text.indexOf("/");
  const second = text.indexOf("/", first + 1);
  if (first === -1 || second === -1) return undefined;
  const key = text.slice(second + 1);
  return isKey(key) ? { project: text.slice(0, first), element: text.slice(first + 1, second), key } : undefined;
}

/** The parts of an artifact's name. Raises ELEMENT when the text is none. */
export function parse(text: string): ArtifactName {
  return (
    tryParse(text) ??
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `${JSON.stringify(text)} is not the name of an artifact`,
      hint: "An artifact is named PROJECT/ELEMENT/KEY, where KEY has 64 hex digits; `bst artifact list-contents` and `bst show --format '%{artifact-name}'` print such names.",
    })
  );
}

/** Those of the names that a glob matches as a whole, in their order (BuildStream lists artifacts by the time of their last use). */
export function select(names: Iterable<string>, pattern: string): string[] {
  const expression = Glob.compile(pattern);
  return [...names].filter((name) => expression.test(name));
}

/** The folder below which all names that a glob can match are: its directory part when that is plain, else the root (empty). */
export function folderOf(pattern: string): string {
  const cut = pattern.lastIndexOf("/");
  const folder = cut === -1 ? "" : pattern.slice(0, cut);
  return Glob.isPattern(folder) ? "" : folder;
}
