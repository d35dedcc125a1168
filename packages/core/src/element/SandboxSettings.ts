/** `sandbox:` of an element after composition: what the build needs of the machine. */
import { raise } from "../error/BstError.ts";
import * as Access from "../yaml/Access.ts";
import { type Mapping, place } from "../yaml/Node.ts";
import * as Architecture from "./Architecture.ts";
import type { SandboxConfig } from "./Element.ts";

const keys = ["build-uid", "build-gid", "build-os", "build-arch", "remote-apis-socket"];
const socketKeys = ["path", "action-cache-enable-update"];

/** Reads it; what is not given is the host's. */
export function read(node: Mapping, host: { readonly os: string; readonly arch: string }): SandboxConfig {
  Access.validateKeys(node, keys);
  const os = Access.optionalString(node, "build-os");
  const arch = Access.optionalScalar(node, "build-arch");
  const socket = Access.optionalMapping(node, "remote-apis-socket");
  if (socket !== undefined) Access.validateKeys(socket, socketKeys);
  return {
    buildOs: os === undefined || os === "" ? host.os : os.toLowerCase(),
    buildArch: arch === undefined || arch.value === "" ? host.arch : canonical(arch.value, node),
    buildUid: Access.optionalInt(node, "build-uid"),
    buildGid: Access.optionalInt(node, "build-gid"),
    remoteApisSocket:
      socket === undefined
        ? undefined
        : {
            path: Access.getString(socket, "path"),
            actionCacheEnableUpdate: Access.getBool(socket, "action-cache-enable-update", false),
          },
  };
}

function canonical(arch: string, node: Mapping): string {
  return (
    Architecture.canonical(arch) ??
    raise({
      domain: "PLATFORM",
      reason: null,
      message: `'${arch}' is not the name of a known machine architecture`,
      place: place(node.entries.get("build-arch") ?? node),
    })
  );
}
