/** The summary at the end of a session: keys that became known, what failed, and the counts of the queues. */
import type { Event } from "@millrace/core/event/Event";
import * as Style from "./Style.ts";
import * as Text from "./Text.ts";

export type Data = Extract<Event, { type: "summary" }>;

function byName<A>(a: readonly [string, A], b: readonly [string, A]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/**
 * The text of the summary; empty when no queue ran. `resolved` lists the elements whose keys changed; `failures` are the rendered last failure messages of elements, by name: those whose job
 * succeeded in the end are left out.
 */
export function render(
  data: Data,
  failures: readonly (readonly [string, string])[],
  resolved: string,
  paint: Style.Paint,
): string {
  if (data.queues.length === 0) return "";
  const title = (text: string) => paint(`${text}\n`, Style.content, { bold: true });
  let text = "";
  if (data.resolved.length > 0) {
    text += `${title("Resolved key Summary")}${resolved}\n\n`;
  }
  const failed = new Set(data.queues.flatMap((queue) => queue.failed));
  const rows = failures.filter(([name]) => failed.has(name)).sort(byName);
  if (rows.length > 0) text += title("Failure Summary") + Text.values(paint, rows, { styleValue: false });
  const wide = (pick: (queue: Data["queues"][number]) => number) =>
    data.queues.reduce((most, queue) => Math.max(most, String(pick(queue)).length), 1);
  const processedWidth = wide((queue) => queue.processed);
  const skippedWidth = wide((queue) => queue.skipped);
  const failedWidth = wide((queue) => queue.failed.length);
  const pad = (number: number, width: number) => " ".repeat(width - String(number).length);
  const comma = paint(", ", Style.format);
  const counts: (readonly [string, string])[] = data.queues.map((queue) => [
    `${queue.name} Queue`,
    `${paint("processed ", Style.content)}${paint(String(queue.processed), Style.success)}${comma}${pad(queue.processed, processedWidth)}` +
      `${paint("skipped ", Style.content)}${paint(String(queue.skipped), Style.content)}${comma}${pad(queue.skipped, skippedWidth)}` +
      `${paint("failed ", Style.content)}${paint(String(queue.failed.length), Style.failure)} ${pad(queue.failed.length, failedWidth)}`,
  ]);
  text += title("Pipeline Summary");
  const sizes: (readonly [string, string])[] = [
    ["Total", paint(String(data.total), Style.content)],
    ["Session", paint(String(data.session), Style.content)],
  ];
  return text + Text.values(paint, [...sizes, ...counts], { styleValue: false });
}
