/** The oracle, kept warm in one Python process that forks for every question. */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { findOracle, root } from "../support/tools.ts";
import { type Answer, answer } from "./Answer.ts";

/** A failure as it is told to other programs. */
export interface Failure {
  readonly domain: string;
  readonly reason: string | null;
  readonly message: string;
  /** Of the last job that failed. */
  readonly task: { readonly domain: string; readonly reason: string | null } | null;
}

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: Failure | null;
}

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
    const said = await this.tell(directory, args);
    return answer(said.status, said.stdout, said.error);
  }

  /** All that the oracle says. */
  async tell(directory: string, args: readonly string[]): Promise<Said> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify({ directory, arguments: args })}\n`);
    });
    return JSON.parse(line);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
