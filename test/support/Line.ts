/** A line to a server on loopback that may be cut, be away for a while, or carry nothing. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** `open` carries, `away` breaks every connection and takes none, `mute` keeps connections and carries nothing. */
export type Mood = "open" | "away" | "mute";

export interface Line {
  readonly url: string;
  readonly become: (mood: Mood) => void;
  readonly close: () => void;
}

/** Lays a line to a port. */
export function lay(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let mood: Mood = "open";
  const relay = createServer((from) => {
    if (mood === "away") {
      from.destroy();
      return;
    }
    const to = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.on("data", (bytes: Buffer) => {
        if (!other.write(bytes)) one.pause();
      });
      other.on("drain", () => {
        if (mood === "open") one.resume();
      });
      if (mood === "mute") one.pause();
    }
  });
  const become = (next: Mood) => {
    mood = next;
    for (const socket of sockets) {
      if (mood === "away") socket.destroy();
      else if (mood === "mute") socket.pause();
      else socket.resume();
    }
  };
  return new Promise((resolve) =>
    relay.listen(0, "127.0.0.1", () => {
      const url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
      const close = () => {
        become("away");
        relay.close();
      };
      resolve({ url, become, close });
    }),
  );
}
