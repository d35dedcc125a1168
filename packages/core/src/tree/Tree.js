/**
 * Making and opening directories: the small operations every other module of the algebra rests on.
 *
 * A directory has one canonical order, the one in which a stored tree lists its children: sub-directories, then files, then symbolic links, each by
 * name. Reports of an import follow it, so that they do not depend on how a tree was put together. It is found once a directory and remembered.
 */
import { raise } from "../error/BstError.js";
import * as Digest from "./Digest.js";
import * as Names from "./Names.js";
/**
 * The deepest tree that is handled. A path of one-letter names as deep as this is as long as an operating system takes a path, and recursion this deep
 * is safe.
 */
export const maximumDepth = 2048;
/** The directory with nothing in it. */
export const empty = { type: "tree", entries: new Map() };
/** A directory of these children. Names are taken as they are; see {@link Names.flaw}. */
export function make(entries) {
    return { type: "tree", entries: new Map(entries) };
}
/** A file entry. */
export function file(digest, executable = false) {
    return { type: "file", digest, executable };
}
/** A symbolic link entry. */
export function symlink(target) {
    return { type: "symlink", target };
}
/** A directory entry. */
export function directory(tree) {
    return { type: "directory", tree };
}
/** The reader of trees that are whole in memory: asking it for anything is an error of the caller that people can read. */
export const noReader = (digest) => raise({
    domain: "CAS",
    reason: null,
    message: `Directory ${Digest.format(digest)} is not available`,
    hint: "Fetch or build what it belongs to again.",
});
/** The content of a sub-directory, read when only its address is known. */
export function open(entry, reader) {
    return entry.tree.type === "tree" ? entry.tree : reader(entry.tree.digest);
}
/** Raises when a tree is deeper than {@link maximumDepth}. */
export function checkDepth(depth, path) {
    if (depth <= maximumDepth)
        return;
    raise({
        domain: "VIRTUAL_FS",
        reason: "directory-too-deep",
        message: `Directories are nested more than ${maximumDepth} deep below /${path.slice(0, 200)}…`,
        hint: "Look for something that makes a directory inside itself over and over.",
    });
}
/** Whether two entries that are no directories say the same. */
export function sameLeaf(a, b) {
    if (a === b)
        return true;
    if (a.type === "file" && b.type === "file") {
        return (a.digest.hash === b.digest.hash &&
            a.digest.size === b.digest.size &&
            a.executable === b.executable &&
            a.mtime?.seconds === b.mtime?.seconds &&
            a.mtime?.nanos === b.mtime?.nanos);
    }
    return a.type === "symlink" && b.type === "symlink" && a.target === b.target;
}
const rank = { directory: 0, file: 1, symlink: 2 };
const inOrder = new WeakMap();
/** The children in canonical order. */
export function ordered(tree) {
    const known = inOrder.get(tree);
    if (known !== undefined)
        return known;
    const map = isOrdered(tree.entries) ? tree.entries : new Map([...tree.entries].sort(compareChildren));
    inOrder.set(tree, map);
    return map;
}
function compareChildren(a, b) {
    return rank[a[1].type] - rank[b[1].type] || Names.compare(a[0], b[0]);
}
function isOrdered(entries) {
    let lastName = "";
    let lastRank = -1;
    for (const [name, entry] of entries) {
        const nextRank = rank[entry.type];
        if (nextRank < lastRank || (nextRank === lastRank && Names.compare(lastName, name) >= 0))
            return false;
        lastName = name;
        lastRank = nextRank;
    }
    return true;
}
