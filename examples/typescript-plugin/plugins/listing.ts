/** `listing`: an artifact that is the runtime closure of its build dependencies below one directory. It shows all that an element kind needs. */

import type { ElementKind } from "@millrace/core/element/ElementKind";
import type { Toolbox } from "@millrace/core/plugin/Toolbox";
import type { Mapping } from "@millrace/core/yaml/Node";

interface Settings {
  /** The directory in the artifact. */
  readonly target: string;
}

export const element = ({ Access, Commands, raise, Node }: Toolbox): ElementKind<Settings> => ({
  ...Commands.ordinary,
  name: "listing",
  defaults: "config:\n  target: /usr\n",
  forbidsSources: true,
  runsCommands: () => false,
  configure: (config: Mapping) => {
    Access.validateKeys(config, ["target"]);
    const target = Access.getScalar(config, "target");
    if (!target.value.startsWith("/")) {
      raise({
        domain: "ELEMENT",
        reason: "relative-target",
        message: `The target '${target.value}' is not absolute`,
        place: Node.place(target),
        hint: "Begin it with a slash.",
      });
    }
    return { target: target.value };
  },
  uniqueKey: (settings) => ({ target: settings.target }),
  plan: (settings, built, graph) =>
    Commands.quietPlan(
      built,
      "/output",
      [
        {
          type: "stage-artifacts",
          elements: graph.buildScope(built.id),
          at: `/output${settings.target}`,
          overlapAction: "warning",
          label: "Staging dependencies",
        },
      ],
      [],
    ),
});
