/** What a session needs of the user's configuration and the command line. */
import type { Policy } from "../fetch/SourceDriver.ts";

export interface Settings {
  /** Whether artifacts are looked up by the strict key only. */
  readonly strict: boolean;
  readonly fetchers: number;
  readonly builders: number;
  readonly pushers: number;
  readonly networkRetries: number;
  /** Builds failed builds again, instead of failing as they did. */
  readonly retryFailed: boolean;
  /** Absolute path below which jobs log. */
  readonly logDirectory: string;
  /** Length of keys in log lines and in the names of log files. */
  readonly keyLength: number;
  /** Version in the first line of log files. */
  readonly version: string;
  readonly fetchPolicy: Policy;
  readonly trackPolicy: Policy;
}
