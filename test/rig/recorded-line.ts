import { nodeHost } from '../../src/main/processes/node-host';
import { loadRig } from '../../src/main/rig';
import { FrameDecoder } from '../../src/main/rig/drivers/microcontroller/protocol/frame';
import {
  decodeHostMessage,
  type HostMessage,
} from '../../src/main/rig/drivers/microcontroller/protocol/messages';
import { openPseudoTerminal } from '../../src/main/rig/simulation/pseudo-terminal';
import { startSimulatedFirmware } from '../../src/main/rig/simulation/start-firmware';

export type Heard = HostMessage['kind'];

/** Simulated firmware on a pseudo-terminal, with somebody on the line who writes down what the computer says to it. */
export interface RecordedLine {
  /** What a command opens as a serial port. */
  path: string;
  /** Kinds of the messages so far, in the order in which they came out of the computer. */
  readonly heard: readonly Heard[];
  /** Resolves when a message of this kind has come so many times. */
  until(kind: Heard, times?: number): Promise<void>;
  /** Forgets what was heard: the next program begins. */
  clear(): void;
  close(): void;
}

export async function openRecordedLine(rigName = 'cartpole-serial'): Promise<RecordedLine> {
  const rig = await loadRig(rigName, '');
  const terminal = await openPseudoTerminal();
  const firmware = await startSimulatedFirmware({ rig, link: 'stream', seed: 1 }, nodeHost());
  const device = await firmware.open();
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const decoder = new FrameDecoder();
  device.onData((bytes) => terminal.write(bytes));
  terminal.onData((bytes) => {
    for (const frame of decoder.push(bytes)) {
      const message = decodeHostMessage(frame);
      if (message) heard.push(message.kind);
    }
    for (const look of [...waiting]) look();
    device.write(bytes);
  });
  return {
    path: terminal.path,
    heard,
    until: (kind, times = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (heard.filter((one) => one === kind).length < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    clear: () => heard.splice(0),
    close: () => {
      terminal.dispose();
      firmware.stop();
    },
  };
}

/** What moves a device, or lets it move. */
const MOVING: readonly Heard[] = ['command', 'reset', 'resume'];
const RESTING: readonly Heard[] = ['hold', 'release'];

/**
 * What was said to the device after a stop that should not have been: after the first hold that follows the stop nothing that
 * moves or wakes it, without one nothing that moves it; and in the end a device that was woken is held.
 * @param stoppedAt how much had been heard when the stop was asked for
 */
export function saidAfterStop(heard: readonly Heard[], stoppedAt: number): string[] {
  const after = heard.slice(stoppedAt);
  const hold = after.findIndex((kind) => RESTING.includes(kind));
  const wrong =
    hold >= 0
      ? after.slice(hold).filter((kind) => MOVING.includes(kind))
      : after.filter((kind) => kind === 'command' || kind === 'reset');
  return isLeftAwake(heard) ? [...wrong, 'no hold'] : wrong;
}

/** The last word to a device that was woken was not that it shall rest. */
export function isLeftAwake(heard: readonly Heard[]): boolean {
  const last = (kinds: readonly Heard[]) => heard.findLastIndex((kind) => kinds.includes(kind));
  return last(MOVING) > last(RESTING);
}
