/** The servers of one scenario of `Faults`, the proxy in front of the one that trouble comes from, and what happens to them and to the command at some calls. */
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as Buildbox from "./Buildbox.ts";
import * as Faults from "./Faults.ts";
import { copy, type Servers, type World } from "./FaultWorld.ts";
import * as GrpcProxy from "./GrpcProxy.ts";

export interface Stage {
  /** The servers as they are, without the proxy. */
  readonly well: Servers;
  /** As the command meets them. */
  readonly troubled: Servers;
  /** The directories of all of them. */
  readonly stores: readonly string[];
  /** Says which process the command is, for what happens to it. */
  readonly aim: (command: ChildProcess) => void;
  /** The longest time (milliseconds) for which a silent call was waited for. */
  readonly longestSilence: () => number;
  /** Ends the trouble: the proxy goes, and whatever began to happen comes to its end. */
  readonly calm: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Whether a scenario is one of remote execution. */
export const executes = ({ command }: Faults.Scenario): boolean => command === "execution" || command === "farm";
/** Whether a scenario is one of shared caches. */
export const shares = (scenario: Faults.Scenario): boolean => !executes(scenario) && scenario.command !== "storage";
/** Whether there are two servers that both have everything. */
export const isTwice = ({ layout }: Faults.Scenario): boolean => layout === "first" || layout === "second";
/** Whether the command brings what it needs from servers and builds nothing. */
export const pulls = ({ command }: Faults.Scenario): boolean =>
  ["pull", "pull-trees", "checkout", "shell", "fetch"].includes(command);

/** Starts the servers of a scenario below a directory. */
export async function open(world: World, scenario: Faults.Scenario, place: string): Promise<Stage> {
  const { seed, stock, layout, twist } = scenario;
  const store = join(place, "server");
  if (stock !== "empty") copy(executes(scenario) ? world.executed : world.filled, store);
  if (stock === "worn") Faults.expire(store, seed, 0.1);
  const server = await Buildbox.start({ store, executes: executes(scenario) });
  const stores = [store];
  let sound: Buildbox.Casd | undefined;
  if (shares(scenario) && layout !== "one") {
    const soundStore = join(place, "sound");
    const twice = isTwice(scenario);
    const has = twice ? pulls(scenario) || seed % 2 === 0 : stock !== "empty";
    if (has) copy(twice ? world.other : world.filled, soundStore);
    sound = await Buildbox.start({ store: soundStore });
    stores.push(soundStore);
  }
  let executor: Buildbox.Casd | undefined;
  if (twist === "apart") {
    const own = join(place, "executor");
    executor = await Buildbox.start({ store: own, executes: true, storage: server.url });
    stores.push(own);
  }
  let command: ChildProcess | undefined;
  let events = Promise.resolve();
  const happen = happenings(scenario, server, store, {
    kill: (signal) => void command?.kill(signal),
    inTurn: (event) => {
      events = events.then(event);
      return events;
    },
  });
  const proxy = await GrpcProxy.start({
    port: server.port,
    fault: async (method, number) => {
      await happen[scenario.moments.get(number) ?? ""]?.();
      return scenario.fault(method, number);
    },
  });
  const well: Servers = { layout, url: server.url, beside: sound?.url ?? server.url, execution: executor?.url };
  const hasty = twist === "hasty" ? { retries: 0 } : {};
  const calm = async (): Promise<void> => {
    await proxy.close();
    await events;
  };
  return {
    well,
    troubled: { ...well, ...hasty, url: proxy.url, fallsBack: twist === "fallback" },
    stores,
    aim: (started) => {
      command = started;
    },
    longestSilence: proxy.longestSilence,
    calm,
    close: async () => {
      await calm().catch(() => {});
      await executor?.stop();
      await server.stop();
      await sound?.stop();
    },
  };
}

/** Something that happens. */
type Event = () => Promise<void> | void;

interface Means {
  /** Sends the command a signal. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Does something to the server when all before is over. */
  readonly inTurn: (event: Event) => Promise<void>;
}

/** What can happen at a call, by name. */
function happenings(
  { seed, absence }: Faults.Scenario,
  server: Buildbox.Casd,
  store: string,
  { kill, inTurn }: Means,
): Readonly<Record<string, Event>> {
  return {
    restart: () => inTurn(() => server.restart()),
    expire: () => inTurn(() => Faults.expire(store, seed)),
    wipe: () => inTurn(() => Faults.expire(store, seed, 1)),
    interrupt: () => kill("SIGINT"),
    kill: () => kill("SIGKILL"),
    terminate: () => kill("SIGTERM"),
    twice: async () => {
      kill("SIGINT");
      await sleep(50);
      kill("SIGINT");
    },
    away: () => {
      // The call that it happens at is among those that meet nobody.
      void inTurn(() => server.restart("SIGKILL", () => sleep(absence)));
    },
    reborn: () => inTurn(() => server.restart("SIGKILL", () => rmSync(store, { recursive: true, force: true }))),
  };
}
