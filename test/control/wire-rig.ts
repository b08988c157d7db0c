import { FrameDecoder } from '../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  type DeviceMessage,
  decodeDeviceMessage,
  decodeHostMessage,
  type HostMessage,
} from '../../src/main/rig/drivers/microcontroller/protocol/messages';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { loadRig } from '../../src/main/rig/index';
import { startFirmware } from '../../src/main/rig/simulation/firmware';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import type { Rig } from '../../src/shared/rig';

/** A cart-pole's firmware behind a real pseudo-terminal, with everything that travels on the wire in hand. */
export interface WireRig {
  /** The serial rig that belongs to it. */
  rig: Rig;
  /** The port to connect to. */
  path: string;
  /** What the device was told since the last `forget`, in order. */
  heard: HostMessage[];
  forget(): void;
  /** The next message of this kind that the device is told. */
  told(kind: HostMessage['kind']): Promise<void>;
  /** The next message of the device that is wanted, answered or not. */
  says(wanted: (message: DeviceMessage) => boolean): Promise<void>;
  /** From now on nothing of what the device says arrives, until `letThrough`. */
  keepBack(): void;
  letThrough(): void;
  dispose(): void;
}

export async function openWireRig(): Promise<WireRig> {
  const rig = await loadRig('cartpole-serial');
  const plantRig = await loadRig('cartpole-balance');
  const terminal = await openPseudoTerminal();
  const [toDevice, toHost] = [new FrameDecoder(), new FrameDecoder()];
  const heard: HostMessage[] = [];
  let waiting: { wanted(message: HostMessage | DeviceMessage): boolean; resolve(): void }[] = [];
  let keptBack: Uint8Array[] | undefined;
  const pass = (message: HostMessage | DeviceMessage | undefined) => {
    if (!message) return;
    const found = waiting.filter(({ wanted }) => wanted(message));
    waiting = waiting.filter((wait) => !found.includes(wait));
    for (const { resolve } of found) resolve();
  };
  const until = (wanted: (message: HostMessage | DeviceMessage) => boolean) =>
    new Promise<void>((resolve) => waiting.push({ wanted, resolve }));
  const firmware = startFirmware({
    rig: plantRig,
    plant: await openPlant(plantRig, 1),
    name: 'foresight-cartpole',
    version: '1.0.0',
    line: {
      write: (bytes) => {
        if (keptBack) keptBack.push(bytes);
        else terminal.write(bytes);
        for (const frame of toHost.push(bytes)) pass(decodeDeviceMessage(frame));
      },
      onData: (listener) =>
        terminal.onData((bytes) => {
          const messages = toDevice.push(bytes).flatMap((frame) => decodeHostMessage(frame) ?? []);
          heard.push(...messages);
          listener(bytes);
          messages.forEach(pass);
        }),
    },
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  return {
    rig,
    path: terminal.path,
    heard,
    forget: () => void heard.splice(0),
    told: (kind) => until((message) => message.kind === kind),
    says: (wanted) => until((message) => isOfDevice(message) && wanted(message)),
    keepBack: () => {
      keptBack ??= [];
    },
    letThrough: () => {
      for (const bytes of keptBack ?? []) terminal.write(bytes);
      keptBack = undefined;
    },
    dispose: () => {
      firmware.dispose();
      terminal.dispose();
    },
  };
}

function isOfDevice(message: HostMessage | DeviceMessage): message is DeviceMessage {
  return ['hello', 'observation', 'status', 'error'].includes(message.kind);
}
