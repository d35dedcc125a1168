/**
 * Data written as Starlark (or Python) literals: the file in which Bazel lists what a workspace downloads, `resolved = [...]`. Read, never run.
 */
import { raise } from "@millrace/core/error/BstError";

export type Data = string | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

const deepest = 200;

/** The value that a file assigns to a name; undefined when it does not. `file` is what errors call it. */
export function assigned(source: string, name: string, file: string): Data | undefined {
  let at = 0;
  let depth = 0;
  const fail = (why: string): never =>
    raise({
      domain: "SOURCE",
      reason: null,
      message: `${file} cannot be read: ${why} at line ${source.slice(0, at).split("\n").length}`,
      hint: "Only assignments of plain lists, dictionaries, texts, numbers and truths are understood.",
    });
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) return undefined;
    at += match[0].length;
    return match[0];
  };
  const skip = () => void take(/(?:\s|#[^\n]*|\\\r?\n)*/y);
  const expect = (character: string) => {
    skip();
    if (source[at] !== character) fail(`'${character}' is missing`);
    at++;
  };
  const items = (end: string, item: () => void): void => {
    if (++depth > deepest) fail("it is nested too deeply");
    for (;;) {
      skip();
      if (source[at] === end) break;
      item();
      skip();
      if (source[at] === ",") at++;
      else if (source[at] !== end) fail(`',' or '${end}' is missing`);
    }
    at++;
    depth--;
  };
  const value = (): Data => {
    skip();
    const start = source[at];
    if (start === "[" || start === "(") {
      at++;
      const list: Data[] = [];
      items(start === "[" ? "]" : ")", () => list.push(value()));
      return list;
    }
    if (start === "{") {
      at++;
      const members: [string, Data][] = [];
      items("}", () => {
        const key = value();
        expect(":");
        members.push([String(key), value()]);
      });
      return Object.fromEntries(members);
    }
    if (start === '"' || start === "'") {
      let text = "";
      // Texts side by side are one.
      while (source[at] === '"' || source[at] === "'") {
        text += quoted(
          take(/"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y) ??
            fail("a text does not end"),
        );
        skip();
      }
      return text;
    }
    const word = take(/-?[A-Za-z0-9_.]+/y) ?? fail("a value is missing");
    if (word === "True" || word === "False") return word === "True";
    if (word === "None") return null;
    const number = Number(word.replace(/^(-?)0o/, "$10o"));
    return Number.isNaN(number) ? fail(`'${word}' is no plain value`) : number;
  };
  let result: Data | undefined;
  for (skip(); at < source.length; skip()) {
    const target = take(/[A-Za-z_][A-Za-z0-9_]*/y) ?? fail("a name is missing");
    expect("=");
    const data = value();
    if (target === name) result = data;
    take(/[ \t]*;/y);
  }
  return result;
}

const letters: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  "0": "\0",
};

function quoted(literal: string): string {
  const marks = /^("""|'''|"|')/.exec(literal)?.[0].length ?? 1;
  return literal
    .slice(marks, -marks)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r?\n)|([\s\S]))/g,
      (whole, ...parts: string[]) => {
        const [two, four, eight, newline, letter] = parts;
        const code = two ?? four ?? eight;
        if (code !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
        if (newline !== undefined) return "";
        return letters[letter as string] ?? (/["'\\]/.test(letter as string) ? (letter as string) : whole);
      },
    );
}
