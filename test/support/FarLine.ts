/** A line to a server that is far away: as wide as this machine makes it, but everything takes its time. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface FarLine {
  readonly url: string;
  readonly close: () => void;
}

/** Lays a line to the server at a URL on which bytes take a time (milliseconds) each way. */
export async function lay(url: string, delay: number): Promise<FarLine> {
  const { hostname, port } = new URL(url);
  const listening = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    carry(near, far, delay);
    carry(far, near, delay);
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port: at } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${at}`, close: () => listening.close() };
}

/** Timers of one length end in the order in which they began, so that nothing overtakes anything. */
function carry(from: Socket, to: Socket, delay: number): void {
  const later = (action: () => void) => setTimeout(action, delay);
  from.on("data", (bytes) => later(() => to.writable && to.write(bytes)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.on("close", () => later(() => to.destroy()));
}
