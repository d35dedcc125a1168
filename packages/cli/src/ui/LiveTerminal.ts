/**
 * Draws the live region on a terminal: below what was printed, redrawn a few times a second, gone when anything else is to be written.
 *
 * The region is erased by walking up over the rows that it takes *now*: a terminal that was made narrower since has wrapped its lines.
 */
import type { Event } from "@millrace/core/event/Event";
import type { Region } from "./Frontend.ts";
import type * as Keys from "./Keys.ts";
import * as Live from "./Live.ts";
import type * as Style from "./Style.ts";
import * as Width from "./Width.ts";

export interface Terminal {
  readonly write: (text: string) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Milliseconds on a clock that stands still while the session is suspended. */
  readonly now: () => number;
  readonly paint: Style.Paint;
  /** The last line of a job's log, by its file. */
  readonly lastLine: (log: string) => string;
  /** Begins to listen for keys; undefined where nobody can press any. */
  readonly keys?: ((press: (key: string) => void) => Keys.Keys | undefined) | undefined;
}

/** The key that shows what running jobs log last, and hides it again. */
export const logKey = "l";

export interface LiveTerminal extends Region {
  /** Draws the region anew, since time has passed. */
  readonly draw: () => void;
  /** Takes the region away and keeps all else back until {@link show}, while a person is asked something. */
  readonly hide: () => void;
  readonly show: () => void;
  /** Takes the region away for good. */
  readonly close: () => void;
}

/** Rows that lines take on a terminal of so many columns. */
export function rows(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Width.of(line) / Math.max(1, columns))), 0);
}

export function make(terminal: Terminal): LiveTerminal {
  let live = Live.empty;
  let drawn: readonly string[] = [];
  let hidden = false;
  let kept = "";
  let logs = false;

  const clear = () => {
    if (drawn.length === 0) return;
    const up = rows(drawn, terminal.size().columns);
    drawn = [];
    terminal.write(`\r${"\u001b[1A".repeat(up)}\u001b[J`);
  };
  const draw = () => {
    if (hidden) return;
    // A process that comes to the foreground is not told.
    keys?.resume();
    clear();
    const { columns, rows: height } = terminal.size();
    // The last column stays free: a character there leaves some terminals between two lines.
    const lines = Live.picture({
      live,
      width: columns - 1,
      height: Math.max(1, Math.floor(height / 2)),
      now: terminal.now(),
      paint: terminal.paint,
      ...(keys === undefined ? {} : { hint: `${logKey}: ${logs ? "hide" : "show"} logs` }),
      lastLine: logs ? terminal.lastLine : undefined,
    });
    if (lines.length === 0) return;
    terminal.write(`${lines.join("\n")}\n`);
    drawn = lines;
  };
  const keys = terminal.keys?.((key) => {
    if (key !== logKey) return;
    logs = !logs;
    draw();
  });
  const hide = () => {
    keys?.pause();
    clear();
    hidden = true;
  };
  const show = () => {
    hidden = false;
    keys?.resume();
    if (kept !== "") terminal.write(kept);
    kept = "";
    draw();
  };
  return {
    handle: (event: Event) => {
      live = Live.next(live, event, terminal.now());
      if (event.type === "suspended") hide();
      if (event.type === "resumed") show();
    },
    print: (text) => {
      if (hidden) {
        kept += text;
        return;
      }
      clear();
      terminal.write(text);
      draw();
    },
    clear,
    draw,
    hide,
    show,
    close: () => {
      clear();
      keys?.close();
    },
  };
}
