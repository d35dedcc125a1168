/** Files made wrong on purpose: one mutation of a text, chosen from a tape. */
import type { Choices } from "../parity/Choices.ts";

type Mutation = (choices: Choices, bytes: Uint8Array) => Uint8Array;

const encoder = new TextEncoder();

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const made = new Uint8Array(bytes.length - removed + added.length);
  made.set(bytes.subarray(0, at));
  made.set(added, at);
  made.set(bytes.subarray(at + removed), at + added.length);
  return made;
}

function somewhere(choices: Choices, bytes: Uint8Array): number {
  return (choices.below(1000) * 1000 + choices.below(1000)) % (bytes.length + 1);
}

function insert(choices: Choices, bytes: Uint8Array, text: string | Uint8Array): Uint8Array {
  return spliced(bytes, somewhere(choices, bytes), 0, typeof text === "string" ? encoder.encode(text) : text);
}

/** Each anchor refers many times to the one before. */
function bomb(levels: number, width: number): string {
  let text = 'a0: &a0 "x"\n';
  for (let level = 1; level <= levels; level++)
    text += `a${level}: &a${level} [${Array.from({ length: width }, () => `*a${level - 1}`).join(", ")}]\n`;
  return text;
}

const mutations: readonly Mutation[] = [
  (choices, bytes) => {
    const made = bytes.slice();
    const flips = 1 + choices.below(3);
    for (let flip = 0; flip < flips && made.length > 0; flip++) {
      const at = somewhere(choices, made) % made.length;
      made[at] = (made[at] as number) ^ (1 << choices.below(8));
    }
    return made;
  },
  (choices, bytes) => bytes.subarray(0, somewhere(choices, bytes)),
  (choices, bytes) => {
    const at = somewhere(choices, bytes);
    return spliced(bytes, at, Math.min(1 + choices.below(20), bytes.length - at), new Uint8Array());
  },
  (choices, bytes) =>
    insert(
      choices,
      bytes,
      choices.one([
        "\t",
        "\0",
        "\r",
        ": ",
        "- ",
        "{",
        "[",
        "'",
        '"',
        "&a ",
        "*a ",
        "|",
        "%",
        "%{",
        "#",
        "---\n",
        "...\n",
        "? ",
        "!x ",
        "<<: ",
        "\u2028",
        "\u{feff}",
      ]),
    ),
  (choices, bytes) =>
    insert(
      choices,
      bytes,
      choices.one(
        [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map((raw) =>
          Uint8Array.from(raw),
        ),
      ),
    ),
  (choices, bytes) =>
    insert(choices, bytes, choices.one(["[", "{a: ", "- ", "(?):\n- "]).repeat(choices.one([10, 999, 5000, 100_000]))),
  (choices, bytes) => insert(choices, bytes, `\n${bomb(choices.one([5, 12, 40]), 10)}`),
  (choices, bytes) =>
    insert(choices, bytes, choices.one(["x", " ", "%{a}", "'", "\u00fc"]).repeat(choices.one([1000, 100_000]))),
  (choices, bytes) => {
    const lines = new TextDecoder().decode(bytes).split("\n");
    const [from, to] = [choices.below(lines.length), choices.below(lines.length)];
    lines.splice(to, choices.below(2), lines[from] as string);
    return encoder.encode(lines.join("\n"));
  },
];

/** A mutated copy. */
export function mutate(choices: Choices, bytes: Uint8Array): Uint8Array {
  return choices.one(mutations)(choices, bytes);
}
