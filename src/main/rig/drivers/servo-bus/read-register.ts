import type { ServoBus } from './bus';
import type { BusMotor } from './motors';
import type { Register } from './protocol';
import { decodeRegister } from './registers';

/** Nothing moves: a motor that is there is waited for, also on a computer that is busy with something else … */
const ANSWER_SECONDS = 0.06;
/** … and once more for so long, before it counts as one that is not there. */
const LATE_SECONDS = 0.5;

/**
 * A register of a motor while the rig stands still; undefined where it does not answer.
 * @param patient false: where nobody has answered yet, so that a line without motors is found soon
 */
export async function readRegister(
  bus: ServoBus,
  { id, model: { byteOrder } }: BusMotor,
  register: Register,
  patient = true,
): Promise<number | undefined> {
  const { address, size } = register;
  const soon = await bus.read(id, address, size, { seconds: ANSWER_SECONDS });
  const answer =
    soon ?? (patient ? await bus.read(id, address, size, { seconds: LATE_SECONDS, attempts: 1 }) : undefined);
  return answer && decodeRegister(register, answer.parameters, byteOrder);
}
