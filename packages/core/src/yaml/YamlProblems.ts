/** The complaints of the `yaml` package in words for people who write elements, each with what to do. */

type Told = readonly [problem: string, hint: string | undefined];

const indentation = "Give all keys of a mapping, and all items of a list, the same indentation.";
const quote = "Put quotes around the value.";

const problems: readonly (readonly [RegExp, (match: RegExpExecArray) => Told])[] = [
  [/^Tabs are not allowed/, () => ["a tab stands where the line is indented", "Indent with blanks."]],
  [
    /^A block sequence may not be used as an implicit map key|^All sequence items must start at the same column|^Sequence item without/,
    () => ["this line is not indented like the list that it belongs to", indentation],
  ],
  [
    /^All mapping items must start at the same column|^All collection items must start at the same column/,
    () => ["this line is not indented like the other keys of its mapping", indentation],
  ],
  [
    /^Implicit map keys need to be followed by map values/,
    () => [
      "this is a key without a value: a colon is missing",
      "Write `key: value`, or indent the line if it belongs to what is above.",
    ],
  ],
  [
    /^Implicit keys need to be on a single line/,
    () => [
      "a colon is missing, or a text goes on where a key is expected",
      "Write `key: value`, and put quotes around texts of several lines.",
    ],
  ],
  [
    /^Nested mappings are not allowed in compact mappings/,
    () => ["a value holds a colon and a blank, which begin another mapping", quote],
  ],
  [
    /^Plain value cannot start with .*?(\S)$/,
    ([, character]) => [`a value cannot begin with ${character} unless it is in quotes`, quote],
  ],
  [
    /^Flow (sequence|map).* end with a (\S)/,
    ([, kind, end]) => [
      `a ${kind === "map" ? "mapping" : "list"} is not closed: a ${end} is missing`,
      `Close it with ${end}, and indent what stands between.`,
    ],
  ],
  [
    /^Missing closing (\S+)quote/,
    () => ["quotes that were opened before are not closed", "Close the text with the quote that it begins with."],
  ],
  [
    /^Invalid escape sequence (.*)/,
    ([, sequence]) => [
      `in double quotes ${sequence} means nothing`,
      "Use single quotes, or write \\\\ for a backslash.",
    ],
  ],
];

/** What is wrong and what to do, for a complaint of the package; the complaint itself where nothing better is known. */
export function told(complaint: string): Told {
  for (const [pattern, words] of problems) {
    const match = pattern.exec(complaint);
    if (match !== null) return words(match);
  }
  return [complaint, undefined];
}
