import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import { Random } from '../../../../shared/random';
import type { Rig } from '../../../../shared/rig';
import type { RosbridgeOptions, RosCall } from '../../../../shared/rosbridge';
import { commandValues } from '../../drivers/rosbridge/channels';
import type { Order } from '../../drivers/rosbridge/orders';
import { parsedJson } from '../../drivers/rosbridge/protocol';
import { type LineFaults, NO_FAULTS } from '../servo-bus/faults';
import type { SimulatedRobot } from './robot';
import { SpoiledMessages } from './spoiled-messages';
import { plainType, published, type RobotEyes, spoken } from './topics';

/** No client of this robot says more at once. */
const MOST_BYTES = 2 ** 20;
/** A client that does not read is left behind by its subscriptions, not kept for. */
const MOST_BUFFERED_BYTES = 2 ** 20;

const name = z.string().max(1000);
const id = z.union([z.string(), z.number()]).optional();
const ClientOp = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('subscribe'),
    id,
    topic: name,
    type: z.string().optional(),
    throttle_rate: z.number().catch(0),
  }),
  z.object({ op: z.literal('unsubscribe'), id, topic: name }),
  z.object({ op: z.literal('advertise'), id, topic: name, type: z.string() }),
  z.object({ op: z.literal('unadvertise'), id, topic: name }),
  z.object({ op: z.literal('publish'), id, topic: name, msg: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ op: z.literal('call_service'), id, service: name, args: z.unknown() }),
  z.object({ op: z.literal('set_status_level'), id, level: z.string() }),
]);
type ClientOp = z.infer<typeof ClientOp>;

export interface RosbridgeServer extends Disposable {
  /** "ws://127.0.0.1:9090". */
  url: string;
  /** The robot and its computer start anew: clients are cut off, and may come back at once. */
  restart(): void;
}

export interface ServeRosbridgeOptions {
  /** 0, or left out, for any that is free. */
  port?: number;
  /** What messages suffer. */
  faults?: Partial<LineFaults>;
  seed?: number;
  /** Left out of a robot without cameras. */
  eyes?: RobotEyes;
}

/**
 * A rosbridge server (v2 protocol) in front of a simulated robot, for any client of rosbridge: the topics and services of the rig
 * file, and of rosapi what clients ask first. On loopback only.
 * @throws ForesightError busy when the port is taken
 */
export async function serveRosbridge(
  rig: Rig,
  options: RosbridgeOptions,
  robot: SimulatedRobot,
  { port = 0, faults, seed = 0, eyes }: ServeRosbridgeOptions = {},
): Promise<RosbridgeServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: MOST_BYTES });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (cause) =>
      reject(
        new ForesightError(
          'busy',
          `The port ${port} cannot be listened on: ${cause.message}.`,
          'End the other program that has it, or give another one with --listen.',
          { cause },
        ),
      ),
    );
  });
  server.on('error', () => {});
  const spoiling = { faults: { ...NO_FAULTS, ...faults }, random: new Random(seed).fork('line') };
  const clients = new Set<Client>();
  const types = topicTypes(options, eyes);
  const obeyed = () => {
    for (const client of clients) client.offer(spoken(options, robot));
  };
  server.on('connection', (socket) => {
    const client = new Client(socket, rig, options, robot, { types, obeyed }, spoiling);
    clients.add(client);
    socket.on('close', () => {
      clients.delete(client);
      client.dispose();
    });
  });
  const stepping = robot.onStep(() => {
    if (![...clients].some(({ subscribes }) => subscribes)) return;
    const isWanted = (topic: string) => [...clients].some((client) => client.wants(topic));
    const messages = published(rig, options, robot);
    for (const client of clients) client.offer(messages);
    eyes?.look(isWanted, (message) => {
      for (const client of clients) client.offer([message]);
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    restart: () => {
      for (const socket of server.clients) socket.terminate();
      robot.reset();
    },
    dispose: () => {
      stepping.dispose();
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

type Answer = { result: boolean; values: unknown };

/** One client: what it has subscribed to and advertised. */
class Client implements Disposable {
  /** By topic, the least ms between two messages and when the last one left. */
  private readonly subscriptions = new Map<string, { throttleMs: number; last: number }>();
  private readonly spoiled: SpoiledMessages;
  private level = 'error';

  constructor(
    private readonly socket: WebSocket,
    private readonly rig: Rig,
    private readonly options: RosbridgeOptions,
    private readonly robot: SimulatedRobot,
    private readonly shared: {
      /** By topic, of everything that the robot says and hears. */
      types: ReadonlyMap<string, string>;
      /** An order was carried out: what the robot says of itself is news for everybody. */
      obeyed(): void;
    },
    { faults, random }: { faults: LineFaults; random: Random },
  ) {
    this.spoiled = new SpoiledMessages(
      (text) => this.sendText(text),
      () => faults,
      random,
    );
    socket.on('message', (data, isBinary) => this.take(isBinary ? undefined : parsedJson(String(data))));
    // The close that follows is what counts.
    socket.on('error', () => {});
  }

  dispose(): void {
    this.spoiled.dispose();
  }

  get subscribes(): boolean {
    return this.subscriptions.size > 0;
  }

  wants(topic: string): boolean {
    return this.subscriptions.has(topic);
  }

  offer(messages: readonly { topic: string; msg: object }[]): void {
    if (this.socket.bufferedAmount > MOST_BUFFERED_BYTES) return;
    const now = performance.now();
    for (const { topic, msg } of messages) {
      const subscription = this.subscriptions.get(topic);
      if (!subscription || now - subscription.last < subscription.throttleMs) continue;
      subscription.last = now;
      this.spoiled.push(JSON.stringify({ op: 'publish', topic, msg }), true);
    }
  }

  private take(said: unknown): void {
    const parsed = ClientOp.safeParse(said);
    if (parsed.success) {
      this.obey(parsed.data);
      return;
    }
    const { op, id: of } = (typeof said === 'object' && said !== null ? said : {}) as {
      op?: unknown;
      id?: unknown;
    };
    const problem = parsed.error.issues[0];
    const known = ClientOp.options.some((option) => option.shape.op.value === op);
    this.complain(
      of,
      known
        ? `${String(op)}: ${problem?.path.join('.')}: ${problem?.message}`
        : `Unknown operation: ${String(op)}`,
    );
  }

  private obey(said: ClientOp): void {
    switch (said.op) {
      case 'set_status_level':
        this.level = said.level;
        return;
      case 'subscribe':
        if (this.fits(said))
          this.subscriptions.set(said.topic, { throttleMs: said.throttle_rate, last: -Infinity });
        return;
      case 'unsubscribe':
        this.subscriptions.delete(said.topic);
        return;
      case 'advertise':
        this.fits(said);
        return;
      case 'publish':
        this.hear(said);
        return;
      case 'call_service': {
        const { result, values } = this.serve(said.service, said.args);
        this.send({ op: 'service_response', id: said.id, service: said.service, values, result });
      }
    }
  }

  /** A topic has one type. */
  private fits({
    id: of,
    op,
    topic,
    type,
  }: {
    id?: unknown;
    op: string;
    topic: string;
    type?: string | undefined;
  }) {
    const established = this.shared.types.get(topic);
    if (established === undefined || type === undefined || plainType(established) === plainType(type))
      return true;
    this.complain(of, `${op}: topic ${topic} has the type ${established} and not ${type}`);
    return false;
  }

  private hear({ id: of, topic, msg }: Extract<ClientOp, { op: 'publish' }>): void {
    const order = ORDERS.find((one) => {
      const call = this.options[one];
      return call && 'topic' in call && call.topic === topic && says(msg, call.message);
    });
    if (order) {
      this.carryOut(order);
      return;
    }
    if (!(topic in this.options.commands)) return;
    const values = commandValues(this.rig.file, topic, msg);
    const missing = this.rig.file.actions.find(
      ({ ros }, i) => ros?.topic === topic && values[i] === undefined,
    );
    if (missing) this.complain(of, `publish: ${topic} has no number at "${missing.ros?.field}"`);
    else this.robot.command(values);
  }

  private serve(service: string, args: unknown): Answer {
    const order = ORDERS.find((one) => {
      const call = this.options[one];
      return call && 'service' in call && call.service === service && says(args, call.args);
    });
    if (order) return { result: true, values: this.carryOut(order) };
    const topics = [...this.shared.types.keys()];
    const asked = (args ?? {}) as { topic?: unknown };
    if (service === '/rosapi/topics') {
      return { result: true, values: { topics, types: topics.map((topic) => this.shared.types.get(topic)) } };
    }
    if (service === '/rosapi/topic_type') {
      return { result: true, values: { type: this.shared.types.get(String(asked.topic)) ?? '' } };
    }
    if (service === '/rosapi/services') {
      const services = Object.values(serviceNames(this.options));
      return { result: true, values: { services } };
    }
    return { result: false, values: `Service ${service} does not exist` };
  }

  private carryOut(order: Order): { success: boolean; message: string } {
    const done = carryOut(order, this.robot);
    this.shared.obeyed();
    return done;
  }

  private complain(of: unknown, msg: string): void {
    if (this.level !== 'none')
      this.send({ op: 'status', level: 'error', msg, ...(of !== undefined && { id: of }) });
  }

  private send(message: object): void {
    this.spoiled.push(JSON.stringify(message), false);
  }

  private sendText(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text, () => {});
  }
}

const ORDERS: readonly Order[] = ['hold', 'release', 'resume', 'reset'];

function carryOut(order: Order, robot: SimulatedRobot): { success: boolean; message: string } {
  if (order === 'reset') {
    if (robot.actuation.halted) return { success: false, message: 'it is on hold' };
    robot.reset();
  } else if (order === 'hold') robot.actuation.enterHold();
  else if (order === 'release') robot.actuation.enterRelease();
  else robot.actuation.resume();
  return { success: true, message: '' };
}

/** Whether what came says all that an order says: several orders may be the same service with other arguments. */
function says(came: unknown, wanted: object): boolean {
  const given = (came ?? {}) as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(given[key]) === JSON.stringify(value));
}

function topicTypes(
  { topics, commands, readback, ...calls }: RosbridgeOptions,
  eyes: RobotEyes | undefined,
): Map<string, string> {
  const readings = [readback.held, readback.released].flatMap((one) =>
    one ? [[one.topic, one.type] as const] : [],
  );
  const orders = ORDERS.flatMap((order) => {
    const call: RosCall | undefined = calls[order];
    return call && 'topic' in call ? [[call.topic, call.type] as const] : [];
  });
  const commanded = Object.entries(commands).map(([topic, { type }]) => [topic, type] as const);
  const seen = Object.entries(eyes?.topics ?? {});
  return new Map([...Object.entries(topics), ...commanded, ...readings, ...orders, ...seen]);
}

function serviceNames(options: RosbridgeOptions): string[] {
  const own = ORDERS.flatMap((order) => {
    const call = options[order];
    return call && 'service' in call ? [call.service] : [];
  });
  return [...new Set([...own, '/rosapi/topics', '/rosapi/topic_type', '/rosapi/services'])];
}
