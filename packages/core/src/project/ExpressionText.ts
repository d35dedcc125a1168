/**
 * The text of a conditional → its syntax tree: the expression grammar of Jinja2, which is Python's with filters (`|`) and tests (`is`).
 *
 * Surprises: `not a in b` negates the whole comparison; `~` joins texts and binds tighter than `+`; commas at the top make a tuple; `a if b else c` needs
 * parentheses at the top; string literals side by side are one.
 */

export type Expression =
  | { readonly type: "literal"; readonly value: string | number | boolean | null }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly type: "not"; readonly operand: Expression }
  | { readonly type: "negate"; readonly operand: Expression; readonly sign: 1 | -1 }
  | { readonly type: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: "choice";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression | undefined;
    }
  | {
      readonly type: "compare";
      readonly first: Expression;
      readonly rest: readonly { readonly operator: string; readonly operand: Expression }[];
    }
  | { readonly type: "arithmetic"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly type: "index"; readonly base: Expression; readonly index: Expression }
  | { readonly type: "method"; readonly base: Expression; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: "filter"; readonly base: Expression; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: "test"; readonly base: Expression; readonly name: string; readonly args: readonly Expression[] };

/** What is wrong with an expression, without a place: the caller knows where it stands. */
export class ExpressionError {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

interface Token {
  readonly type: "name" | "string" | "number" | "operator" | "end";
  readonly text: string;
  readonly value?: string | number;
}

const tokenPattern =
  /\s*(?:([\p{L}_][\p{L}\p{N}_]*)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|\/\/|\*\*|[-+*/%~<>()[\]{},.|:]))/uy;

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\x07",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

const decodeEscapes = (body: string): string =>
  body.replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([0-7]{1,3})|([\s\S]))/g, (all, hex, unicode, octal, other) => {
    if (hex !== undefined || unicode !== undefined) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    return escapes[other as string] ?? all;
  });

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const stop = text.trimEnd().length;
  while (at < stop) {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null) throw new ExpressionError(`unexpected text at '${text.slice(at).trim().slice(0, 20)}'`);
    const [, name, quoted, number, operator] = match;
    if (name !== undefined) tokens.push({ type: "name", text: name });
    else if (quoted !== undefined) {
      tokens.push({ type: "string", text: quoted, value: decodeEscapes(quoted.slice(1, -1)) });
    } else if (number !== undefined) {
      tokens.push({ type: "number", text: number, value: Number(number.replaceAll("_", "")) });
    } else tokens.push({ type: "operator", text: operator as string });
    at = tokenPattern.lastIndex;
  }
  tokens.push({ type: "end", text: "the end" });
  return tokens;
}

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

/** Deeper than anybody writes, and safe for the stack. */
const maximumDepth = 200;

/** Longer than anybody writes; operators in a row nest to the left as deep as the text is long. */
const maximumTokens = 4000;

/** Parses a whole expression; throws an {@link ExpressionError}. */
export function parse(text: string): Expression {
  const tokens = tokenize(text);
  if (tokens.length > maximumTokens) throw new ExpressionError("it is too long");
  let at = 0;
  let depth = 0;
  const peek = (): Token => tokens[at] as Token;
  const fail = (): never => {
    throw new ExpressionError(`unexpected ${peek().type === "end" ? "end" : `'${peek().text}'`}`);
  };
  const isOperator = (operator: string): boolean => peek().type === "operator" && peek().text === operator;
  const isName = (name: string): boolean => peek().type === "name" && peek().text === name;
  const accept = (operator: string): boolean => {
    if (!isOperator(operator)) return false;
    at++;
    return true;
  };
  const expect = (operator: string): void => {
    if (!accept(operator)) fail();
  };

  const choice = (): Expression => {
    if (++depth > maximumDepth) throw new ExpressionError("it nests too deeply");
    let result = either();
    while (isName("if")) {
      at++;
      const test = either();
      let no: Expression | undefined;
      if (isName("else")) {
        at++;
        no = choice();
      }
      result = { type: "choice", test, yes: result, no };
    }
    depth--;
    return result;
  };

  const either = (): Expression => {
    let left = both();
    while (isName("or")) {
      at++;
      left = { type: "or", left, right: both() };
    }
    return left;
  };

  const both = (): Expression => {
    let left = negation();
    while (isName("and")) {
      at++;
      left = { type: "and", left, right: negation() };
    }
    return left;
  };

  const negation = (): Expression => {
    let count = 0;
    while (isName("not")) {
      at++;
      count++;
    }
    let result = comparison();
    for (; count > 0; count--) result = { type: "not", operand: result };
    return result;
  };

  const comparison = (): Expression => {
    const first = sum();
    const rest: { operator: string; operand: Expression }[] = [];
    while (true) {
      const token = peek();
      let operator: string | undefined;
      if (token.type === "operator" && ["==", "!=", "<", "<=", ">", ">="].includes(token.text)) operator = token.text;
      else if (isName("in")) operator = "in";
      else if (isName("not") && tokens[at + 1]?.type === "name" && tokens[at + 1]?.text === "in") {
        operator = "not in";
        at++;
      }
      if (operator === undefined) break;
      at++;
      rest.push({ operator, operand: sum() });
    }
    return rest.length === 0 ? first : { type: "compare", first, rest };
  };

  const leftToRight = (operators: readonly string[], operand: () => Expression): (() => Expression) => {
    return () => {
      let left = operand();
      while (peek().type === "operator" && operators.includes(peek().text)) {
        const operator = peek().text;
        at++;
        left = { type: "arithmetic", operator, left, right: operand() };
      }
      return left;
    };
  };

  const unary = (withFilters: boolean): Expression => {
    if (++depth > maximumDepth) throw new ExpressionError("it nests too deeply");
    let result: Expression;
    if (accept("-")) result = { type: "negate", sign: -1, operand: unary(false) };
    else if (accept("+")) result = { type: "negate", sign: 1, operand: unary(false) };
    else result = primary();
    result = postfix(result);
    depth--;
    return withFilters ? filters(result) : result;
  };
  const power = leftToRight(["**"], () => unary(true));
  const product = leftToRight(["*", "/", "//", "%"], power);
  const concatenation = leftToRight(["~"], product);
  const sum = leftToRight(["+", "-"], concatenation);

  const listUntil = (close: string): readonly Expression[] => {
    const items: Expression[] = [];
    while (!isOperator(close)) {
      items.push(choice());
      if (!accept(",") && !isOperator(close)) fail();
    }
    at++;
    return items;
  };

  const primary = (): Expression => {
    const token = peek();
    if (token.type === "name") {
      at++;
      const constant = constants.get(token.text);
      return constant === undefined ? { type: "name", name: token.text } : { type: "literal", value: constant };
    }
    if (token.type === "number") {
      at++;
      return { type: "literal", value: token.value as number };
    }
    if (token.type === "string") {
      let value = "";
      while (peek().type === "string") {
        value += peek().value as string;
        at++;
      }
      return { type: "literal", value };
    }
    if (accept("[")) return { type: "list", items: listUntil("]") };
    if (accept("(")) {
      if (accept(")")) return { type: "tuple", items: [] };
      const first = choice();
      if (accept(")")) return first;
      expect(",");
      return { type: "tuple", items: [first, ...listUntil(")")] };
    }
    return fail();
  };

  const postfix = (start: Expression): Expression => {
    let base = start;
    while (true) {
      if (accept("[")) {
        const [index, ...more] = listUntil("]");
        if (index === undefined) return fail();
        base = { type: "index", base, index: more.length === 0 ? index : { type: "tuple", items: [index, ...more] } };
      } else if (accept("(")) {
        // Nothing can be called, but only evaluation may say so: the part may never be reached.
        base = { type: "method", base, name: "()", args: listUntil(")") };
      } else if (isOperator(".")) {
        at++;
        const name = peek().text;
        if (peek().type !== "name") fail();
        at++;
        expect("(");
        base = { type: "method", base, name, args: listUntil(")") };
      } else return base;
    }
  };

  const filters = (start: Expression): Expression => {
    let base = start;
    while (true) {
      if (accept("|")) {
        const name = peek().text;
        if (peek().type !== "name") fail();
        at++;
        base = { type: "filter", base, name, args: accept("(") ? listUntil(")") : [] };
      } else if (isName("is")) {
        at++;
        const negated = isName("not");
        if (negated) at++;
        const name = peek().text;
        if (peek().type !== "name") fail();
        at++;
        let args: readonly Expression[] = [];
        const next = peek();
        if (accept("(")) args = listUntil(")");
        else if (
          next.type === "string" ||
          next.type === "number" ||
          isOperator("[") ||
          (next.type === "name" && !["else", "or", "and", "is", "if", "not", "in"].includes(next.text))
        ) {
          args = [postfix(primary())];
        }
        base = { type: "test", base, name, args };
        if (negated) base = { type: "not", operand: base };
      } else return base;
    }
  };

  let result = either();
  if (isOperator(",")) {
    const items = [result];
    while (accept(",")) if (peek().type !== "end") items.push(either());
    result = { type: "tuple", items };
  }
  if (peek().type !== "end") fail();
  return result;
}
