/**
 * Default urls of package registries.
 *
 * Several kinds download from a registry when their configuration names no url, and some hash that url into their key. The built-in facts hold no such url: it is
 * read from the plugin package that a project pins (or that is installed on the host), as the literal that its module has, or given by configuration (`sources: KIND: config: url:` in project.conf).
 */
import { raise } from "../../error/BstError.ts";
import type { SourceContext } from "../SourceKind.ts";

/** The string assigned to a name in a Python module; undefined when there is none. */
export function constant(module: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*(?::\\s*str\\s*)?=\\s*["']([^"']+)["']`).exec(module)?.[1];
}

/** The default given where a Python module reads a configuration key as text; undefined when there is none. */
export function fallback(module: string, key: string): string | undefined {
  return new RegExp(`get_str\\(\\s*["']${key}["']\\s*,\\s*(?:default\\s*=\\s*)?["']([^"']+)["']`).exec(module)?.[1];
}

/** The url, or a clear failure when it is needed and unknown. */
export function need(url: string | undefined, kind: string, key: string, context: SourceContext): string {
  if (url !== undefined) return url;
  return raise({
    domain: "SOURCE",
    reason: "missing-default-url",
    message: `A source of kind '${kind}' in '${context.elementName}' names no '${key}', and the default of its plugin package is not known here`,
    hint: `Write '${key}' in the source or for all of them in project.conf (sources: ${kind}: config: ${key}: …), take the plugin package through a junction, or have it installed beside a \`bst\` or \`python3\` on PATH.`,
  });
}
