/** All cases. */
import type { Case } from "./Case.ts";
import * as Packages from "./Packages.ts";
import * as Repositories from "./Repositories.ts";
import * as Rust from "./Rust.ts";

export const cases: readonly Case[] = [...Rust.cases, ...Packages.cases, ...Repositories.cases];
