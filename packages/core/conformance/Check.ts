/** Runs the rules against an implementation and says which fail, each with the smallest counterexample that was found. */
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import type { Request } from "./Arbitraries.ts";
import type { Implementation, Outcome } from "./Implementation.ts";
import * as Model from "./Model.ts";
import { type Aspect, type Rule, rules } from "./Rules.ts";
import * as Sample from "./Sample.ts";

export interface Options {
  /** Random requests for each rule, default 200. */
  readonly runs?: number | undefined;
  readonly seed?: number | undefined;
  /** Only these rules, by id. */
  readonly only?: readonly string[] | undefined;
}

/** What came of one rule. */
export interface Finding {
  readonly rule: Rule;
  readonly type: "holds" | "fails" | "skipped";
  /** For a rule that fails. */
  readonly counterexample?: Counterexample | undefined;
  /** Why a rule was skipped. */
  readonly why?: string | undefined;
}

export interface Counterexample {
  readonly request: Request;
  /** What differs. */
  readonly aspect: Aspect;
  readonly expected: Outcome;
  readonly actual: Outcome | string;
  /** Gives the same counterexample again. */
  readonly seed: number;
}

/** Checks an implementation against every rule. */
export async function check(implementation: Implementation, options: Options = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (options.only !== undefined && !options.only.includes(rule.id)) continue;
    findings.push(await checkRule(implementation, rule, options));
  }
  return findings;
}

async function checkRule(implementation: Implementation, rule: Rule, options: Options): Promise<Finding> {
  let filterless = 0;
  let silent = 0;
  let compared = 0;
  const difference = async (request: Request): Promise<Aspect | undefined> => {
    if (request.accept !== undefined && !implementation.filters) {
      filterless++;
      return undefined;
    }
    const actual = await outcomeOf(implementation, request);
    const aspect = firstDifference(rule.aspects, Model.run(request), actual);
    if (aspect === "silent") silent++;
    else compared++;
    return aspect === "silent" ? undefined : aspect;
  };
  const details = await fc.check(
    fc.asyncProperty(rule.requests, async (request) => (await difference(request)) === undefined),
    {
      numRuns: options.runs ?? 200,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      examples: rule.examples.map((request): [Request] => [request]),
    },
  );
  if (details.failed && details.counterexample !== null) {
    const [request] = details.counterexample;
    const counterexample = {
      request,
      aspect: (await difference(request)) ?? ("tree" as const),
      expected: Model.run(request),
      actual: await outcomeOf(implementation, request),
      seed: details.seed,
    };
    return { rule, type: "fails", counterexample };
  }
  if (compared > 0) return { rule, type: "holds" };
  if (silent > 0) return { rule, type: "skipped", why: "the implementation does not report this" };
  if (filterless > 0) return { rule, type: "skipped", why: "the implementation takes no filter" };
  return { rule, type: "holds" };
}

/** An implementation that throws gives the text of what it threw, which equals no outcome. */
async function outcomeOf(implementation: Implementation, request: Request): Promise<Outcome | string> {
  try {
    return await implementation.run(request);
  } catch (cause) {
    return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
}

/** The first aspect in which outcomes differ; `silent` when the implementation says nothing about any of them. */
function firstDifference(
  aspects: readonly Aspect[],
  expected: Outcome,
  actual: Outcome | string,
): Aspect | "silent" | undefined {
  if (typeof actual === "string") return "tree";
  if (!aspects.includes("conflict") && (expected.type === "conflict" || actual.type === "conflict")) return "silent";
  if (expected.type !== actual.type) return "conflict";
  // Which of several conflicts is met first is not ruled.
  if (expected.type === "conflict" || actual.type === "conflict") return undefined;
  let spoke = false;
  for (const aspect of aspects) {
    if (aspect === "conflict") continue;
    if (aspect === "tree") {
      spoke = true;
      if (!isDeepStrictEqual(Sample.sorted(expected.tree), Sample.sorted(actual.tree))) return aspect;
      continue;
    }
    const lists = aspect === "order" ? (["written", "overwritten", "ignored"] as const) : ([aspect] as const);
    for (const list of lists) {
      const theirs = actual[list];
      if (theirs === undefined) continue;
      spoke = true;
      const ours = expected[list] ?? [];
      const same =
        aspect === "order"
          ? isDeepStrictEqual(ours, [...theirs])
          : isDeepStrictEqual([...ours].sort(), [...theirs].sort());
      if (!same) return aspect;
    }
  }
  return spoke ? undefined : "silent";
}

/** The findings as lines for people. */
export function report(name: string, findings: readonly Finding[]): string {
  const lines = [`Import rules, ${name}:`, ""];
  for (const { rule, type, counterexample, why } of findings) {
    const mark = { holds: "ok   ", fails: "FAIL ", skipped: "-    " }[type];
    lines.push(`${mark} ${rule.id.padStart(2)}  ${rule.title}${why === undefined ? "" : ` (skipped: ${why})`}`);
    if (counterexample === undefined) continue;
    const { request, aspect, expected, actual } = counterexample;
    lines.push(`          destination  ${JSON.stringify(request.destination)}`);
    lines.push(`          source       ${JSON.stringify(request.source)}`);
    if (request.accept !== undefined) lines.push(`          filter       ${JSON.stringify(request.accept)}`);
    lines.push(`          expected     ${show(expected, aspect)}`);
    lines.push(`          got          ${typeof actual === "string" ? actual.split("\n")[0] : show(actual, aspect)}`);
  }
  const failed = findings.filter(({ type }) => type === "fails").length;
  const held = findings.filter(({ type }) => type === "holds").length;
  lines.push("", `${held} hold, ${failed} fail, ${findings.length - held - failed} skipped`);
  return lines.join("\n");
}

function show(outcome: Outcome, aspect: Aspect): string {
  if (outcome.type === "conflict") return `a conflict${outcome.path === undefined ? "" : ` at /${outcome.path}`}`;
  if (aspect === "tree" || aspect === "conflict") return JSON.stringify(Sample.sorted(outcome.tree));
  const { written, overwritten, ignored } = outcome;
  return JSON.stringify(aspect === "order" ? { written, overwritten, ignored } : { [aspect]: outcome[aspect] });
}
