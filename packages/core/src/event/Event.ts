/**
 * Everything that happens while `bst` works, as one closed union. Log lines, the live terminal, the log files, JSON output and the event file are
 * folds over it; whoever does work only reports events.
 */
import type { BstError } from "../error/BstError.ts";

/** BuildStream's message types, as they appear in the log. */
export type MessageType =
  | "debug"
  | "status"
  | "info"
  | "warning"
  | "error"
  | "bug"
  | "log"
  | "start"
  | "success"
  | "failure"
  | "skipped";

/** What a job does, as in the log's action column. */
export type Action = "cache-query" | "track" | "pull" | "fetch" | "build" | "push" | "src-push";

/** Which element a message is about. */
export interface Subject {
  readonly name: string;
  /** Brief or full key as known; null when unknown. */
  readonly key: string | null;
  /** Whether the key is the strict one (dim otherwise). */
  readonly keyIsStrict: boolean;
}

export type Event =
  | {
      readonly type: "message";
      readonly kind: MessageType;
      readonly text: string;
      readonly detail?: string | undefined;
      readonly element?: Subject | undefined;
      readonly action?: Action | undefined;
      /** Milliseconds of the activity that ends with this message. */
      readonly elapsed?: number | undefined;
      /** Absolute path of the job's log file. */
      readonly log?: string | undefined;
      /** True for messages of the scheduler (jobs), which show the log file. */
      readonly scheduler?: boolean | undefined;
      readonly error?: BstError | undefined;
    }
  | { readonly type: "session-start"; readonly name: string; readonly targets: readonly string[] }
  | {
      readonly type: "session-end";
      readonly name: string;
      readonly elapsed: number;
      readonly failed: boolean;
      readonly terminated: boolean;
    }
  | {
      readonly type: "job-start";
      readonly job: number;
      readonly action: Action;
      readonly element: Subject;
      readonly log: string;
    }
  | {
      readonly type: "job-progress";
      readonly job: number;
      readonly done: number;
      readonly total: number | undefined;
      readonly unit: "bytes" | "files";
    }
  | {
      readonly type: "job-end";
      readonly job: number;
      readonly outcome: "success" | "failure" | "skipped" | "cancelled";
      readonly elapsed: number;
    };
