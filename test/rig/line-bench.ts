import { onTestFinished } from 'vitest';
import type { Driver } from '../../src/main/rig/driver';
import { startLineDriver } from '../../src/main/rig/drivers/lines/line-driver';
import { LineLink } from '../../src/main/rig/drivers/lines/line-link';
import type { LineLanguage } from '../../src/main/rig/drivers/lines/open';
import { loadRig } from '../../src/main/rig/index';
import type { SimulatedBus } from '../../src/main/rig/simulation/servo-bus/device';
import type { LineFaults } from '../../src/main/rig/simulation/servo-bus/faults';
import { type ServedBus, serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateDevice } from '../../src/main/rig/simulation/simulate';
import { memoryPair } from '../../src/main/rig/transport/memory';
import type { ForesightError } from '../../src/shared/errors';
import type { Rig } from '../../src/shared/rig';

export interface LineBench {
  rig: Rig;
  driver: Driver;
  device: SimulatedBus;
  served: ServedBus;
  /** Lines that the device was sent, without their ends. */
  heard: string[];
  faults: ForesightError[];
  /** The next fault with this code, also one that has come already. */
  fault(code: string): Promise<ForesightError>;
  /** Bytes to the computer that the device has not sent. */
  inject(text: string): void;
  /** From now on nothing of what the device says arrives. */
  silence(): void;
  unplug(): void;
}

/** A rig's simulated device in this process, behind a line in memory, and the driver on it. */
export async function lineBench(
  name: string,
  language: (rig: Rig) => LineLanguage,
  { faults = {} as Partial<LineFaults>, change = (_: Rig) => {} } = {},
): Promise<LineBench> {
  const rig = await loadRig(name);
  change(rig);
  const device = await simulateDevice(rig, 1);
  const [host, end] = memoryPair('the test bench');
  const heard: string[] = [];
  let silent = false;
  const served = serveBus({
    bus: device,
    line: {
      write: (bytes) => {
        if (!silent) end.write(bytes);
      },
      onData: (listener) =>
        end.onData((bytes) => {
          heard.push(
            ...Buffer.from(bytes)
              .toString('latin1')
              .split(/[\r\n]+/)
              .filter((line) => line !== ''),
          );
          listener(bytes);
        }),
    },
    faults,
    seed: 1,
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  onTestFinished(() => {
    served.dispose();
    device.dispose();
  });
  const { lineEnding, longestLine, dialect } = language(rig);
  const driver = await startLineDriver(rig, new LineLink(host, lineEnding, longestLine), dialect);
  onTestFinished(() => driver.close());
  const told: ForesightError[] = [];
  const waiting: { code: string; resolve(fault: ForesightError): void }[] = [];
  driver.onFault((fault) => {
    told.push(fault);
    for (const { code, resolve } of waiting) if (code === fault.code) resolve(fault);
  });
  return {
    ...{ rig, driver, device, served, heard, faults: told },
    fault: (code) =>
      new Promise((resolve) => {
        const seen = told.find((fault) => fault.code === code);
        if (seen) resolve(seen);
        else waiting.push({ code, resolve });
      }),
    inject: (text) => end.write(Buffer.from(text, 'latin1')),
    silence: () => {
      silent = true;
    },
    unplug: () => void end.close(),
  };
}
