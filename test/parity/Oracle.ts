/** The oracle, kept warm in one Python process that forks for every question. */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { findOracle, root } from "../support/tools.ts";
import { type Answer, answer } from "./Answer.ts";

export class Oracle {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor() {
    const python = join(dirname(findOracle().argv[0] as string), "python");
    this.#process = spawn(python, [join(root, "test/parity/oracle.py")], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
    this.#lines.on("line", (line) => this.#waiting.shift()?.(line));
  }

  async ask(directory: string, args: readonly string[]): Promise<Answer> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify({ directory, arguments: args })}\n`);
    });
    const said = JSON.parse(line);
    return answer(said.status, said.stdout, said.error);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
