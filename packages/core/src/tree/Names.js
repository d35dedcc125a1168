/**
 * Names of directory entries: which are possible, and the one order they have.
 *
 * REAPI sorts by code point of the Unicode text, which is the byte order of its UTF-8. JavaScript compares UTF-16 units instead, and the two
 * differ where a character above U+FFFF meets one of U+E000–U+FFFF; {@link compare} is right for both and costs no more for ordinary names.
 */
/** Whether some unit of the text is a surrogate or above, where UTF-16 order and code point order part. */
function hasHighUnit(text) {
    for (let index = 0; index < text.length; index++)
        if (text.charCodeAt(index) >= 0xd800)
            return true;
    return false;
}
/** Order by code point: negative, zero or positive. */
export function compare(a, b) {
    if (a === b)
        return 0;
    const less = a < b ? -1 : 1;
    return hasHighUnit(a) && hasHighUnit(b) ? compareHigh(a, b) : less;
}
function compareHigh(a, b) {
    const length = Math.min(a.length, b.length);
    for (let index = 0; index < length; index++) {
        const left = a.charCodeAt(index);
        const right = b.charCodeAt(index);
        if (left !== right)
            return rank(left) - rank(right);
    }
    return a.length - b.length;
}
/** Moves surrogates above all other units, so that comparing units compares code points. */
function rank(unit) {
    if (unit < 0xd800)
        return unit;
    return unit <= 0xdfff ? unit + 0x2000 : unit - 0x800;
}
/** What is wrong with a name as the name of a directory entry, or undefined when nothing is. */
export function flaw(name) {
    if (name === "")
        return "is empty";
    if (name === "." || name === "..")
        return "stands for a directory itself";
    for (let index = 0; index < name.length; index++) {
        const unit = name.charCodeAt(index);
        if (unit === 0x2f)
            return "contains a slash";
        if (unit === 0)
            return "contains a NUL character";
    }
    return undefined;
}
/** Joins a path relative to a root (empty for the root itself) and a name. */
export function join(path, name) {
    return path === "" ? name : `${path}/${name}`;
}
