/**
 * Names of directory entries: which are possible, and the one order they have.
 *
 * REAPI sorts by code point of the Unicode text, which is the byte order of its UTF-8. JavaScript compares UTF-16 units instead, and the two
 * differ where a character above U+FFFF meets one of U+E000–U+FFFF; {@link compare} is right for both and costs no more for ordinary names.
 */
/** Order by code point: negative, zero or positive. */
export declare function compare(a: string, b: string): number;
/** What is wrong with a name as the name of a directory entry, or undefined when nothing is. */
export declare function flaw(name: string): string | undefined;
/** Joins a path relative to a root (empty for the root itself) and a name. */
export declare function join(path: string, name: string): string;
