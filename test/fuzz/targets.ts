import { readFileSync } from 'node:fs';
import {
  DynamixelDecoder,
  encodePacket as encodeDynamixel,
  fastAnswers,
} from '../../src/main/rig/drivers/dynamixel/packets';
import { encodePacket as encodeFeetech, FeetechDecoder } from '../../src/main/rig/drivers/feetech/packets';
import { readGrblLine } from '../../src/main/rig/drivers/gcode/grbl-lines';
import { readMarlinLine } from '../../src/main/rig/drivers/gcode/marlin-lines';
import { LineDecoder } from '../../src/main/rig/drivers/lines/line-decoder';
import { encodeFrame, FrameDecoder } from '../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  decodeDeviceMessage,
  decodeHostMessage,
  encodeDeviceMessage,
} from '../../src/main/rig/drivers/microcontroller/protocol/messages';
import { odriveLine, readOdriveLine } from '../../src/main/rig/drivers/odrive/lines';
import { decodeServerOp } from '../../src/main/rig/drivers/rosbridge/protocol';
import { encodePacket as encodeSphero, SpheroDecoder } from '../../src/main/rig/drivers/sphero/packets';
import { withChecksum } from '../../src/main/rig/drivers/text/checksum';
import { readTextLine } from '../../src/main/rig/drivers/text/lines';
import type { Random } from '../../src/shared/random';
import { RigFile } from '../../src/shared/rig';

/** Something that bytes from a line go into. */
export interface FuzzTarget {
  name: string;
  /** A packet as a device may send it: its bytes, and what the parser tells of it. */
  packet(random: Random): { bytes: Uint8Array; told: string };
  /** A parser that has heard nothing. */
  open(): Parser;
  /** What ends whatever came before: what is behind it is found for certain. Empty where nothing does. */
  end: Uint8Array;
  /** Most of the good packets that a checksum which was right by chance may hide, as a share; 0.001 unless said. */
  byChance?: number;
}

export interface Parser {
  /** What was found in the bytes. */
  push(bytes: Uint8Array): string[];
  /** What is there when nothing comes any more. */
  flush(): string[];
}

/** A sum of eight bits is right by chance now and then. */
const EIGHT_BITS = 0.05;
const NOTHING = new Uint8Array(0);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const randomBytes = (random: Random, most: number) =>
  Uint8Array.from({ length: random.integer(most + 1) }, () => random.integer(256));

const microcontroller: FuzzTarget = {
  name: 'microcontroller',
  end: Uint8Array.of(0),
  packet: (random) => {
    const values = Float64Array.from({ length: random.integer(8) }, () => Math.fround(random.normal()));
    const frame = {
      ...encodeDeviceMessage({ kind: 'observation', values }),
      ...{ sequence: random.integer(0x10000), timeMicros: random.integer(2 ** 32) },
    };
    return { bytes: encodeFrame(frame), told: `${frame.type} ${frame.sequence} ${hex(frame.payload)}` };
  },
  open: () => {
    const decoder = new FrameDecoder();
    return {
      push: (bytes) =>
        decoder.push(bytes).map((frame) => {
          decodeDeviceMessage(frame);
          decodeHostMessage(frame);
          return `${frame.type} ${frame.sequence} ${hex(frame.payload)}`;
        }),
      flush: () => [],
    };
  },
};

const feetech: FuzzTarget = {
  name: 'feetech',
  end: NOTHING,
  byChance: EIGHT_BITS,
  packet: (random) => {
    const packet = {
      id: random.integer(254),
      code: random.integer(256),
      parameters: randomBytes(random, 20),
    };
    return { bytes: encodeFeetech(packet), told: `${packet.id} ${packet.code} ${hex(packet.parameters)}` };
  },
  open: () => {
    const decoder = new FeetechDecoder();
    const tell = (packets: ReturnType<typeof decoder.push>) =>
      packets.map(({ id, code, parameters }) => `${id} ${code} ${hex(parameters)}`);
    return { push: (bytes) => tell(decoder.push(bytes)), flush: () => tell(decoder.flush()) };
  },
};

const dynamixel: FuzzTarget = {
  name: 'dynamixel',
  end: NOTHING,
  packet: (random) => {
    const parameters = randomBytes(random, 30);
    const packet = { id: random.integer(253), instruction: 0x55, parameters };
    return { bytes: encodeDynamixel(packet), told: `${packet.id} 85 ${hex(parameters)}` };
  },
  open: () => {
    const decoder = new DynamixelDecoder();
    const tell = (packets: ReturnType<typeof decoder.push>) =>
      packets.map((packet) => {
        fastAnswers(packet);
        return `${packet.id} ${packet.instruction} ${hex(packet.parameters)}`;
      });
    return { push: (bytes) => tell(decoder.push(bytes)), flush: () => tell(decoder.flush()) };
  },
};

function rigFile(name: string): RigFile {
  const path = new URL(`../../resources/rigs/${name}/rig.json`, import.meta.url);
  return RigFile.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** Lines of text: what is found is what `read` makes of a line, where that is something. */
function lineTarget(
  name: string,
  longest: number,
  line: (random: Random) => { text: string; told: string },
  read: (text: string) => string | undefined,
): FuzzTarget {
  return {
    name,
    end: ascii('\n'),
    packet: (random) => {
      const { text, told } = line(random);
      return { bytes: ascii(`${text}\r\n`), told };
    },
    open: () => {
      const decoder = new LineDecoder(longest);
      return {
        push: (bytes) => decoder.push(bytes).flatMap((one) => ('text' in one ? (read(one.text) ?? []) : [])),
        flush: () => [],
      };
    },
  };
}

function textTarget(): FuzzTarget {
  const file = rigFile('text-pendulum');
  const text = file.text!;
  return lineTarget(
    'text',
    text.longestLine,
    (random) => {
      const [angle, velocity] = [random.normal().toFixed(6), (100 * random.normal()).toFixed(3)];
      const told = [Number(angle), Number(velocity)].map((degrees) => degrees * 0.017453292519943295);
      return { text: withChecksum('xor', `P ${angle};${velocity};G`), told: told.join(' ') };
    },
    (line) => {
      const read = readTextLine(line, file, text);
      return read.kind === 'observation' ? read.values.join(' ') : undefined;
    },
  );
}

const grbl = lineTarget(
  'grbl',
  256,
  (random) => {
    const places = [0, 1, 2].map(() => (100 * random.normal()).toFixed(3));
    const state = ['Idle', 'Jog', 'Hold:1', 'Alarm'][random.integer(4)] ?? 'Idle';
    const text = `<${state}|MPos:${places.join(',')}|Bf:15,128|FS:0,0>`;
    return { text, told: `${state.slice(0, 4)} ${places.map(Number).join(' ')}` };
  },
  (line) => {
    const said = readGrblLine(line);
    return said.kind === 'status'
      ? `${said.status.state.slice(0, 4)} ${said.status.machine?.join(' ')}`
      : undefined;
  },
);

const marlin = lineTarget(
  'marlin',
  256,
  (random) => {
    const steps = [0, 1, 2].map(() => Math.round(1e4 * random.normal()) + 0);
    const [x, y, z] = steps;
    return { text: `X:1.00 Y:0.00 Z:0.00 E:0.00 Count X:${x} Y:${y} Z:${z}`, told: steps.join(' ') };
  },
  (line) => {
    const said = readMarlinLine(line);
    return said.kind === 'steps' ? `${said.steps.x} ${said.steps.y} ${said.steps.z}` : undefined;
  },
);

const odrive = lineTarget(
  'odrive',
  128,
  (random) => {
    const values = [random.normal(), 10 * random.normal()].map((value) => value.toFixed(6));
    return { text: odriveLine(values.join(' ')), told: values.map(Number).join(' ') };
  },
  (line) => {
    const said = readOdriveLine(line);
    return said.kind === 'numbers' ? said.values.join(' ') : undefined;
  },
);

const sphero: FuzzTarget = {
  name: 'sphero',
  end: NOTHING,
  byChance: EIGHT_BITS,
  packet: (random) => {
    const data = randomBytes(random, 20);
    const [first, second] = [random.integer(256), random.integer(256)];
    return random.integer(2) === 0
      ? {
          bytes: encodeSphero({ kind: 'answer', code: first, sequence: second, data }),
          told: `answer ${first} ${second} ${hex(data)}`,
        }
      : { bytes: encodeSphero({ kind: 'unasked', id: first, data }), told: `unasked ${first} ${hex(data)}` };
  },
  open: () => {
    const decoder = new SpheroDecoder();
    const tell = (packets: ReturnType<typeof decoder.push>) =>
      packets.map((packet) => {
        const data = hex(packet.data);
        return packet.kind === 'answer'
          ? `answer ${packet.code} ${packet.sequence} ${data}`
          : `unasked ${packet.id} ${data}`;
      });
    return { push: (bytes) => tell(decoder.push(bytes)), flush: () => tell(decoder.flush()) };
  },
};

/** Messages of a WebSocket, which has found their ends: a line each stands in for that. */
const rosbridge = lineTarget(
  'rosbridge',
  4096,
  (random) => {
    const data = Array.from({ length: random.integer(8) }, () => random.normal());
    const text = JSON.stringify({ op: 'publish', topic: '/state', msg: { data } });
    return { text, told: JSON.stringify(data) };
  },
  (line) => {
    const said = decodeServerOp(line);
    return said?.op === 'publish' ? JSON.stringify(said.msg.data) : undefined;
  },
);

export const TARGETS: readonly FuzzTarget[] = [
  microcontroller,
  sphero,
  rosbridge,
  feetech,
  dynamixel,
  textTarget(),
  grbl,
  marlin,
  odrive,
];
