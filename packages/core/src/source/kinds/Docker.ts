/**
 * `docker`: a container image by digest, named by one url or by registry and image. The registry's url enters the key of the second form, also as a default.
 */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Settings {
  /** The first form: the image's url as written. */
  readonly url: string | undefined;
  /** The second form: the registry as written, or the default. */
  readonly registryUrl: string | undefined;
  readonly image: string | undefined;
  /** Tag to track. */
  readonly track: string | undefined;
  /** Undefined: the host's. */
  readonly architecture: string | undefined;
  readonly os: string | undefined;
  readonly version: string | undefined;
  /** SHA-256 of the manifest, without the method. */
  readonly ref: string | undefined;
}

const keys = Common.keys("architecture", "registry-url", "image", "os", "ref", "track", "url", "version");

function filled(config: Node.Mapping, key: string): string | undefined {
  return Access.optionalString(config, key) || undefined;
}

function make(defaultRegistry: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    ...Common.textRefMembers,
    name: "docker",
    configure: (config, context) => {
      Access.validateKeys(config, keys);
      const url = Access.optionalString(config, "url");
      const image = Access.optionalString(config, "image");
      const fail = (message: string): never =>
        raise({
          domain: "SOURCE",
          reason: null,
          message: `A docker source of '${context.elementName}' ${message}`,
          place: Node.place(config),
          hint: "Name the image by `url`, or by `image` and `registry-url`.",
        });
      if (url !== undefined && (image !== undefined || config.entries.has("registry-url"))) {
        fail("names its image in two ways");
      }
      if (url === undefined && image === undefined) fail("names no image");
      return {
        url,
        registryUrl: url === undefined ? (Access.optionalString(config, "registry-url") ?? defaultRegistry) : undefined,
        image,
        track: filled(config, "track"),
        architecture: filled(config, "architecture"),
        os: filled(config, "os"),
        version: Access.optionalString(config, "version"),
        ref: Access.optionalString(config, "ref"),
      };
    },
    uniqueKey: (settings, context) => {
      const digest = settings.ref === undefined ? null : `sha256:${settings.ref}`;
      const version = settings.version === undefined ? [] : [settings.version];
      if (settings.url !== undefined) return [settings.url, digest, ...version];
      const registry = RegistryUrl.need(settings.registryUrl, "docker", "registry-url", context);
      return [registry, Common.orNull(settings.image), digest, ...version];
    },
    withRef: Common.withTextRef,
    urls: (settings) => {
      const url = settings.url ?? settings.registryUrl;
      return url === undefined ? [] : [{ url, primary: true }];
    },
    pinned: (module) => make(RegistryUrl.constant(module, "_DOCKER_HUB_URL")),
  };
}

/** The kind. */
export const kind = make(undefined);
