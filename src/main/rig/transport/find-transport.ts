import { type DeviceIdentity, portName } from '../../../shared/ports';
import { type Asked, type FoundDevice, findDevice } from './find-device';
import { openSerialPort } from './serial-port';
import type { Transport } from './transport';

export interface TransportSearch {
  /** As `findDevice` takes it. */
  port: string;
  known: DeviceIdentity | null;
  baudRate: number;
  /** What is looked for and what may be used instead, as `findDevice` says them. */
  wanted: string;
  otherwise: string;
  /** Asks whether it is there; left out where nothing tells it from other devices. */
  answers?: ((transport: Transport) => Promise<boolean>) | undefined;
}

/**
 * Finds the device of a rig on a serial port. A port that a person has chosen is not asked: whoever starts a driver on it does so.
 * @throws ForesightError as `findDevice`
 */
export function findTransport(
  search: TransportSearch,
): Promise<FoundDevice<Asked & { transport: Transport }>> {
  const { port, known, baudRate, wanted, otherwise, answers } = search;
  return findDevice({
    ...{ port, known, wanted, otherwise },
    ask: async (candidate) => {
      const transport = await openSerialPort(candidate.path, baudRate, portName(candidate));
      const close = () => transport.close();
      const words = `${transport.description} is none.`;
      try {
        const fits = port !== 'auto' || !answers || (await answers(transport));
        return { transport, fits, words, close };
      } catch (thrown) {
        await close();
        throw thrown;
      }
    },
  });
}
