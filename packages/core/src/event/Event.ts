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

/** Messages of these kinds show however deep they are nested in activities that silence what is in them. */
export const unconditional: ReadonlySet<MessageType> = new Set(["info", "warning", "failure", "error", "bug"]);

/** Which element a message is about. */
export interface Subject {
  readonly name: string;
  /** Brief or full key as known; null when unknown. */
  readonly key: string | null;
  /** Whether the key is the strict one (dim otherwise). */
  readonly keyIsStrict: boolean;
}

/** What a pipeline listing says of an element. */
export interface Status {
  /** Id in the graph. */
  readonly id: number;
  readonly name: string;
  /** 64 question marks while unknown. */
  readonly fullKey: string;
  readonly keyIsStrict: boolean;
  readonly state: State;
}

export type State = "no reference" | "junction" | "waiting" | "failed" | "cached" | "fetch needed" | "buildable";

export interface QueueCounts {
  /** `Fetch`, as in the summary. */
  readonly name: string;
  /** `Sources Fetched`, as in the status area. */
  readonly completeName: string;
  readonly processed: number;
  readonly skipped: number;
  /** Full names of the elements that failed. */
  readonly failed: readonly string[];
}

/** An element as recordings have it. */
export interface GraphElement {
  /** Position in the graph, in which every element comes after what it depends on. */
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly state: State;
  /** Ids of direct dependencies. */
  readonly build: readonly number[];
  readonly run: readonly number[];
}

/** How many jobs of a kind may run at once. */
export interface Limits {
  readonly fetchers: number;
  readonly builders: number;
  readonly pushers: number;
}

export type Event =
  | {
      readonly type: "message";
      readonly kind: MessageType;
      readonly text: string;
      readonly detail?: string | undefined;
      /** Which element (or source of it) speaks; its key is null where only the name is known, as for sources. */
      readonly element?: Subject | undefined;
      /** The element of the job in which this is said; it fills the log's columns. */
      readonly task?: Subject | undefined;
      readonly action?: Action | undefined;
      /** Milliseconds of the activity that ends with this message. */
      readonly elapsed?: number | undefined;
      /** Absolute path of the job's log file. */
      readonly log?: string | undefined;
      /** True for messages of the scheduler (jobs), which show the log file. */
      readonly scheduler?: boolean | undefined;
      readonly error?: BstError | undefined;
      /** Whether a person can open a shell in what this failure left behind. */
      readonly sandbox?: boolean | undefined;
    }
  | { readonly type: "session-start"; readonly name: string; readonly targets: readonly string[] }
  | {
      readonly type: "session-end";
      readonly name: string;
      readonly elapsed: number;
      readonly failed: boolean;
      readonly terminated: boolean;
    }
  /** The plan is made and work begins: what the heading shows. */
  | {
      readonly type: "announce";
      /** Every element that the targets reach, in the order of the graph. */
      readonly elements: readonly Status[];
      readonly session: number;
      /** Milliseconds that the session would take if everything took what it took before; undefined when that is not known. */
      readonly estimate?: number | undefined;
    }
  /** What the session works on, for recordings. */
  | {
      readonly type: "graph";
      /** Full names of what was asked for. */
      readonly targets: readonly string[];
      readonly limits: Limits;
      readonly elements: readonly GraphElement[];
    }
  /** A part of a job begins or has ended; of the command itself, outside of jobs, where `job` is null. `depth` counts the parts it is inside of. */
  | {
      readonly type: "phase-start";
      readonly job: number | null;
      readonly depth: number;
      readonly name: string;
    }
  | {
      readonly type: "phase-end";
      readonly job: number | null;
      readonly depth: number;
      readonly name: string;
      readonly outcome: "success" | "failure" | "cancelled";
      readonly elapsed: number;
    }
  /** Everything that runs is stopped, by a signal or for a question; and goes on. */
  | { readonly type: "suspended" }
  | { readonly type: "resumed" }
  /** The counts of the queues changed. */
  | {
      readonly type: "queues";
      readonly queues: readonly QueueCounts[];
      readonly session: number;
      readonly total: number;
    }
  /** What the summary at the end of a session shows. */
  | {
      readonly type: "summary";
      readonly total: number;
      readonly session: number;
      readonly queues: readonly QueueCounts[];
      /** Elements whose key became known, or another one, since the heading; sorted by name. */
      readonly resolved: readonly Status[];
    }
  | {
      readonly type: "job-start";
      readonly job: number;
      readonly action: Action;
      readonly element: Subject;
      /** Counts from 1; higher when it is tried again. */
      readonly attempt: number;
      /** Absolute path of the log file; empty for jobs that keep none. */
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
      /** Why it failed. */
      readonly error?: BstError | undefined;
    };
