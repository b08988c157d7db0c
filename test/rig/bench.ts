import { onTestFinished } from 'vitest';
import type { Driver, Observation } from '../../src/main/rig/driver';
import { DeviceLink } from '../../src/main/rig/drivers/microcontroller/device-link';
import { startSerialDriver } from '../../src/main/rig/drivers/microcontroller/driver';
import { askHello } from '../../src/main/rig/drivers/microcontroller/hello';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { loadRig } from '../../src/main/rig/index';
import { type Line, startFirmware } from '../../src/main/rig/simulation/firmware';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { memoryPair } from '../../src/main/rig/transport/memory';
import { openSerialPort } from '../../src/main/rig/transport/serial-port';
import type { Transport } from '../../src/main/rig/transport/transport';
import type { Disposable } from '../../src/shared/disposable';
import type { ForesightError } from '../../src/shared/errors';
import type { Rig } from '../../src/shared/rig';

/** The device's end of a line, the host's end, and how to pull the plug. */
export interface Wire {
  device: Line;
  host: Transport;
  unplug(): void;
}

export type WireKind = 'memory' | 'pseudo-terminal';

/** A line in memory, or a real pseudo-terminal opened with serialport. */
export async function openWire(kind: WireKind): Promise<Wire> {
  if (kind === 'memory') {
    const [host, device] = memoryPair('the test bench');
    return { device, host, unplug: () => void device.close() };
  }
  const terminal = await openPseudoTerminal();
  onTestFinished(() => terminal.dispose());
  const host = await openSerialPort(terminal.path, 921600);
  onTestFinished(() => host.close());
  return { device: terminal, host, unplug: () => terminal.dispose() };
}

export interface Bench {
  rig: Rig;
  driver: Driver;
  faults: ForesightError[];
  /** The next fault with this code, also one that has come already. */
  fault(code: string): Promise<ForesightError>;
  /** What becomes of bytes on their way; identity at first. */
  toHost: (bytes: Uint8Array) => Uint8Array;
  toDevice: (bytes: Uint8Array) => Uint8Array;
  /** Bytes that nobody on the other side has sent. */
  injectToHost(bytes: Uint8Array): void;
  injectToDevice(bytes: Uint8Array): void;
  unplug(): void;
}

export const nothing = () => new Uint8Array(0);
export const unchanged = (bytes: Uint8Array) => bytes;

/** The simulated firmware in this process at one end of a wire, the serial driver at the other, a saboteur between. */
export async function openBench(
  kind: WireKind,
  { resumed = true, watchdogSeconds = 0.2 } = {},
): Promise<Bench> {
  const rig = await loadRig('cartpole-serial');
  rig.file.safety.watchdogSeconds = watchdogSeconds;
  const plantRig = await loadRig('cartpole-balance');
  const wire = await openWire(kind);
  let heard: (bytes: Uint8Array) => void = () => {};
  const bench: Pick<Bench, 'toHost' | 'toDevice'> = { toHost: unchanged, toDevice: unchanged };
  wire.device.onData((bytes) => heard(bench.toDevice(bytes)));
  const firmware = startFirmware({
    rig: plantRig,
    plant: await openPlant(plantRig, 1),
    name: 'foresight-cartpole',
    version: '1.0.0',
    line: {
      write: (bytes) => wire.device.write(bench.toHost(bytes)),
      onData: (listener) => {
        heard = listener;
        return { dispose: () => {} };
      },
    },
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  onTestFinished(() => firmware.dispose());
  const link = new DeviceLink(wire.host);
  const driver = await startSerialDriver(rig, link, await askHello(link));
  onTestFinished(() => driver.close());
  if (resumed) await driver.resume();
  const faults: ForesightError[] = [];
  const waiting: { code: string; resolve(fault: ForesightError): void }[] = [];
  driver.onFault((fault) => {
    faults.push(fault);
    for (const { code, resolve } of waiting) if (code === fault.code) resolve(fault);
  });
  return Object.assign(bench, {
    rig,
    driver,
    faults,
    fault: (code: string) =>
      new Promise<ForesightError>((resolve) => {
        const seen = faults.find((fault) => fault.code === code);
        if (seen) resolve(seen);
        else waiting.push({ code, resolve });
      }),
    injectToHost: (bytes: Uint8Array) => wire.device.write(bytes),
    injectToDevice: (bytes: Uint8Array) => heard(bytes),
    unplug: wire.unplug,
  });
}

/** The next `count` observations; `each` sees them as they come. */
export function observations(
  driver: Driver,
  count: number,
  each: (observation: Observation) => void = () => {},
): Promise<Observation[]> {
  return new Promise((resolve) => {
    const seen: Observation[] = [];
    const subscription: Disposable = driver.onObservation((observation) => {
      seen.push(observation);
      each(observation);
      if (seen.length < count) return;
      subscription.dispose();
      resolve(seen);
    });
  });
}
