/** All cases. */
import type { Case } from "./Case.ts";
import * as Rust from "./Rust.ts";

export const cases: readonly Case[] = [...Rust.cases];
