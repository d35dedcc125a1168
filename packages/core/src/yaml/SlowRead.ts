/**
 * The complete reader: the `yaml` package's composer, bent to BuildStream's dialect.
 *
 * It is the slow, obvious twin of `FastRead.ts` and words all errors. The package follows YAML 1.2; what BuildStream forbids (anchors, aliases, foreign tags on
 * scalars, several documents, duplicate or complex keys) is checked here, and places are moved to libyaml's marks: to the tag where a node has one, behind
 * the colon or dash where a value is absent.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments } from "yaml";
import { raise } from "../error/BstError.ts";
import { maximumDepth } from "./FastRead.ts";
import * as LineBreaks from "./LineBreaks.ts";
import { type Mapping, type Node, place, type SourceFile } from "./Node.ts";
import * as Text from "./PythonText.ts";
import * as YamlProblems from "./YamlProblems.ts";

const tooDeep = `collections are nested more than ${maximumDepth} deep`;

/** Texts longer than this are not handed to the complete reader, which needs seconds for each million characters of awkward text. */
export const maximumLength = 500_000;

/** Ends reading with BuildStream's error for text that is not its YAML. */
export function malformed(file: SourceFile, offset: number, problem: string, hint?: string): never {
  const where = place({ file, offset });
  return raise({
    domain: "LOAD",
    reason: "invalid-yaml",
    message: `This is not valid YAML: ${problem}`,
    place: where,
    hint:
      hint ?? "Look at the indentation of this line and the next ones; quote a value that contains special characters.",
  });
}

/** Openings of collections so deep that the composer would need seconds only to find that they are too many. */
const abysses = [/(?:[[{]\s*){1001}/, /(?:\{\w+: ?){1001}/, /(?:[-?] ){1001}/].map(
  (pattern) => new RegExp(pattern.source.replace("1001", String(maximumDepth + 1))),
);

interface Token {
  readonly type: string;
  readonly offset: number;
  readonly source?: string;
}

/** Where libyaml sees a node: at its first property (tag), if any stands in front of it. */
function startOf(before: readonly Token[] | undefined, fallback: number): number {
  let start: number | undefined;
  for (const token of before ?? []) {
    if (token.type === "map-value-ind" || token.type === "seq-item-ind" || token.type === "explicit-key-ind") {
      start = undefined;
    } else if (token.type === "tag" && start === undefined) start = token.offset;
  }
  return start ?? fallback;
}

/** Where libyaml puts an absent value: behind its indicator. */
function absentAt(before: readonly Token[] | undefined): number | undefined {
  let result: number | undefined;
  for (const token of before ?? []) {
    if (token.type === "map-value-ind" || token.type === "seq-item-ind") result = token.offset + 1;
  }
  return result;
}

/** Reads `file.text`; raises `invalid-yaml` with the place. */
export function read(file: SourceFile): Mapping {
  const written = file.text ?? "";
  const text = LineBreaks.plain(written);
  for (const abyss of abysses) {
    const at = text.search(abyss);
    if (at !== -1) return malformed(file, at, tooDeep);
  }
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, {
      schema: "failsafe",
      version: "1.1",
      keepSourceTokens: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    documents = "empty" in parsed ? [] : parsed;
  } catch (cause) {
    if (cause instanceof RangeError) return malformed(file, 0, tooDeep);
    throw cause;
  }
  for (const document of documents) {
    const error = document.errors[0];
    if (error !== undefined) {
      // The composer reports its own exhausted stack as an error of the text.
      if (error.message.includes("call stack")) return malformed(file, error.pos[0], tooDeep);
      const [problem, hint] = YamlProblems.told(error.message);
      return malformed(file, error.pos[0], problem, hint);
    }
  }
  const first = documents[0];
  if (first === undefined) return { type: "mapping", entries: new Map(), file, offset: 0 };
  const second = documents[1];
  if (second !== undefined) {
    return malformed(
      file,
      Math.min(second.range[0], text.length),
      "there is more than one document in this file",
      "Keep only one document; each file of a project is one mapping.",
    );
  }
  const contents = first.contents as ParsedNode | null;
  // A comment-only text is one document without content, unless a marker makes it explicit.
  if (contents === null || (isScalar(contents) && contents.value === null && contents.range[0] === contents.range[1])) {
    if (!/^(?:---|%)/m.test(text)) return { type: "mapping", entries: new Map(), file, offset: 0 };
  }
  if (!isMap(contents)) {
    return malformed(
      file,
      contents?.range[0] ?? 0,
      "a mapping is expected at the top of the file",
      "Write `key: value` lines, with a blank after the colon; the file must be one mapping.",
    );
  }
  let depth = 0;

  /** Where libyaml puts an absent value in a flow mapping: at the next token. */
  const nextToken = (from: number): number => {
    const pattern = /(?:\s|(?<=\s)#[^\n]*)*/y;
    pattern.lastIndex = from;
    pattern.exec(text);
    return pattern.lastIndex;
  };

  const convert = (
    source: ParsedNode | null | undefined,
    before: readonly Token[] | undefined,
    fallback: number,
  ): Node => {
    if (source === null || source === undefined) {
      return { type: "scalar", value: "", file, offset: absentAt(before) ?? fallback };
    }
    if (isAlias(source)) {
      return malformed(
        file,
        source.range[0],
        "aliases are not allowed in BuildStream files",
        "Repeat the text, or use an include `(@)`.",
      );
    }
    if (source.anchor !== undefined) {
      const anchor = before?.find((token) => token.type === "anchor");
      return malformed(
        file,
        anchor?.offset ?? source.range[0],
        "anchors are not allowed in BuildStream files",
        "Repeat the text, or use an include `(@)`.",
      );
    }
    const offset = startOf(before, source.range[0]);
    if (isScalar(source)) {
      const tag = before?.find((token) => token.type === "tag");
      if (tag !== undefined && !(source.tag ?? "!").startsWith("tag:yaml.org,2002:")) {
        return malformed(
          file,
          offset,
          `the tag ${tag.source ?? ""} is not allowed in BuildStream files`,
          "Remove the tag.",
        );
      }
      if (written !== text && LineBreaks.hasSeparators(written.slice(source.range[0], source.range[1]))) {
        return malformed(
          file,
          offset,
          "this text goes over lines that are separated by U+2028 or U+2029",
          "Use ordinary line breaks, or write the separator as \\L or \\P in double quotes.",
        );
      }
      const absent = tag === undefined && source.range[0] === source.range[1];
      return {
        type: "scalar",
        value: Text.strip(String(source.value ?? "")),
        file,
        offset: absent ? (absentAt(before) ?? offset) : offset,
      };
    }
    if (++depth > maximumDepth) return malformed(file, offset, tooDeep);
    if (isSeq(source)) {
      const tokens = (source.srcToken as { items?: readonly { start?: readonly Token[] }[] } | undefined)?.items ?? [];
      const isBlock = source.srcToken?.type === "block-seq";
      const items = (source.items as ParsedNode[]).map((item, index) =>
        // A pair in a flow sequence is a mapping that has no token of its own.
        convert(item, isBlock || isScalar(item) ? tokens[index]?.start : undefined, offset),
      );
      depth--;
      return { type: "sequence", items, file, offset };
    }
    const entries = new Map<string, Node>();
    for (const pair of source.items) {
      const token = pair.srcToken as { start?: readonly Token[]; sep?: readonly Token[]; key?: unknown } | undefined;
      const key = pair.key as ParsedNode | null;
      const explicit = token?.start?.some((part) => part.type === "explicit-key-ind") ?? false;
      const colon = token?.sep?.find((part) => part.type === "map-value-ind")?.offset;
      if (!explicit && token !== undefined && colon !== undefined) {
        // YAML 1.2 is laxer here than libyaml: a key without `?` may neither be absent nor end on another line than it begins.
        const start = key === null || key.range[0] === key.range[1] ? undefined : key.range[0];
        if (start === undefined || text.slice(start, colon).includes("\n")) {
          return malformed(
            file,
            start ?? colon,
            "this colon has no key on its line",
            "Write `key: value` on one line.",
          );
        }
      }
      const keyNode = convert(key, token?.start, offset);
      if (keyNode.type !== "scalar") {
        return malformed(file, keyNode.offset, "a key must be a plain text", "Write the key as one word or in quotes.");
      }
      const name = isScalar(key) ? String(key.value ?? "") : "";
      if (entries.has(name)) {
        return malformed(
          file,
          keyNode.offset,
          `duplicate key '${name}'`,
          "Keep one of the two entries, or merge them.",
        );
      }
      const valueNode = pair.value as ParsedNode | null;
      const absent = valueNode === null || (isScalar(valueNode) && valueNode.range[0] === valueNode.range[1]);
      const tagged = token?.sep?.some((part) => part.type === "tag") ?? false;
      if (absent && !tagged && source.flow === true) {
        const after = nextToken(colon === undefined ? (key?.range[1] ?? offset) : colon + 1);
        entries.set(name, { type: "scalar", value: "", file, offset: after });
      } else entries.set(name, convert(valueNode, token?.sep, nextToken(key?.range[1] ?? offset)));
    }
    depth--;
    return { type: "mapping", entries, file, offset };
  };

  try {
    const top = convert(contents, undefined, 0) as Mapping;
    return top;
  } catch (cause) {
    if (cause instanceof RangeError) return malformed(file, 0, tooDeep);
    throw cause;
  }
}
