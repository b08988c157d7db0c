import { describe, expect, it, onTestFinished } from 'vitest';
import { feetechProtocol } from '../../../src/main/rig/drivers/feetech/protocol';
import { STS3215 } from '../../../src/main/rig/drivers/feetech/registers';
import { ServoBus } from '../../../src/main/rig/drivers/servo-bus/bus';
import { decodeRegister } from '../../../src/main/rig/drivers/servo-bus/registers';
import { FeetechBus } from '../../../src/main/rig/simulation/feetech/bus';
import type { LineFaults } from '../../../src/main/rig/simulation/servo-bus/faults';
import { FreeJoints } from '../../../src/main/rig/simulation/servo-bus/joints';
import { serveBus } from '../../../src/main/rig/simulation/servo-bus/serve';
import { memoryPair } from '../../../src/main/rig/transport/memory';

const IDS = [1, 2, 3, 4, 5, 6];

/** Six motors that stand at six different places, behind a line with faults. */
async function openServed(faults: Partial<LineFaults>) {
  const [host, device] = memoryPair('the test bench');
  const mechanics = { stallTorque: 2.9, noLoadSpeed: 5.2, stallCurrent: 2.7 };
  const joints = IDS.map((id) => ({
    inertia: 0.02,
    damping: 0.05,
    range: [-2.5, 2.5] as const,
    start: (id * 100 * 2 * Math.PI) / 4096,
  }));
  const bus = new FeetechBus({
    motors: IDS.map((id) => ({ id, model: STS3215, mechanics })),
    plant: new FreeJoints(joints),
    series: 'STS',
  });
  const onFailure = (thrown: unknown) => {
    throw thrown;
  };
  const served = serveBus({ bus, line: device, faults, seed: 3, onFailure });
  const master = new ServoBus(host, feetechProtocol('STS'), 1_000_000);
  onTestFinished(() => {
    master.dispose();
    served.dispose();
  });
  await master.begin();
  return { master, served };
}

describe('motors behind a bad line', () => {
  it.each<[string, Partial<LineFaults>]>([
    ['nothing is wrong', {}],
    ['answers are lost', { dropped: 0.05 }],
    ['answers are damaged', { corrupted: 0.05 }],
    ['answers come twice', { duplicated: 0.2 }],
    ['answers come late', { delayed: 0.03, delaySeconds: 0.02 }],
    ['the adapter collects bytes', { latencySeconds: 0.016 }],
    ['the adapter hears itself', { echo: true }],
    [
      'all of it at once',
      { dropped: 0.02, corrupted: 0.02, duplicated: 0.02, latencySeconds: 0.002, echo: true },
    ],
  ])('tell where they stand, and never something else, while %s', async (_, faults) => {
    const { master } = await openServed(faults);
    for (let cycle = 0; cycle < 20; cycle++) {
      const answers = await master.readAll(IDS, 56, 15, { attempts: 6 });
      const positions = answers.map(
        (answer) => answer && decodeRegister(STS3215.registers.position, answer.parameters, 'little'),
      );
      expect(positions).toEqual(IDS.map((id) => 2048 + 100 * id));
    }
  });
});
