import { ForesightError } from '../../../../shared/errors';
import { type DeviceIdentity, type PortListing, portName } from '../../../../shared/ports';
import type { ServoOptions } from '../../../../shared/servos';
import { type Asked, type FoundDevice, findDevice } from '../../transport/find-device';
import { openSerialPort } from '../../transport/serial-port';
import type { Transport } from '../../transport/transport';
import { ServoBus } from './bus';
import { noAnswer } from './configure';
import type { BusMotor } from './motors';
import type { ServoFamily } from './protocol';

/** At another baud rate than the rig's a motor is not asked twice. */
const OTHER_ANSWER_SECONDS = 0.022;
const PATIENT_SECONDS = 0.1;

interface AskedMotors extends Asked {
  transport: Transport;
}

export interface LineSearch {
  servos: ServoOptions;
  motors: readonly BusMotor[];
  family: ServoFamily;
  /** As in `DeviceSearch`. */
  port: string;
  known: DeviceIdentity | null;
  open?(port: PortListing, baudRate: number): Promise<Transport>;
  list?(): Promise<PortListing[]>;
}

/**
 * Finds the line on which all motors of a rig answer, and leaves it open.
 * @throws ForesightError as `findDevice`; rig-silent where none answers on the port that is meant, or all do at another baud rate
 */
export async function findLine({
  servos,
  motors,
  family,
  port,
  known,
  open = (one, baudRate) => openSerialPort(one.path, baudRate, portName(one)),
  list,
}: LineSearch): Promise<FoundDevice<AskedMotors>> {
  const { baudRate } = servos;
  const ids = motors.map(({ id }) => id);
  const count = async (transport: Transport, rate: number, seconds?: number) => {
    const bus = new ServoBus(transport, family.protocol(motors.map(({ model }) => model)), rate);
    try {
      await bus.begin();
      const answering: number[] = [];
      for (const id of ids) {
        const options = seconds === undefined ? { attempts: 2 } : { attempts: 1, seconds };
        if (await bus.ping(id, options)) answering.push(id);
      }
      // Where others answer, one that did not is worth a wait: a busy computer, a damaged packet.
      for (const id of answering.length > 0 ? ids.filter((one) => !answering.includes(one)) : []) {
        if (await bus.ping(id, { attempts: 2, seconds: PATIENT_SECONDS })) answering.push(id);
      }
      answering.sort((a, b) => a - b);
      return answering;
    } catch (thrown) {
      await transport.close();
      throw thrown;
    } finally {
      bus.dispose();
    }
  };
  /** Where motors answer that do not at the rig's baud rate. */
  const elsewhere = async (candidate: PortListing) => {
    const { baudRates } = family.protocol(motors.map(({ model }) => model));
    for (const rate of baudRates.filter((one) => one !== baudRate)) {
      const transport = await open(candidate, rate);
      const answering = await count(transport, rate, OTHER_ANSWER_SECONDS);
      await transport.close();
      if (answering.length > 0) return { rate, answering };
    }
    return undefined;
  };
  return findDevice({
    ...{ port, known, list },
    wanted: `these ${motors.length} motors`,
    otherwise: 'choose the port "simulated" to use simulated motors',
    ask: async (candidate): Promise<AskedMotors> => {
      const transport = await open(candidate, baudRate);
      const close = () => transport.close();
      const answering = (await count(transport, baudRate)).length;
      // Devices that nobody meant are not spoken to at every baud rate.
      const isMeant = port !== 'auto' || (candidate.key !== null && known?.key === candidate.key);
      if (answering === 0 && isMeant) {
        await close();
        const other = await elsewhere(candidate);
        if (other) throw wrongBaudRate(candidate, other, baudRate);
        throw noAnswer(portName(candidate), motors, motors.length, candidate.busyWith);
      }
      const words = `${transport.description}: ${answering} of ${motors.length} motors answer.`;
      return { transport, fits: answering === motors.length, words, close };
    },
  });
}

function wrongBaudRate(
  port: PortListing,
  { rate, answering }: { rate: number; answering: readonly number[] },
  baudRate: number,
): ForesightError {
  const who =
    answering.length === 1 ? `Motor ${answering[0]} answers` : `Motors ${answering.join(', ')} answer`;
  return new ForesightError(
    'rig-silent',
    `No motor on ${portName(port)} answers at ${baudRate} baud, as the rig file has it. ${who} at ${rate} baud.`,
    `Write "baudRate": ${rate} into "servos" of rig.json; or give each motor ${baudRate} baud, alone on the line: foresight rig motor ${port.path} --baud ${rate} --new-baud ${baudRate} --write.`,
  );
}
