/**
 * The line breaks that libyaml knows beyond `\n`: NEL (U+0085), which is read as `\n`, and the separators U+2028 and U+2029, which end a line but stay themselves
 * where a value goes over several lines (asked of BuildStream).
 *
 * Readers walk a text in which each separator is a `\n`, so that offsets stay, and look into the written text only for what a run of breaks becomes.
 */

const separators = /[\u2028\u2029]/g;

/** Whether a text holds breaks that {@link plain} changes. */
export const hasSeparators = (text: string): boolean => text.search(separators) !== -1;

/** The text with each separator as `\n`: what readers walk; as long as what was written. */
export const plain = (text: string): string => (hasSeparators(text) ? text.replace(separators, "\n") : text);

/** The breaks of a stretch of the written text that holds nothing else but blanks. */
export const breaksOf = (written: string): string => written.replace(/[^\n\u2028\u2029]/g, "");

/** What breaks in a quoted or plain scalar become: one `\n` is a blank, of several the first is dropped; a separator in front stays. */
export function folded(breaks: string): string {
  if (breaks.charCodeAt(0) !== 0x0a) return breaks;
  return breaks.length === 1 ? " " : breaks.slice(1);
}
