/** A line to a server on loopback, on which a test decides what passes, and when. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** `open` carries, `away` breaks every connection and takes none, `mute` keeps connections and carries nothing. */
export type Mood = "open" | "away" | "mute";

/** Carries what comes from one end to the other, and that it came to its end. */
export type Carry = (from: Socket, to: Socket) => void;

export interface Line {
  readonly url: string;
  readonly become: (mood: Mood) => void;
  /** Breaks every connection; new ones are taken. */
  readonly cut: () => void;
  readonly close: () => void;
}

/** Carries as fast as the other end takes it. */
const atOnce: Carry = (from, to) => from.pipe(to);

/** Carries each byte after a time (milliseconds), as wide as this machine makes it: a server that is far away. */
export const late =
  (delay: number): Carry =>
  (from, to) => {
    // Timers of one length end in the order in which they began, so that nothing overtakes anything.
    const later = (action: () => void) => setTimeout(action, delay);
    from.on("data", (bytes) => later(() => to.writable && to.write(bytes)));
    from.on("end", () => later(() => to.end()));
  };

/** Lays a line to the server at a URL. */
export async function lay(url: string, carry: Carry = atOnce): Promise<Line> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let mood: Mood = "open";
  const how = { noDelay: true, allowHalfOpen: true };
  const relay = createServer(how, (near) => {
    if (mood === "away") {
      near.destroy();
      return;
    }
    const far = connect({ host: hostname, port: Number(port), ...how });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      // The next event tells.
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        // An end is carried, in its time; a break is met on both sides.
        if (!from.readableEnded) to.destroy();
      });
      // Whoever carries goes on when the other end has room again.
      from.on("resume", () => mood === "mute" && from.pause());
      carry(from, to);
    }
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const become = (next: Mood): void => {
    mood = next;
    if (mood === "away") cut();
    else for (const socket of sockets) mood === "mute" ? socket.pause() : socket.resume();
  };
  const close = (): void => {
    become("away");
    relay.close();
  };
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, become, cut, close };
}
