import { onTestFinished } from 'vitest';
import type { Driver } from '../../src/main/rig/driver';
import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { ServoBus } from '../../src/main/rig/drivers/servo-bus/bus';
import { type ServoKeeping, startServoDriver } from '../../src/main/rig/drivers/servo-bus/driver';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import { loadRig } from '../../src/main/rig/index';
import { FeetechBus } from '../../src/main/rig/simulation/feetech/bus';
import type { LineFaults } from '../../src/main/rig/simulation/servo-bus/faults';
import { FreeJoints } from '../../src/main/rig/simulation/servo-bus/joints';
import { type ServedBus, serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { memoryPair } from '../../src/main/rig/transport/memory';
import type { Transport } from '../../src/main/rig/transport/transport';
import type { ForesightError } from '../../src/shared/errors';
import type { Rig } from '../../src/shared/rig';

/** What a driver is started with. */
export interface ServoBench {
  rig: Rig;
  /** The computer's end of the line. */
  host: Transport;
  /** The motors, each with a flywheel that stands at the middle. */
  motors: FeetechBus;
  plant: FreeJoints;
  served: ServedBus;
  /** Motors that are not there any more, by number. */
  missing: Set<number>;
  unplug(): void;
  start(keeping?: ServoKeeping): Promise<Driver>;
}

export interface StartedBench extends ServoBench {
  driver: Driver;
  faults: ForesightError[];
  /** The next fault with this code, also one that has come already. */
  fault(code: string): Promise<ForesightError>;
}

export const NAMES = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'wrist_flex', 'wrist_roll', 'gripper'];

/** The motors of `so101` in this process, behind a line in memory. `periodSeconds` is short: tests wait for periods. */
export async function servoBench({
  faults = {} as Partial<LineFaults>,
  periodSeconds = 0.01,
  model = 'sts3215',
  /** Of every joint, rad of its motor. */
  joints = { range: [-3, 3] as readonly [number, number], start: 0 },
  change = (_: Rig) => {},
} = {}): Promise<ServoBench> {
  const rig = await loadRig('so101');
  rig.file.periodSeconds = periodSeconds;
  change(rig);
  const plant = new FreeJoints(NAMES.map(() => ({ inertia: 0.03, damping: 0.05, ...joints })));
  const mechanics = { stallTorque: 2.94, noLoadSpeed: 5.4, stallCurrent: 2.7 };
  const motors = new FeetechBus({
    motors: NAMES.map((_, i) => ({ id: i + 1, model: FEETECH.models[model]!, mechanics })),
    plant,
    series: model === 'scs0009' ? 'SCS' : 'STS',
  });
  const missing = new Set<number>();
  const [host, device] = memoryPair('the test bench');
  const served = serveBus({
    bus: {
      receive: (bytes) => motors.receive(bytes).filter((answer) => !missing.has(answer[2] ?? 0)),
      step: (seconds) => motors.step(seconds),
      brownOut: () => motors.brownOut(),
      overload: (id) => motors.overload(id),
      dispose: () => motors.dispose(),
    },
    line: device,
    faults,
    seed: 1,
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  onTestFinished(() => served.dispose());
  return {
    ...{ rig, host, motors, plant, served, missing },
    unplug: () => void device.close(),
    start: async (keeping) => {
      const bus = new ServoBus(host, FEETECH.protocol([FEETECH.models[model]!]), 1_000_000);
      await bus.begin();
      const driver = await startServoDriver(
        rig,
        rig.file.servos!,
        bus,
        busMotors(rig.file, FEETECH),
        keeping,
      );
      onTestFinished(() => driver.close());
      return driver;
    },
  };
}

export async function startedServoBench(options?: Parameters<typeof servoBench>[0]): Promise<StartedBench> {
  const bench = await servoBench(options);
  const driver = await bench.start();
  const faults: ForesightError[] = [];
  const waiting: { code: string; resolve(fault: ForesightError): void }[] = [];
  driver.onFault((fault) => {
    faults.push(fault);
    for (const { code, resolve } of waiting) if (code === fault.code) resolve(fault);
  });
  return {
    ...bench,
    driver,
    faults,
    fault: (code) =>
      new Promise((resolve) => {
        const seen = faults.find((fault) => fault.code === code);
        if (seen) resolve(seen);
        else waiting.push({ code, resolve });
      }),
  };
}
