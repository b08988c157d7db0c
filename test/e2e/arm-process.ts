import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import { decodeRegister } from '../../src/main/rig/drivers/servo-bus/registers';
import { checkRig } from '../../src/main/rig/index';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { Hand } from '../../src/main/rig/simulation/servo-bus/hand';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { sinceBoot } from './monotonic';

export type HandDoes = 'sweep' | 'home' | 'nothing';

/** Of one motor: torque, and how far its goal is from where it is, rad. */
export interface MotorNow {
  torque: boolean;
  offGoal: number;
}

/** On the computer's monotonic clock, ms. */
export interface HoldTimes {
  written: number;
  readBack: number;
}

/** What this process can be asked, and what it says to that. */
export interface Asked extends Record<HandDoes | 'listen', void> {
  terminal: { path: string };
  doing: string | null;
  motors: MotorNow[];
  /** Once torque was written and every motor read back after it, since `listen`. */
  hold: HoldTimes;
}

export interface Question {
  question: number;
  what: keyof Asked;
}

export interface Answer {
  question: number;
  value: unknown;
}

const rig = await checkRig(process.argv[2] ?? '');
const terminal = await openPseudoTerminal();
const bus = await simulateServos(rig);
/** Who waits for the next hold, and when torque was written for it. */
let listening: { written?: number; tell(times: HoldTimes): void } | undefined;
let held: Promise<HoldTimes> | undefined;

const served = serveBus({
  bus: {
    ...{ step: (seconds) => bus.step(seconds), brownOut: () => bus.brownOut() },
    ...{ overload: (id) => bus.overload(id), dispose: () => bus.dispose() },
    receive: (bytes) => {
      const answers = bus.receive(bytes);
      listen(bytes);
      return answers;
    },
  },
  line: terminal,
  seed: 1,
  onFailure: (thrown) => {
    throw thrown;
  },
});

function listen(bytes: Uint8Array): void {
  for (const one of instructions(bytes)) {
    if (!listening) continue;
    if (writesTorque(one)) listening.written ??= sinceBoot();
    else if (listening.written !== undefined && readsTorque(one)) {
      listening.tell({ written: listening.written, readBack: sinceBoot() });
      listening = undefined;
    }
  }
}

const protocol = FEETECH.protocol([]);
const motors = busMotors(rig.file, FEETECH);
const hand = new Hand(
  motors.map(({ name }) => name),
  motors.map(({ zeroRad, file }) => zeroRad + file.direction * file.home),
);
bus.holdBy(hand);

function motorsNow(): MotorNow[] {
  return motors.map((motor) => {
    const { registers, feedback, byteOrder } = motor.model;
    const read = (address: number, size: number) => {
      const decoder = protocol.decoder();
      const [packet] = bus
        .receive(protocol.read(motor.id, address, size))
        .flatMap((answer) => decoder.push(answer));
      return packet?.parameters ?? new Uint8Array(size);
    };
    const { torque, goal } = registers;
    const counts = decodeRegister(goal, read(goal.address, goal.size), byteOrder);
    const block = read(feedback.address, feedback.length);
    return {
      torque: read(torque.address, 1)[0] === 1,
      offGoal: Math.abs(motor.angle(counts) - motor.quantity(block, 'position')),
    };
  });
}

const answers: { [K in keyof Asked]: () => Asked[K] | Promise<Asked[K]> } = {
  terminal: () => ({ path: terminal.path }),
  sweep: () => hand.ask('sweep', bus.angles),
  home: () => hand.ask('home', bus.angles),
  nothing: () => hand.ask('nothing', bus.angles),
  doing: () => hand.doing,
  motors: motorsNow,
  listen: () => {
    held = new Promise((tell) => {
      listening = { tell };
    });
  },
  hold: () => held ?? Promise.reject(new Error('Nobody listens for a hold.')),
};

process.on('message', async ({ question, what }: Question) => {
  process.send?.({ question, value: await answers[what]() } satisfies Answer);
});
process.once('disconnect', () => {
  served.dispose();
  terminal.dispose();
  bus.dispose();
  process.exit();
});

const TORQUE = 40;
const READ = 0x02;
const LAST_MOTOR = 6;
const SYNC_READ = 0x82;
const SYNC_WRITE = 0x83;

/** What has come of an instruction whose rest has not. */
let begun: number[] = [];

/** Whole ones, in their order, however they were cut into pieces on their way. */
function instructions(bytes: Uint8Array): number[][] {
  const all = [...begun, ...bytes];
  const found: number[][] = [];
  let at = 0;
  while (at + 4 <= all.length) {
    if (all[at] !== 0xff || all[at + 1] !== 0xff) {
      at++;
      continue;
    }
    const end = at + 4 + (all[at + 3] ?? 0);
    if (end > all.length) break;
    found.push(all.slice(at, end));
    at = end;
  }
  begun = all.slice(at);
  return found;
}

const writesTorque = (one: readonly number[]): boolean => one[4] === SYNC_WRITE && one[5] === TORQUE;

/** Torque is read with the goal behind it: of all motors at once, or of the last one by itself where that was lost. */
const readsTorque = (one: readonly number[]): boolean =>
  one[5] === TORQUE && (one[4] === SYNC_READ || (one[4] === READ && one[2] === LAST_MOTOR));
