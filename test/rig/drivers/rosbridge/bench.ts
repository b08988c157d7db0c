import { onTestFinished } from 'vitest';
import type { Driver } from '../../../../src/main/rig/driver';
import { openPlant } from '../../../../src/main/rig/drivers/mujoco/plant';
import { openRosbridge } from '../../../../src/main/rig/drivers/rosbridge/open';
import { loadRig } from '../../../../src/main/rig/index';
import { type SimulatedRobot, startRobot } from '../../../../src/main/rig/simulation/rosbridge/robot';
import {
  type RosbridgeServer,
  type ServeRosbridgeOptions,
  serveRosbridge,
} from '../../../../src/main/rig/simulation/rosbridge/server';
import type { ForesightError } from '../../../../src/shared/errors';
import type { Rig } from '../../../../src/shared/rig';
import type { RosbridgeOptions } from '../../../../src/shared/rosbridge';
import { noHost } from '../../rig-helpers';

export interface RosBench {
  rig: Rig;
  robot: SimulatedRobot;
  server: RosbridgeServer;
  /** Opens a driver on the server, with what it tells of. */
  open(): Promise<{ driver: Driver; faults: ForesightError[]; fault(code: string): Promise<ForesightError> }>;
}

/** `a1-rosbridge`, and the simulated robot behind a server in this process. */
export async function rosBench(
  change: (options: RosbridgeOptions, rig: Rig) => void = () => {},
): Promise<RosBench> {
  const rig = await loadRig('a1-rosbridge');
  // How fast the computer is does not matter here.
  rig.file.safety.watchdogSeconds = 5;
  change(rig.file.rosbridge!, rig);
  const { robot, server } = await simulatedA1();
  return { rig, robot, server, open: () => opened(rig, server.url) };
}

/** The simulated A1 as `foresight sim a1` has it. */
export async function simulatedA1(port = 0): Promise<{ robot: SimulatedRobot; server: RosbridgeServer }> {
  return simulatedRobot(await loadRig('a1-rosbridge'), { port });
}

/** What stands in for the robot of a rig, behind a server in this process. */
export async function simulatedRobot(
  rig: Rig,
  serving: ServeRosbridgeOptions = {},
): Promise<{ robot: SimulatedRobot; server: RosbridgeServer }> {
  const options = rig.file.rosbridge!;
  const plant = await openPlant(await loadRig(options.simulation!), 0);
  const onFailure = (thrown: unknown) => {
    throw thrown;
  };
  const robot = startRobot(rig, plant, { seed: 0, onFailure });
  const server = await serveRosbridge(rig, options, robot, serving);
  onTestFinished(() => {
    server.dispose();
    robot.dispose();
    plant.dispose();
  });
  return { robot, server };
}

export async function opened(rig: Rig, url: string) {
  const driver = await openRosbridge(rig, { mode: 'realtime', port: url, seed: 0 }, noHost);
  onTestFinished(() => driver.close());
  const faults: ForesightError[] = [];
  const waiting: { code: string; resolve(fault: ForesightError): void }[] = [];
  driver.onFault((fault) => {
    faults.push(fault);
    for (const { code, resolve } of waiting) if (code === fault.code) resolve(fault);
  });
  return {
    driver,
    faults,
    fault: (code: string) =>
      new Promise<ForesightError>((resolve) => {
        const seen = faults.find((fault) => fault.code === code);
        if (seen) resolve(seen);
        else waiting.push({ code, resolve });
      }),
  };
}
