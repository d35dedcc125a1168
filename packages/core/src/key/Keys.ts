/**
 * The cache keys of a graph: weak, strict and strong, as arrays by element id.
 *
 * The weak key changes when the element or the *shape* of its build dependencies changes, the strict key when anything in them changes. The strong key is what
 * an artifact is stored under: in strict mode it is the strict key; otherwise dependencies that are taken from the cache count with the strong key that they were stored under.
 *
 * A key is undefined when a source of the element has no ref, or when it lists a dependency whose key is undefined. A weak key that lists dependencies by
 * name only does not need theirs.
 *
 * Documents are never built: the dependencies' part is hashed along {@link Chain} lists, whose common beginnings are hashed once, and the rest is appended.
 * An entry is encoded once, however many elements list it.
 */
import type { Element } from "../element/Element.ts";
import * as Sha256 from "../tree/Sha256.ts";
import * as Chain from "./Chain.ts";
import * as KeyDocument from "./KeyDocument.ts";

export interface Keys {
  readonly weak: readonly (string | undefined)[];
  readonly strict: readonly (string | undefined)[];
  /** Starts computing strong keys for a non-strict session. */
  readonly strong: () => StrongKeys;
}

/** The strong keys of a session, which become known one by one; a key never changes once it is known. */
export interface StrongKeys {
  readonly get: (id: number) => string | undefined;
  /** Says what the cache knows: the strong key in the artifact that the weak key led to. */
  readonly set: (id: number, key: string) => void;
  /** The key of an element that has to be built, from its dependencies' keys, which is also remembered; undefined while one of them is unknown. */
  readonly compute: (id: number) => string | undefined;
}

/** So many entries without a kept state are hashed again rather than kept; a state costs about as much memory as they do time. */
const keepEvery = 64;

/** The bytes of one entry, with a comma before it. */
type Entry = Uint8Array;

const encoder = new TextEncoder();

function entryBytes(text: string): Entry {
  return encoder.encode(`,${text}`);
}

/** Where entries are put together for the hash, which takes long pieces best. */
const piece = new Uint8Array(1 << 16);

/** Hashes along chains for one kind of entry. */
interface Ledger {
  /** A hash that has seen the start of a document and the list's entries; undefined when an entry is unknown. */
  readonly begin: (chain: Chain.Chain) => Sha256.Running | undefined;
}

function ledger(empty: Chain.Chain, entry: (id: number) => Entry | undefined): Ledger {
  const start = Sha256.start();
  start.update(KeyDocument.head);
  const states = new Map([[empty, start]]);
  // Once an entry is missing it stays so, and so does every list that holds it.
  const unknown = new Set<Chain.Chain>();

  return {
    begin: (chain) => {
      const path: Chain.Chain[] = [];
      let node = chain;
      while (!states.has(node)) {
        if (unknown.has(node)) {
          for (const below of path) unknown.add(below);
          return undefined;
        }
        path.push(node);
        node = node.parent as Chain.Chain;
      }
      const state = (states.get(node) as Sha256.Running).fork();
      let separate = node.length > 0;
      let filled = 0;
      let since = 0;
      const flush = (): void => {
        if (filled > 0) state.update(piece.subarray(0, filled));
        filled = 0;
      };
      for (let at = path.length - 1; at >= 0; at--) {
        const below = path[at] as Chain.Chain;
        for (const id of below.added) {
          const bytes = entry(id);
          if (bytes === undefined) {
            for (let rest = at; rest >= 0; rest--) unknown.add(path[rest] as Chain.Chain);
            return undefined;
          }
          if (filled + bytes.length > piece.length) flush();
          if (!separate || bytes.length > piece.length) state.update(separate ? bytes : bytes.subarray(1));
          else {
            piece.set(bytes, filled);
            filled += bytes.length;
          }
          separate = true;
        }
        since += below.added.length;
        if (since >= keepEvery) {
          flush();
          states.set(below, state.fork());
          since = 0;
        }
      }
      flush();
      return state;
    },
  };
}

/** A ledger whose entries may become known later: it remembers no failure. */
function patient(empty: Chain.Chain, entry: (id: number) => Entry | undefined): Ledger {
  const inner = ledger(empty, entry);
  const ready = new Set<Chain.Chain>([empty]);
  const isReady = (chain: Chain.Chain): boolean => {
    const path: Chain.Chain[] = [];
    for (let node = chain; !ready.has(node); node = node.parent as Chain.Chain) {
      if (node.added.some((id) => entry(id) === undefined)) return false;
      path.push(node);
    }
    for (const node of path) ready.add(node);
    return true;
  };
  return { begin: (chain) => (isReady(chain) ? inner.begin(chain) : undefined) };
}

function finish(state: Sha256.Running, body: string, weakKey: string | undefined): string {
  state.update(body + KeyDocument.tail(weakKey));
  return state.hex();
}

/** Computes weak and strict keys. Elements come after their dependencies. */
export function compute(elements: readonly Element[]): Keys {
  const chains = Chain.make(elements);
  const shared = KeyDocument.sharedTexts();
  const weak: (string | undefined)[] = [];
  const strict: (string | undefined)[] = [];
  const names: Entry[] = [];
  const weakEntries: (Entry | undefined)[] = [];
  const strictEntries: (Entry | undefined)[] = [];
  const byName = ledger(chains.empty, (id) => names[id]);
  const byWeak = ledger(chains.empty, (id) => weakEntries[id]);
  const byStrict = ledger(chains.empty, (id) => strictEntries[id]);

  const keyed = (element: Element, key: string | undefined): Entry | undefined =>
    key === undefined ? undefined : entryBytes(KeyDocument.entry(element, key));

  /** Names of most, weak keys of those declared strict: rare, so nothing is shared. */
  const mixed = (element: Element, scope: Chain.Chain): Sha256.Running | undefined => {
    const chosen = new Set<number>();
    for (const dependency of element.dependencies) if (dependency.strict) chosen.add(dependency.element);
    const state = Sha256.start();
    state.update(KeyDocument.head);
    for (const [at, id] of Chain.ids(scope).entries()) {
      const bytes = chosen.has(id) ? weakEntries[id] : names[id];
      if (bytes === undefined) return undefined;
      state.update(at === 0 ? bytes.subarray(1) : bytes);
    }
    return state;
  };

  for (const [id, element] of elements.entries()) {
    names.push(entryBytes(KeyDocument.entry(element, undefined)));
    if (element.sources.every((source) => source.resolved)) {
      const scope = chains.buildScope(id);
      const body = KeyDocument.body(element, shared);
      const start = element.kind.strictRebuild
        ? byWeak.begin(scope)
        : element.dependencies.some((dependency) => dependency.strict)
          ? mixed(element, scope)
          : byName.begin(scope);
      weak.push(start === undefined ? undefined : finish(start, body, undefined));
      const strictStart = weak[id] === undefined ? undefined : byStrict.begin(scope);
      strict.push(strictStart === undefined ? undefined : finish(strictStart, body, weak[id]));
    } else {
      weak.push(undefined);
      strict.push(undefined);
    }
    weakEntries.push(keyed(element, weak[id]));
    strictEntries.push(keyed(element, strict[id]));
  }

  const strong = (): StrongKeys => {
    const keys: (string | undefined)[] = new Array(elements.length).fill(undefined);
    const entries: (Entry | undefined)[] = new Array(elements.length).fill(undefined);
    const byStrong = patient(chains.empty, (id) => entries[id]);
    const set = (id: number, key: string): void => {
      keys[id] = key;
      entries[id] = keyed(elements[id] as Element, key);
    };
    return {
      get: (id) => keys[id],
      set,
      compute: (id) => {
        if (keys[id] !== undefined || weak[id] === undefined) return keys[id];
        const start = byStrong.begin(chains.buildScope(id));
        if (start === undefined) return undefined;
        set(id, finish(start, KeyDocument.body(elements[id] as Element, shared), weak[id]));
        return keys[id];
      },
    };
  };

  return { weak, strict, strong };
}

/** The exact text whose hash is one of an element's keys, from its dependencies' keys of the same strength (none for a weak key). */
export function document(
  elements: readonly Element[],
  id: number,
  keyOf: (dependency: number) => string | undefined,
  weakKey: string | undefined,
): string {
  const scope = Chain.ids(Chain.make(elements).buildScope(id));
  const entries = scope.map((member) => KeyDocument.entry(elements[member] as Element, keyOf(member)));
  return KeyDocument.text(elements[id] as Element, entries, weakKey);
}
