import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import { decodeRegister } from '../../src/main/rig/drivers/servo-bus/registers';
import { checkRig } from '../../src/main/rig/index';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { Hand } from '../../src/main/rig/simulation/servo-bus/hand';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { fakeSystem } from '../rig/fake-system';

export const ARM = 'arm-on-a-cable';

/** `so101` with patience for a busy computer, and quick at its start. */
export function patientArm(workspace: string): string {
  const from = 'resources/rigs/so101';
  const to = join(workspace, 'rigs', ARM);
  cpSync(from, to, { recursive: true });
  const file = JSON.parse(readFileSync(join(from, 'rig.json'), 'utf8'));
  const changed = {
    ...{ ...file, name: ARM, title: 'Arm on a cable' },
    servos: { ...file.servos, startSpeed: 2 },
    safety: { ...file.safety, missedPlansToHold: 1e6, watchdogSeconds: 5 },
  };
  writeFileSync(join(to, 'rig.json'), JSON.stringify(changed));
  return to;
}

export interface ArmOnACable {
  /** A person's hand at the joints, which moves nothing until it is asked to. */
  hand: { ask(does: 'sweep' | 'home' | 'nothing'): void; doing(): string | null };
  /** What each motor says of itself, asked past everybody: torque, and how far its goal is from where it is, rad. */
  motors(): { torque: boolean; offGoal: number }[];
  /** When torque was written next, and when every motor has been read back after that, ms on `performance.now()`. */
  nextHold(): Promise<{ written: number; readBack: number }>;
  dispose(): void;
}

/** Simulated motors in this process, on a pseudo-terminal that is a USB adapter for every program with the environment of this one. */
export async function armOnACable(folder: string): Promise<ArmOnACable> {
  const removals: (() => void)[] = [];
  const system = fakeSystem((remove) => removals.push(remove));
  const rig = await checkRig(folder);
  const terminal = await openPseudoTerminal();
  const bus = await simulateServos(rig);
  let waiting: ((times: { written: number; readBack: number }) => void)[] = [];
  let written: number | undefined;
  const served = serveBus({
    bus: {
      ...{ step: (seconds) => bus.step(seconds), brownOut: () => bus.brownOut() },
      ...{ overload: (id) => bus.overload(id), dispose: () => bus.dispose() },
      receive: (bytes) => {
        const answers = bus.receive(bytes);
        if (waiting.length === 0) return answers;
        if (writesTorque(bytes)) written = performance.now();
        else if (written !== undefined && readsTorque(bytes)) {
          for (const resolve of waiting.splice(0)) resolve({ written, readBack: performance.now() });
          written = undefined;
        }
        return answers;
      },
    },
    line: terminal,
    seed: 1,
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  process.env.FORESIGHT_SYSTEM_ROOT = system.root;
  system.plug({ name: 'ttyACM0', serialNumber: '5A46083045', socket: '1-1', target: terminal.path });
  const protocol = FEETECH.protocol([]);
  const motors = busMotors(rig.file, FEETECH);
  const hand = new Hand(
    motors.map(({ name }) => name),
    motors.map(({ zeroRad, file }) => zeroRad + file.direction * file.home),
  );
  bus.holdBy(hand);
  return {
    hand: { ask: (does) => hand.ask(does, bus.angles), doing: () => hand.doing },
    motors: () =>
      motors.map((motor) => {
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
      }),
    nextHold: () => new Promise((resolve) => waiting.push(resolve)),
    dispose: () => {
      delete process.env.FORESIGHT_SYSTEM_ROOT;
      waiting = [];
      served.dispose();
      terminal.dispose();
      bus.dispose();
      for (const remove of removals) remove();
    },
  };
}

const TORQUE = 40;
const READ = 0x02;
const LAST_MOTOR = 6;
const SYNC_READ = 0x82;
const SYNC_WRITE = 0x83;

/** Whole instructions come at once from this computer. */
function instructions(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + 4 < bytes.length; at++) {
    if (bytes[at] !== 0xff || bytes[at + 1] !== 0xff) continue;
    found.push(bytes.subarray(at, at + 4 + (bytes[at + 3] ?? 0)));
  }
  return found;
}

const writesTorque = (bytes: Uint8Array): boolean =>
  instructions(bytes).some((one) => one[4] === SYNC_WRITE && one[5] === TORQUE);

/** Torque is read with the goal behind it: of all motors at once, or of the last one by itself where that was lost. */
const readsTorque = (bytes: Uint8Array): boolean =>
  instructions(bytes).some(
    (one) => one[5] === TORQUE && (one[4] === SYNC_READ || (one[4] === READ && one[2] === LAST_MOTOR)),
  );
