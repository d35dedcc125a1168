import * as Tree from "./Tree.js";
/** Opens a directory for changing. */
export function open(base) {
    return { type: "draft", base, entries: base.entries, own: undefined, opened: undefined, readOnly: base.readOnly };
}
/** A new, empty directory. */
export function create() {
    const own = new Map();
    return { type: "draft", base: undefined, entries: own, own, opened: undefined, readOnly: undefined };
}
function writable(draft) {
    if (draft.own === undefined) {
        draft.own = new Map(draft.entries);
        draft.entries = draft.own;
    }
    return draft.own;
}
/** Puts an entry, replacing whatever has the name. */
export function put(draft, name, entry) {
    const existing = draft.entries.get(name);
    if (existing !== undefined && existing.type === "directory")
        draft.opened?.delete(name);
    // An equal entry keeps the directory as it is, unless it carries a time, which any write makes void.
    else if (existing !== undefined && Tree.sameLeaf(existing, entry) && draft.base?.mtime === undefined)
        return;
    writable(draft).set(name, entry);
}
/** Takes a whole sub-directory by address where nothing has the name. */
export function graft(draft, name, entry) {
    writable(draft).set(name, entry);
}
/** Removes an entry. */
export function remove(draft, name) {
    if (!draft.entries.has(name))
        return;
    draft.opened?.delete(name);
    writable(draft).delete(name);
}
/** Opens the sub-directory of a directory entry for changing. */
export function enter(draft, name, entry, reader) {
    const known = draft.opened?.get(name);
    if (known !== undefined)
        return known;
    return remember(draft, name, open(Tree.open(entry, reader)));
}
/** Creates an empty sub-directory where nothing has the name, and opens it. */
export function mkdir(draft, name) {
    writable(draft).set(name, Tree.directory(Tree.empty));
    return remember(draft, name, create());
}
function remember(draft, name, child) {
    draft.opened ??= new Map();
    draft.opened.set(name, child);
    return child;
}
/** Sets whether the directory and all below it are to be read-only in a sandbox. */
export function setReadOnly(draft, readOnly) {
    draft.readOnly = readOnly;
}
/** Whether a sub-directory is empty now. */
export function isEmptyDirectory(draft, name, entry, reader) {
    const child = draft.opened?.get(name);
    return (child ?? Tree.open(entry, reader)).entries.size === 0;
}
/** The current content of a sub-directory: a draft, a directory or an address. */
export function current(draft, name, entry) {
    return draft.opened?.get(name) ?? entry.tree;
}
/** Ends changing: the directory as it is now. */
export function freeze(draft) {
    for (const [name, child] of draft.opened ?? []) {
        const tree = freeze(child);
        if (tree !== child.base)
            writable(draft).set(name, Tree.directory(tree));
    }
    draft.opened = undefined;
    if (draft.base !== undefined && draft.own === undefined && draft.readOnly === draft.base.readOnly)
        return draft.base;
    return draft.readOnly === undefined
        ? { type: "tree", entries: draft.entries }
        : { type: "tree", entries: draft.entries, readOnly: draft.readOnly };
}
