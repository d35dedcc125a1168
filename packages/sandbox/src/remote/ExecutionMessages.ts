/**
 * The requests and answers of remote execution and of the action cache, as bytes: the calls around an Action, whose own messages are in `ActionMessages`.
 *
 * An execution is a long-running operation, told of again and again until it is done. Its answer is packed into an `Any`, as is what it says meanwhile.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as ActionMessages from "./ActionMessages.ts";
import * as Fields from "./Fields.ts";

/** `Execute`; `skipCache` has it executed whatever the server remembers. */
export function executeRequest(instance: string, action: Digest, skipCache: boolean): Uint8Array {
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    Wire.boolean(3, skipCache);
    DirectoryCodec.writeDigest(6, action);
  });
}

/** `WaitExecution` and `CancelOperation`: nothing but the name of an operation. */
export function operationRequest(name: string): Uint8Array {
  return Wire.bytesOf(() => Wire.text(1, name));
}

/** `UpdateActionResult`. */
export function updateRequest(instance: string, action: Digest, result: ActionMessages.ActionResult): Uint8Array {
  const bytes = ActionMessages.encodeResult(result);
  return Wire.bytesOf(() => {
    Wire.text(1, instance);
    DirectoryCodec.writeDigest(2, action);
    Wire.message(3, () => Wire.raw(bytes));
  });
}

/** The answer to `GetActionResult`. */
export const actionResult = ActionMessages.decodeResult;

/** Where an execution is; servers may know more stages than these. */
export const stage = { queued: 2, executing: 3, completed: 4 } as const;

/** What a server says of an execution that goes on. */
export interface Progress {
  /** See {@link stage}; 0 when the server does not say. */
  readonly stage: number;
  /** Names of byte streams that show the output as it is written; empty where the server has none. */
  readonly stdout: string;
  readonly stderr: string;
}

/** What came of an execution. */
export interface Executed {
  readonly status: Fields.Status;
  readonly result: ActionMessages.ActionResult | undefined;
  /** Whether it is what an earlier execution gave. */
  readonly cached: boolean;
  /** What the server adds for people. */
  readonly message: string;
}

/** One word about an operation. */
export interface Operation {
  readonly name: string;
  readonly progress: Progress;
  readonly done: boolean;
  /** Why the operation itself failed; undefined when it did not. */
  readonly error: Fields.Status | undefined;
  readonly executed: Executed | undefined;
}

const nothing: Progress = { stage: 0, stdout: "", stderr: "" };

/** The bytes that an `Any` holds. */
function readAny(reading: Wire.Reading, end: number): Uint8Array {
  let value: Uint8Array = new Uint8Array(0);
  Fields.each(reading, end, (tag) => {
    if (tag !== 18) return false;
    value = Wire.readBytes(reading, end);
    return true;
  });
  return value;
}

/** One message of the answers to `Execute` and `WaitExecution`. */
export function operation(bytes: Uint8Array): Operation {
  let name = "";
  let progress = nothing;
  let done = false;
  let error: Fields.Status | undefined;
  let executed: Executed | undefined;
  Fields.open(bytes, "an operation", (reading, tag) => {
    if (tag === 10) name = Wire.readText(reading, bytes.length);
    else if (tag === 18) progress = readProgress(readAny(reading, Wire.readEnd(reading, bytes.length)));
    else if (tag === 24) done = Wire.readVarint(reading, bytes.length) !== 0;
    else if (tag === 34) error = Fields.readStatus(reading, Wire.readEnd(reading, bytes.length));
    else if (tag === 42) executed = readExecuted(readAny(reading, Wire.readEnd(reading, bytes.length)));
    else return false;
    return true;
  });
  return { name, progress, done, error, executed };
}

function readProgress(bytes: Uint8Array): Progress {
  let { stage: at, stdout, stderr } = nothing;
  Fields.open(bytes, "the progress of an operation", (reading, tag) => {
    if (tag === 8) at = Wire.readVarint(reading, bytes.length);
    else if (tag === 26) stdout = Wire.readText(reading, bytes.length);
    else if (tag === 34) stderr = Wire.readText(reading, bytes.length);
    else return false;
    return true;
  });
  return { stage: at, stdout, stderr };
}

function readExecuted(bytes: Uint8Array): Executed {
  let status = Fields.fine;
  let result: ActionMessages.ActionResult | undefined;
  let cached = false;
  let message = "";
  Fields.open(bytes, "the result of an execution", (reading, tag) => {
    if (tag === 10) {
      const end = Wire.readEnd(reading, bytes.length);
      result = ActionMessages.readResult(reading, end);
    } else if (tag === 16) cached = Wire.readVarint(reading, bytes.length) !== 0;
    else if (tag === 26) status = Fields.readStatus(reading, Wire.readEnd(reading, bytes.length));
    else if (tag === 42) message = Wire.readText(reading, bytes.length);
    else return false;
    return true;
  });
  return { status, result, cached, message };
}
