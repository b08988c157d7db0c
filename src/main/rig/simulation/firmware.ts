import type { Disposable } from '../../../shared/disposable';
import type { Rig } from '../../../shared/rig';
import { hostSeconds, startTicking } from '../clock';
import { encodeFrame, type Frame, FrameDecoder } from '../drivers/microcontroller/protocol/frame';
import {
  type DeviceMessage,
  decodeHostMessage,
  ERROR_CODE,
  encodeDeviceMessage,
  type HostMessage,
  PROTOCOL_VERSION,
  TYPE,
  UNASKED,
} from '../drivers/microcontroller/protocol/messages';
import type { Plant } from '../drivers/mujoco/plant';
import { Actuation } from './actuation';

/** The device's end of a line. */
export interface Line {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): Disposable;
}

export interface FirmwareOptions {
  /** The rig whose channels it has and whose plant it moves. */
  rig: Rig;
  plant: Plant;
  /** As it says in its hello. */
  name: string;
  version: string;
  line: Line;
  /** A plant that cannot be simulated any further; the firmware has stopped. */
  onFailure(thrown: unknown): void;
}

export interface Firmware extends Disposable {
  /** Its supply failed for a moment: it says hello as it does when it starts, and its motors are off. */
  restart(): void;
  /** A protection of its own brings it to hold. */
  trip(): void;
}

const KNOWN_TYPES: readonly number[] = Object.values(TYPE);

/**
 * A microcontroller's firmware as a program: the protocol's device side on a clock of its own, with a simulated
 * plant where the motors and encoders would be. It stands at its start until something is asked of it but to hold; from then
 * on the plant moves in real time, asked or not.
 */
export function startFirmware(options: FirmwareOptions): Firmware {
  const { rig, plant, line } = options;
  const { periodSeconds, observations, actions } = rig.file;
  const started = hostSeconds();
  const decoder = new FrameDecoder();
  const actuation = new Actuation(actions.map((action) => action.hold));
  let sequence = 0;
  let newest = plant.first;
  /** Control periods an observation, 0 for none. */
  let streamEvery = 0;
  let ticks = 0;
  let lastReset: number | undefined;

  const send = (message: DeviceMessage) => {
    const timeMicros = Math.round((hostSeconds() - started) * 1e6) % 2 ** 32;
    line.write(encodeFrame({ ...encodeDeviceMessage(message), sequence, timeMicros }));
    sequence = (sequence + 1) & 0xffff;
  };
  const sendHello = (answers: number) =>
    send({
      kind: 'hello',
      answers,
      version: PROTOCOL_VERSION,
      periodMicros: Math.round(periodSeconds * 1e6),
      firmware: options.name,
      firmwareVersion: options.version,
      observations: observations.map(({ name, unit, limits = [Number.NaN, Number.NaN] }) => ({
        name,
        unit,
        limits,
      })),
      actions: actions.map(({ name, unit, limits }) => ({ name, unit, limits })),
    });
  const sendStatus = (answers: number, expired = false) => {
    const { torque, halted } = actuation;
    send({ kind: 'status', answers, torque, halted, expired, applied: actuation.applied(hostSeconds()) });
  };
  const sendObservation = () => send({ kind: 'observation', values: newest });

  const tick = () => {
    if (actuation.takeExpiry(hostSeconds())) sendStatus(UNASKED, true);
    try {
      plant.setTorque(actuation.torque);
      if (!actuation.untouched) newest = plant.step(actuation.applied(hostSeconds()));
    } catch (thrown) {
      clock.dispose();
      options.onFailure(thrown);
      return;
    }
    ticks++;
    if (streamEvery > 0 && ticks % streamEvery === 0) sendObservation();
  };
  let clock = startTicking(periodSeconds, tick);

  const handlers: {
    [K in HostMessage['kind']]: (message: Extract<HostMessage, { kind: K }>, from: Frame) => void;
  } = {
    helloRequest: ({ version }, from) => {
      if (version === PROTOCOL_VERSION) return sendHello(from.sequence);
      const text = `this firmware speaks version ${PROTOCOL_VERSION}`;
      send({ kind: 'error', answers: from.sequence, code: ERROR_CODE.wrongVersion, text });
    },
    stream: ({ periodMicros }, from) => {
      streamEvery = periodMicros === 0 ? 0 : Math.max(1, Math.round(periodMicros / (periodSeconds * 1e6)));
      sendStatus(from.sequence);
    },
    command: ({ ttlMillis, values }, from) => {
      if (values.length !== actions.length || !Array.from(values).every(Number.isFinite)) {
        const text = `a command has ${actions.length} finite values`;
        return send({ kind: 'error', answers: from.sequence, code: ERROR_CODE.badPayload, text });
      }
      const clipped = actions.map(({ limits: [low, high] }, i) =>
        Math.min(Math.max(values[i] ?? 0, low), high),
      );
      if (actuation.accept(clipped, hostSeconds() + ttlMillis / 1000)) return;
      send({ kind: 'error', answers: from.sequence, code: ERROR_CODE.halted, text: haltedText(actuation) });
    },
    hold: (_, from) => {
      actuation.enterHold();
      sendStatus(from.sequence);
    },
    release: (_, from) => {
      actuation.enterRelease();
      sendStatus(from.sequence);
    },
    resume: (_, from) => {
      actuation.resume();
      sendStatus(from.sequence);
    },
    reset: ({ seed }, from) => {
      if (actuation.halted) {
        const text = haltedText(actuation);
        return send({ kind: 'error', answers: from.sequence, code: ERROR_CODE.halted, text });
      }
      if (lastReset !== from.sequence) {
        lastReset = from.sequence;
        actuation.begin();
        newest = plant.reset(seed);
        clock.dispose();
        clock = startTicking(periodSeconds, tick);
      }
      sendStatus(from.sequence);
      sendObservation();
    },
    statusRequest: (_, from) => sendStatus(from.sequence),
  };

  const receive = (frame: Frame) => {
    const message = decodeHostMessage(frame);
    if (message) {
      // The handler is the one of this message's own kind, which the compiler cannot follow through an index.
      const handler = handlers[message.kind] as (message: HostMessage, from: Frame) => void;
      handler(message, frame);
      return;
    }
    const known = KNOWN_TYPES.includes(frame.type);
    const code = known ? ERROR_CODE.badPayload : ERROR_CODE.unknownType;
    const text = known ? 'the payload does not fit the type' : `no message has type ${frame.type}`;
    send({ kind: 'error', answers: frame.sequence, code, text });
  };
  const listening = line.onData((bytes) => decoder.push(bytes).forEach(receive));
  sendHello(UNASKED);

  return {
    restart: () => {
      actuation.enterRelease();
      [streamEvery, sequence, lastReset] = [0, 0, undefined];
      sendHello(UNASKED);
    },
    trip: () => {
      actuation.enterHold();
      sendStatus(UNASKED);
    },
    dispose: () => {
      listening.dispose();
      clock.dispose();
    },
  };
}

function haltedText({ torque }: Actuation): string {
  return torque ? 'on hold' : 'released';
}
