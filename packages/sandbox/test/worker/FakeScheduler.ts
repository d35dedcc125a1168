/** A scheduler inside the test process: workers join it, and are given what a test puts into its queue. */
import * as Grpc from "@grpc/grpc-js";
import * as Wire from "@millrace/core/tree/Wire";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import * as Fields from "@millrace/sandbox/remote/Fields";

/** What became of a lease. */
export interface Ended {
  readonly bot: string;
  readonly status: Fields.Status;
  readonly result: ActionMessages.ActionResult | undefined;
}

interface Lease {
  readonly id: string;
  readonly payload: { readonly type: string; readonly value: Uint8Array };
  state: number;
  readonly end: (ended: Ended) => void;
}

interface Bot {
  readonly name: string;
  readonly id: string;
  leases: Lease[];
  /** Answers the question that waits for work. */
  wake: (() => void) | undefined;
}

export interface FakeScheduler {
  readonly url: string;
  /** Queues an action; resolves when a worker is done with it. */
  readonly run: (action: ActionMessages.Action) => Promise<Ended>;
  /** Workers that are there, by the names that they gave. */
  readonly bots: () => readonly string[];
  /** Properties that the last worker told. */
  readonly properties: () => ActionMessages.Platform;
  /** Leases that workers have told to be active. */
  readonly active: () => number;
  /** Takes everything back that is being done, for good. */
  readonly cancel: () => void;
  /** Forgets all sessions; what they did goes back into the queue. */
  readonly forget: () => void;
  /** Answers this many calls with UNAVAILABLE. */
  unavailable: number;
  /** Statuses that workers told, in order. */
  readonly statuses: number[];
  readonly close: () => void;
}

interface Told {
  name: string;
  bot: string;
  status: number;
  properties: ActionMessages.Pair[];
  leases: { id: string; state: number; status: Fields.Status; result: Uint8Array | undefined }[];
}

/** Reads a `BotSession`. */
function readSession(bytes: Uint8Array): Told {
  const told: Told = { name: "", bot: "", status: 0, properties: [], leases: [] };
  const end = bytes.length;
  Fields.open(bytes, "a session", (reading, tag) => {
    if (tag === 10) told.name = Wire.readText(reading, end);
    else if (tag === 18) told.bot = Wire.readText(reading, end);
    else if (tag === 24) told.status = Wire.readVarint(reading, end);
    else if (tag === 34)
      Fields.nested(reading, end, (device, inner) => {
        if (device !== 10) return false;
        const platform = Wire.readBytes(reading, inner);
        Fields.open(platform, "a device", (own, property) => {
          if (property !== 18) return false;
          told.properties.push(ActionMessages.readPair(own, platform.length));
          return true;
        });
        return true;
      });
    else if (tag === 42) {
      const lease = { id: "", state: 0, status: Fields.fine, result: undefined as Uint8Array | undefined };
      Fields.nested(reading, end, (field, inner) => {
        if (field === 16) lease.state = Wire.readVarint(reading, inner);
        else if (field === 26) lease.status = Fields.readStatus(reading, Wire.readEnd(reading, inner));
        else if (field === 58) lease.id = Wire.readText(reading, inner);
        else if (field === 74)
          Fields.nested(reading, inner, (any, last) => {
            if (any !== 18) return false;
            lease.result = Wire.readBytes(reading, last);
            return true;
          });
        else return false;
        return true;
      });
      told.leases.push(lease);
    } else return false;
    return true;
  });
  return told;
}

/** The session in field 2 of either request. */
function sessionOf(request: Uint8Array): Told {
  let told: Told | undefined;
  Fields.open(request, "a request", (reading, tag) => {
    if (tag !== 18) return false;
    told = readSession(Wire.readBytes(reading, request.length));
    return true;
  });
  if (told === undefined) throw new Error("a request without a session");
  return told;
}

/** Starts a scheduler on a free port. `hold` is how long (milliseconds) an idle worker waits for an answer. */
export async function start(hold = 500): Promise<FakeScheduler> {
  const queue: Lease[] = [];
  const bots = new Map<string, Bot>();
  const statuses: number[] = [];
  let counter = 0;
  let properties: ActionMessages.Platform = [];
  const give = (bot: Bot): void => {
    const next = bot.leases.length === 0 ? queue.shift() : undefined;
    if (next === undefined) return;
    next.state = 1;
    bot.leases.push(next);
  };
  const answer = (bot: Bot): Buffer =>
    Buffer.from(
      Wire.bytesOf(() => {
        Wire.text(1, bot.name);
        for (const { id, state, payload } of bot.leases)
          Wire.message(5, () => {
            Wire.integer(2, state);
            Wire.text(7, id);
            Wire.message(8, () => {
              Wire.text(1, payload.type);
              Wire.bytes(2, payload.value);
            });
          });
        Wire.message(6, () => Wire.integer(1, Math.floor(Date.now() / 1000) + 2));
        Wire.text(7, String(++counter));
      }),
    );
  type Done = Grpc.sendUnaryData<Buffer>;
  /** Answers at once when there is something to say, else after a while. */
  const reply = (bot: Bot, done: Done, status: number): void => {
    statuses.push(status);
    if (status === 1) give(bot);
    if (bot.leases.length > 0 || status !== 1) {
      done(null, answer(bot));
      return;
    }
    const timer = setTimeout(() => bot.wake?.(), hold);
    bot.wake = () => {
      clearTimeout(timer);
      bot.wake = undefined;
      give(bot);
      done(null, answer(bot));
    };
  };
  const wakeAll = () => {
    for (const bot of bots.values()) if (queue.length > 0) bot.wake?.();
  };
  const requeue = (bot: Bot): void => {
    for (const lease of bot.leases) queue.unshift(lease);
    bot.leases = [];
    bots.delete(bot.name);
  };
  const scheduler: FakeScheduler = {
    url: "",
    run: (action) =>
      new Promise((end) => {
        const type = "type.googleapis.com/build.bazel.remote.execution.v2.Action";
        const value = ActionMessages.encodeAction(action);
        queue.push({ id: `lease-${++counter}`, payload: { type, value }, state: 1, end });
        wakeAll();
      }),
    bots: () => [...bots.values()].map(({ id }) => id).sort(),
    properties: () => properties,
    active: () => [...bots.values()].flatMap(({ leases }) => leases).filter(({ state }) => state === 2).length,
    cancel: () => {
      for (const bot of bots.values())
        for (const lease of bot.leases) {
          lease.state = 5;
          lease.end({ bot: bot.id, status: { code: 1, message: "taken back" }, result: undefined });
        }
    },
    forget: () => {
      for (const bot of [...bots.values()]) requeue(bot);
    },
    unavailable: 0,
    statuses,
    close: () => server.forceShutdown(),
  };
  const refuse = (done: Done): boolean => {
    if (scheduler.unavailable <= 0) return false;
    scheduler.unavailable--;
    done({ code: 14, details: "away" });
    return true;
  };
  const create: Grpc.handleUnaryCall<Buffer, Buffer> = (call, done) => {
    if (refuse(done)) return;
    const told = sessionOf(call.request);
    properties = told.properties;
    // Whoever had the name before is gone.
    for (const bot of [...bots.values()]) if (bot.id === told.bot) requeue(bot);
    const bot: Bot = { name: `/${++counter}`, id: told.bot, leases: [], wake: undefined };
    bots.set(bot.name, bot);
    reply(bot, done, told.status);
  };
  const update: Grpc.handleUnaryCall<Buffer, Buffer> = (call, done) => {
    if (refuse(done)) return;
    const told = sessionOf(call.request);
    const bot = bots.get(told.name);
    if (bot === undefined) return done({ code: 5, details: "nobody knows this session" });
    for (const lease of [...bot.leases]) {
      const said = told.leases.find(({ id }) => id === lease.id);
      if (lease.state === 5) bot.leases = bot.leases.filter((one) => one !== lease || said !== undefined);
      else if (said?.state === 4) {
        bot.leases = bot.leases.filter((one) => one !== lease);
        const result = said.result === undefined ? undefined : ActionMessages.decodeResult(said.result);
        lease.end({ bot: bot.id, status: said.status, result });
      } else if (said !== undefined) lease.state = said.state;
    }
    if (told.status === 4) requeue(bot);
    reply(bot, done, told.status);
  };
  const server = new Grpc.Server();
  const same = (bytes: Buffer) => bytes;
  for (const [name, handler] of [
    ["CreateBotSession", create],
    ["UpdateBotSession", update],
  ] as const) {
    const path = `/google.devtools.remoteworkers.v1test2.Bots/${name}`;
    const codecs = {
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    server.addService({ call: { path, requestStream: false, responseStream: false, ...codecs } }, { call: handler });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", Grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return Object.assign(scheduler, { url: `http://127.0.0.1:${port}` });
}
