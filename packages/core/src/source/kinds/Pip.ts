/** `pip`: Python packages downloaded by pip with their dependencies. The index url enters the key, also when it is the default. */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Settings {
  /** Of the index; undefined when neither written nor known. */
  readonly url: string | undefined;
  /** Lines `package==version`. */
  readonly ref: string | undefined;
  readonly packages: readonly string[];
  /** Requirements files of the sources before it. */
  readonly requirementsFiles: readonly string[];
}

const keys = Common.keys("url", "packages", "ref", "requirements-files");

function make(defaultUrl: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    ...Common.textRefMembers,
    name: "pip",
    requiresPreviousTrack: true,
    configure: (config, context) => {
      Access.validateKeys(config, keys);
      const packages = Access.getStringList(config, "packages", []);
      const requirementsFiles = Access.getStringList(config, "requirements-files", []);
      if (packages.length === 0 && requirementsFiles.length === 0) {
        raise({
          domain: "SOURCE",
          reason: null,
          message: `A pip source of '${context.elementName}' names neither packages nor requirements files`,
          place: Node.place(config),
          hint: "Give it `packages` or `requirements-files`.",
        });
      }
      return {
        url: Access.optionalString(config, "url") ?? defaultUrl,
        ref: Access.optionalString(config, "ref"),
        packages,
        requirementsFiles,
      };
    },
    uniqueKey: (settings, context) => [
      RegistryUrl.need(settings.url, "pip", "url", context),
      Common.orNull(settings.ref),
    ],
    withRef: Common.withTextRef,
    urls: (settings) => (settings.url === undefined ? [] : [{ url: settings.url, primary: true }]),
    pinned: (module) => make(RegistryUrl.constant(module, "_PYPI_INDEX_URL")),
  };
}

/** The kind. */
export const kind = make(undefined);
