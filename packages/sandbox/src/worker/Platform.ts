/**
 * What an action asks of its machine, by BuildStream's names of properties.
 *
 * `OSFamily` and `ISA` must be this machine's, `unixUID` and `unixGID` are the user and group inside, `remoteApisSocketPath` is where the command finds the remote
 * APIs socket, `network: on` gives the host's network where this worker offers it. An action that asks for anything else was not meant for this worker: carrying it out all the same could give another result.
 */
import type { Platform } from "../remote/ActionMessages.ts";
import * as Refused from "./Refused.ts";

export interface Asked {
  readonly uid: number;
  readonly gid: number;
  readonly network: boolean;
  /** Where in the root the remote APIs socket is wanted, absolute; undefined for none. */
  readonly socket: string | undefined;
  readonly machine: { readonly os: string; readonly arch: string } | undefined;
}

/** The instruction set of this machine in BuildStream's names. */
const architectures: Readonly<Record<string, string>> = {
  x64: "x86-64",
  ia32: "x86-32",
  arm64: "aarch64",
  arm: "aarch32",
  ppc64: "power-isa-le",
  riscv64: "rv64g",
  loong64: "loongarch64",
};

export const here = { os: process.platform as string, arch: architectures[process.arch] ?? process.arch };

function id(name: string, value: string): number | Refused.Refused {
  const found = Number(value);
  if (/^\d+$/.test(value) && found < 2 ** 32 - 1) return found;
  return new Refused.Refused({
    code: Refused.code.invalid,
    message: `${name} is '${value}', which is no number of one`,
  });
}

/** Reads the properties of an action; `offered` are those that this worker was given by its owner. */
export function read(platform: Platform, offered: Platform): Asked | Refused.Refused {
  const has = (name: string, value: string) => offered.some((pair) => pair[0] === name && pair[1] === value);
  let { os, arch } = here;
  let network = false;
  let socket: string | undefined;
  const ids: Record<string, number> = { unixUID: 0, unixGID: 0 };
  for (const [name, value] of platform) {
    if (name === "OSFamily") os = value;
    else if (name === "ISA") arch = value;
    else if (name === "remoteApisSocketPath") socket = `/${value}`;
    else if (name === "unixUID" || name === "unixGID") {
      const found = id(name, value);
      if (typeof found !== "number") return found;
      ids[name] = found;
    } else if (name === "network" && value !== "on") network = false;
    else if (!has(name, value)) {
      const message = `This worker does not offer the property ${name} with the value '${value}'`;
      return new Refused.Refused({ code: Refused.code.precondition, message });
    } else if (name === "network") network = true;
  }
  return { uid: ids["unixUID"] as number, gid: ids["unixGID"] as number, network, socket, machine: { os, arch } };
}
