/** Whether this program can load a project that asks for a version of BuildStream. */
import { raise } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import { type Mapping, place } from "../yaml/Node.ts";
import * as PythonText from "../yaml/PythonText.ts";

/** The version of the project format that this program implements. */
const supported = { major: 2, minor: 8 } as const;

/** Checks `min-version` of a project.conf. */
export function check(conf: Mapping): void {
  const node = Access.optionalScalar(conf, "min-version");
  if (node === undefined) {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: "The key 'min-version' is missing in project.conf",
      place: place(conf),
      hint: `Add \`min-version: ${supported.major}.0\`; projects of BuildStream 1 have no such key and cannot be loaded.`,
    });
  }
  const [first, second] = node.value.split(".");
  const major = PythonText.parseInteger(first ?? "");
  const minor = PythonText.parseInteger(second ?? "");
  if (major === undefined || minor === undefined) {
    Access.invalid(node, `'${node.value}' is not a version`, "Write two numbers with a dot between them, e.g. `2.0`.");
  }
  if (major === supported.major && minor <= supported.minor) return;
  raise({
    domain: "LOAD",
    reason: "unsupported-project",
    message: `The project needs BuildStream ${node.value}, this is ${supported.major}.${supported.minor}`,
    place: place(node),
    hint: major === supported.major ? "Use a newer version." : `Use a version that implements BuildStream ${major}.`,
  });
}
