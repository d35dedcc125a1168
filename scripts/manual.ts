// What the build bundles and runs to write the manual.
import * as ManPage from "../packages/cli/src/args/ManPage.ts";
import { bst } from "../packages/cli/src/args/Table.ts";

export const pages = (version: string): ReadonlyMap<string, string> => ManPage.all(bst, version);
