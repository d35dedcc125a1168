/**
 * Which of many objects are missing, for those who would bring them: asked of whole shelves (`objects/ab`) once that is cheaper than asking for each.
 *
 * Looking for a name that is not there costs some ten times what one name costs in a list of all. A shelf is listed when looking in vain has cost about as much as
 * the list will, so that neither a large store nor a small question costs more than twice the best. What somebody else adds after that is not
 * seen: it is brought once more, which changes nothing.
 */
import { readdirSync } from "node:fs";
import * as ObjectStore from "./ObjectStore.ts";
import * as TreeList from "./TreeList.ts";

interface Shelf {
  /** Objects that were looked for in vain. */
  vain: number;
  /** What was on it when it was listed. */
  names: ReadonlySet<string> | undefined;
}

interface Shelves {
  readonly of: Map<string, Shelf>;
  /** Names on the shelf that was listed last: on others there are as many, since hashes are evenly spread. */
  usual: number;
  /** Names that are kept. */
  kept: number;
}

/** Names in a list that cost what one look in vain costs. */
const worthOneLook = 12;
/** Looks in vain before the first list. */
const few = 8;
/** Names that are kept at most. */
const most = 400_000;

const known = new WeakMap<ObjectStore.ObjectStore, Shelves>();

/** Those of a list of objects (`TreeList`) that are not there, each once. May name one that came since this was first asked. */
export function missing(store: ObjectStore.ObjectStore, list: Uint8Array): Uint8Array {
  const shelves = known.get(store) ?? { of: new Map(), usual: 0, kept: 0 };
  known.set(store, shelves);
  const named = new Set<string>();
  return TreeList.select(list, (digest) => {
    const { hash } = digest;
    if (named.has(hash)) return false;
    const name = hash.slice(0, 2);
    const shelf = shelves.of.get(name) ?? { vain: 0, names: undefined };
    shelves.of.set(name, shelf);
    const isListed = shelf.names?.has(hash.slice(2)) !== false || store.present.has(hash);
    if (isListed && ObjectStore.has(store, digest)) return false;
    named.add(hash);
    if (shelf.names === undefined && ++shelf.vain >= Math.max(few, shelves.usual / worthOneLook))
      look(store, shelves, name, shelf);
    return true;
  });
}

function look(store: ObjectStore.ObjectStore, shelves: Shelves, name: string, shelf: Shelf): void {
  if (shelves.kept + shelves.usual > most) return;
  try {
    const names = readdirSync(`${store.directory}/objects/${name}`);
    shelf.names = new Set(names);
    shelves.usual = names.length;
    shelves.kept += names.length;
  } catch {
    // A shelf that is not there yet; looking for each does as well.
    shelf.vain = 0;
  }
}
