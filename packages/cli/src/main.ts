/** The program `bst`. */
import * as Main from "./app/Main.ts";

process.exit(await Main.run(process.argv.slice(2), process.env));
