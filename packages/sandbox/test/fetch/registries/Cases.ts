/** All cases. */
import * as Archives from "./Archives.ts";
import type { Case } from "./Case.ts";
import * as Gits from "./Gits.ts";
import * as Packages from "./Packages.ts";
import * as Repositories from "./Repositories.ts";
import * as Rust from "./Rust.ts";

export const cases: readonly Case[] = [
  ...Archives.cases,
  ...Gits.cases,
  ...Rust.cases,
  ...Packages.cases,
  ...Repositories.cases,
];
