import type { Rig } from '../../shared/rig';
import { loadRig } from '../rig';
import { FrameDecoder } from '../rig/drivers/microcontroller/protocol/frame';
import { TYPE } from '../rig/drivers/microcontroller/protocol/messages';
import { openPlant } from '../rig/drivers/mujoco/plant';
import { startFirmware } from '../rig/simulation/firmware';
import { openPseudoTerminal } from '../rig/simulation/pseudo-terminal';

/** A simulated device behind a pseudo-terminal, whose end of the wire is read here. */
export interface EstopWire {
  rig: Rig;
  /** The port to connect to. */
  path: string;
  /** When the next hold has arrived whole, ms on `performance.now()`. */
  nextHold(): Promise<number>;
  dispose(): void;
}

/** @throws ForesightError unavailable where no pseudo-terminal can be made */
export async function openEstopWire(): Promise<EstopWire> {
  const rig = await loadRig('cartpole-serial');
  const plantRig = await loadRig(rig.file.serial?.simulation ?? '');
  const terminal = await openPseudoTerminal();
  const decoder = new FrameDecoder();
  let waiting: ((at: number) => void)[] = [];
  const firmware = startFirmware({
    ...{
      rig: plantRig,
      plant: await openPlant(plantRig, 0),
      name: rig.file.serial?.firmware ?? '',
      version: '1',
    },
    line: {
      write: (bytes) => terminal.write(bytes),
      onData: (listener) =>
        terminal.onData((bytes) => {
          const at = performance.now();
          if (decoder.push(bytes).some(({ type }) => type === TYPE.hold)) {
            for (const resolve of waiting.splice(0)) resolve(at);
          }
          listener(bytes);
        }),
    },
    onFailure: (thrown) => {
      throw thrown;
    },
  });
  return {
    rig,
    path: terminal.path,
    nextHold: () => new Promise((resolve) => waiting.push(resolve)),
    dispose: () => {
      waiting = [];
      firmware.dispose();
      terminal.dispose();
    },
  };
}
