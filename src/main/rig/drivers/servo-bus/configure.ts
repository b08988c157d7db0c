import { ForesightError } from '../../../../shared/errors';
import type { ServoBus } from './bus';
import type { BusMotor } from './motors';
import { readRegister } from './read-register';
import { encodeRegister } from './registers';

/**
 * Asks every motor who it is, and gives its registers the values that the rig file wants. Motors with a lock take them
 * without keeping them: what a motor has stored stays as it is. Motors without one keep them, so that they are written once and
 * found there ever after. Rejects with rig-silent or rig-refused, with every motor that is
 * not as it should be.
 */
export async function prepareMotors(bus: ServoBus, motors: readonly BusMotor[]): Promise<void> {
  const problems: string[] = [];
  const silent: BusMotor[] = [];
  for (const motor of motors) {
    const somebodyIsThere = motor === motors[0] || silent.length < motors.indexOf(motor);
    const number = await readRegister(bus, motor, motor.model.registers.model, somebodyIsThere);
    if (number === undefined) silent.push(motor);
    else if (number !== motor.model.number) {
      problems.push(
        `${motor.called} is of model ${number} and no ${motor.model.name}, which is model ${motor.model.number}`,
      );
    }
  }
  const where = bus.transport.description;
  if (silent.length > 0) throw noAnswer(where, silent, motors.length);
  for (const motor of problems.length > 0 ? [] : motors) {
    problems.push(...(await applyRegisters(bus, motor)));
    await learnVelocity(bus, motor);
  }
  if (problems.length > 0) throw misfits(bus, problems);
}

/** @throws rig-refused where goals would not be gone to, although nobody would say so */
export async function requireReachable(bus: ServoBus, motors: readonly BusMotor[]): Promise<void> {
  const problems: string[] = [];
  for (const motor of motors) problems.push(...(await goalProblems(bus, motor)));
  if (problems.length > 0) throw misfits(bus, problems);
}

function misfits({ transport }: ServoBus, problems: readonly string[]): ForesightError {
  return new ForesightError(
    'rig-refused',
    `The motors on ${transport.description} are not those of the rig file: ${problems.join('; ')}.`,
    'Correct "servos" in rig.json, or set the motors up one by one.',
  );
}

/** Sets what differs from the rig file. Returns what could not be set, as parts of a sentence. */
export async function applyRegisters(bus: ServoBus, motor: BusMotor): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(motor.settings.registers)) {
    const register = motor.model.registers[name];
    if (register?.access !== 'write' || isReserved(name)) {
      problems.push(`${motor.called} has no register "${name}" that a rig file may set`);
      continue;
    }
    const before = await readRegister(bus, motor, register);
    if (before === wanted) continue;
    if (register.memory === 'eeprom' && !motor.model.registers.lock && (await exertsTorque(bus, motor))) {
      problems.push(
        `${motor.called} has ${name} ${before} and not ${wanted}, and takes no other while it exerts torque`,
      );
      continue;
    }
    try {
      const bytes = encodeRegister(register, wanted, motor.model.byteOrder);
      if (motor.model.registers.lock)
        await bus.write(motor.id, motor.model.registers.lock.address, Uint8Array.of(1));
      await bus.write(motor.id, register.address, bytes);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      problems.push(`${motor.called}: ${thrown.message}`);
      continue;
    }
    const after = await readRegister(bus, motor, register);
    if (after !== wanted)
      problems.push(`${motor.called} was told ${name} ${wanted} and says ${after ?? 'nothing'}`);
  }
  return problems;
}

/** What the driver itself sets, or what would turn a motor into another one. */
function isReserved(name: string): boolean {
  return ['id', 'baudCode', 'torque', 'goal', 'lock'].includes(name);
}

/** Why goals would not be gone to, although nobody would say so. */
async function goalProblems(bus: ServoBus, motor: BusMotor): Promise<string[]> {
  const { modes } = motor.model;
  if (!modes || motor.settings.passive) return [];
  const mode = await readRegister(bus, motor, modes.register);
  if (mode === undefined) return [`${motor.called} does not say in which mode it is`];
  if (!modes.position.includes(mode)) {
    return [`${motor.called} is in mode ${mode} (operating_mode), in which it goes to no goal`];
  }
  const low = await readRegister(bus, motor, modes.low);
  const high = await readRegister(bus, motor, modes.high);
  const ends = motor.settings.limits.map((limit) => motor.counts(limit));
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  if (mode !== modes.bounded || low === undefined || high === undefined) return [];
  if (from >= low && to <= high) return [];
  return [
    `${motor.called} refuses goals outside of ${low} to ${high} (min_position, max_position), and its limits are ${from} to ${to}`,
  ];
}

async function learnVelocity(bus: ServoBus, motor: BusMotor): Promise<void> {
  const { coarseVelocity } = motor.model;
  if (!coarseVelocity) return;
  const bits = await readRegister(bus, motor, coarseVelocity.register);
  const isCoarse = bits !== undefined && (bits & (1 << coarseVelocity.bit)) === 0;
  motor.velocityPerCount = isCoarse ? coarseVelocity.perCount : undefined;
}

async function exertsTorque(bus: ServoBus, motor: BusMotor): Promise<boolean> {
  return (await readRegister(bus, motor, motor.model.registers.torque)) !== 0;
}

/** @param busyWith programs that have the port open as well: who reads what another waits for takes its answers away */
export function noAnswer(
  where: string,
  silent: readonly BusMotor[],
  of: number,
  busyWith: readonly string[] = [],
): ForesightError {
  if (silent.length === of) {
    const other = busyWith.length > 0 ? ` ${busyWith.join(', ')} has this port open as well.` : '';
    return new ForesightError(
      'rig-silent',
      `None of the ${of} motors on ${where} answers.${other}`,
      `${other === '' ? '' : 'Close the other program. '}Switch the power supply of the motors on, check the cable to the first one, and the baud rate in rig.json.`,
    );
  }
  const names = silent.map(({ called }) => called).join(', ');
  return new ForesightError(
    'rig-silent',
    `${names} on ${where} ${silent.length === 1 ? 'does' : 'do'} not answer; the others do.`,
    'Check the plugs of these motors, and their numbers and baud rate.',
  );
}
