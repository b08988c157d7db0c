import type { FoundMotor, ServoDriver } from '../../../../shared/servos';
import type { Transport } from '../../transport/transport';
import { ServoBus } from './bus';
import type { ServoFamily, ServoModel } from './protocol';
import { decodeRegister } from './registers';

/** A motor answers within this, though an adapter may keep its answer for 16 ms. */
const ANSWER_SECONDS = 0.022;
const PATIENT_SECONDS = 0.1;

/**
 * Looks for motors of a family on a line: at every baud rate, every number. Where motors do not answer one ping to all of
 * them, that is a ping for each of some 250 numbers, five seconds a baud rate.
 * @param open the line, at a baud rate
 * @param only this baud rate
 * @param ids only these numbers
 */
export async function scanLine(
  open: (baudRate: number) => Promise<Transport>,
  driver: ServoDriver,
  family: ServoFamily,
  only?: number,
  ids?: readonly number[],
): Promise<FoundMotor[]> {
  const protocol = family.protocol(Object.values(family.models));
  const found = new Map<number, FoundMotor>();
  for (const baudRate of only === undefined ? protocol.baudRates : [only]) {
    const transport = await open(baudRate);
    const bus = new ServoBus(transport, protocol, baudRate);
    try {
      await bus.begin();
      for (const id of await answering(bus, ids)) {
        const known = found.get(id) ?? { driver, id, ...(await identify(bus, id, family)), baudRates: [] };
        known.baudRates.push(baudRate);
        found.set(id, known);
      }
    } finally {
      bus.dispose();
      await transport.close();
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

async function answering(bus: ServoBus, only?: readonly number[]): Promise<number[]> {
  const all = only ? undefined : await bus.pingAll();
  if (all) return all.map(({ id }) => id);
  const found: number[] = [];
  for (const id of only ?? Array.from({ length: bus.protocol.highestId + 1 }, (_, i) => i)) {
    if (await bus.ping(id, { attempts: 1, seconds: ANSWER_SECONDS })) found.push(id);
  }
  // Where some answer, one of few that did not is worth a wait: a busy computer, a damaged packet.
  for (const id of found.length > 0 && only ? only.filter((one) => !found.includes(one)) : []) {
    if (await bus.ping(id, { attempts: 2, seconds: PATIENT_SECONDS })) found.push(id);
  }
  return found;
}

/** Models of one family may write their number in another order of bytes. */
async function identify(
  bus: ServoBus,
  id: number,
  { models }: ServoFamily,
): Promise<Pick<FoundMotor, 'model' | 'number'>> {
  const known = Object.entries(models);
  const place = known[0]?.[1].registers.model;
  const answer = place && (await bus.read(id, place.address, place.size));
  if (!answer) return { model: null, number: null };
  const numberFor = ({ registers, byteOrder }: ServoModel) =>
    decodeRegister(registers.model, answer.parameters, byteOrder);
  const fitting = known.find(([, model]) => numberFor(model) === model.number);
  if (fitting) return { model: fitting[0], number: fitting[1].number };
  return { model: null, number: known[0] ? numberFor(known[0][1]) : null };
}
