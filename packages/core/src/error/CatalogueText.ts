/** The catalogue as a page of documentation, and single entries for a terminal. */
import type { Domain } from "./BstError.ts";
import * as Catalogue from "./Catalogue.ts";
import type { Entry, Owner } from "./Entry.ts";

const owners: Readonly<Record<Owner, string>> = {
  project: "files of the project",
  plugin: "a plugin of the project",
  host: "this machine: its disk, kernel and programs",
  remote: "a server, or the network to it",
  user: "the command line or the user configuration",
  bst: "bst itself: please report it",
};

const head = `# Errors

Generated from \`packages/core/src/error/catalogue\`; \`npm run docs\` writes this page anew, and a test compares it.

Every error has a domain and, mostly, a reason; both are BuildStream's own names where it has one. The file that \`BST_ERROR_FILE\` names and the events of
\`--events\` carry them with cause, owner and next step ([machine-output.md](machine-output.md)), and \`bst explain REASON\` prints an entry. An error's own hint, which knows the case at
hand, takes the place of the next step below. An error without a reason is described by its message; below it stands as "–". Reasons that plugins make up, and warnings
that a project makes fatal by \`fatal-warnings\` of its own, are not listed.

`;

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The page `docs/errors.md`. */
export function page(): string {
  const legend = Object.entries(owners).map(([owner, meaning]) => `- **${owner}**: ${meaning}\n`);
  const byDomain = Map.groupBy(Catalogue.all(), ({ domain }) => domain);
  const sections = [...byDomain].map(([domain, entries]) => {
    const rows = entries.map(
      ({ reason, entry }) =>
        `| ${reason === null ? "–" : `\`${reason}\``} | ${cell(entry.cause)} | ${entry.owner} | ${cell(entry.next)} |\n`,
    );
    return `## ${domain}\n\n| reason | cause | owner | next step |\n| --- | --- | --- | --- |\n${rows.join("")}`;
  });
  return `${head}The owner is whose it is to mend:\n\n${legend.join("")}\n${sections.join("\n")}`;
}

/** An entry for people. */
export function entry(domain: Domain, reason: string | null, { cause, owner, next }: Entry): string {
  return `${domain}${reason === null ? "" : ` ${reason}`}\n    Cause: ${cause}\n    Owner: ${owner} (${owners[owner]})\n    Next:  ${next}\n`;
}
