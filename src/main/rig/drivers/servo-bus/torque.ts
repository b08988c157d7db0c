import { ForesightError } from '../../../../shared/errors';
import { hostSeconds } from '../../clock';
import type { MotorWord } from '../../driver';
import type { ServoBus } from './bus';
import type { BusMotor } from './motors';
import type { Register, ServoModel } from './protocol';
import { decodeRegister, encodeRegister, registerRange } from './registers';

/** How a motor says that it is. */
export interface TorqueState {
  /** It exerts torque. */
  torque: boolean;
  /** rad, where its goal is. */
  goal: number;
  /** Counts of its own watchdog; negative: it has stopped by itself as it heard nothing, and takes no goal. */
  watchdog: number | undefined;
}

/** How often a motor is told, before it counts as one that does not obey. */
const TRIES = 2;
const ATTEMPTS = 2;
const UNHEARD: MotorWord = { torque: null, goal: Number.NaN, confirmedMs: Number.NaN, doubt: null };
const NEXT = 'Cut the power of the motors if the rig moves.';

/** Torque and goals of all motors of a line, believed when the motors say so themselves. Urgent: before all else on the line. */
export class Torque {
  /** [motors] what each has said last. */
  private readonly words: MotorWord[];

  constructor(
    private readonly bus: ServoBus,
    private readonly motors: readonly BusMotor[],
    /** Motors with a watchdog of their own stop when nothing is heard for so long. */
    private readonly watchdogSeconds: number,
  ) {
    this.words = motors.map(() => UNHEARD);
  }

  /** What the motor at `place` says of its torque, and whether that confirms the newest hold or release. */
  word(place: number): MotorWord {
    return this.words[place] ?? UNHEARD;
  }

  /** [motors] what the motors say, undefined for one that does not answer. */
  async read(motors = this.motors, urgent = true): Promise<(TorqueState | undefined)[]> {
    return eachModel(motors, async (alike) => {
      const { registers, watchdog } = (alike[0] as BusMotor).model;
      const { torque, goal } = registers;
      const block = span(torque, goal, ...(watchdog ? [watchdog.register] : []));
      const answers = await this.bus.readAll(ids(alike), block.address, block.length, {
        urgent,
        attempts: ATTEMPTS,
      });
      return alike.map((motor, i) => {
        const bytes = answers[i]?.parameters;
        if (!bytes) return undefined;
        const { byteOrder } = motor.model;
        const number = (register: Register) =>
          decodeRegister(register, bytes, byteOrder, register.address - block.address);
        const state = {
          torque: number(torque) === 1,
          goal: motor.angle(number(goal)),
          watchdog: watchdog && number(watchdog.register),
        };
        this.say(this.motors.indexOf(motor), { torque: state.torque, goal: state.goal });
        return state;
      });
    });
  }

  /** [motors] rad, undefined for a motor that does not answer. */
  async positions(motors = this.motors): Promise<(number | undefined)[]> {
    return eachModel(motors, async (alike) => {
      const { feedback } = (alike[0] as BusMotor).model;
      const { register, perCount } = feedback.quantities.position ?? { register: undefined, perCount: 1 };
      if (!register) return alike.map(() => undefined);
      const answers = await this.bus.readAll(ids(alike), register.address, register.size, {
        urgent: true,
        attempts: ATTEMPTS,
      });
      return alike.map((motor, i) => {
        const bytes = answers[i]?.parameters;
        return bytes && motor.placed(decodeRegister(register, bytes, motor.model.byteOrder) * perCount);
      });
    });
  }

  async writeGoals(
    goals: readonly (number | undefined)[],
    options: { urgent?: boolean; onlyIf?: () => boolean } = {},
  ): Promise<void> {
    const told = this.motors.filter((_, i) => goals[i] !== undefined);
    await eachModel(told, async (alike) => {
      const { goal } = (alike[0] as BusMotor).model.registers;
      const entries = alike.map((motor) => ({
        id: motor.id,
        data: motor.goalBytes(goals[this.motors.indexOf(motor)] ?? 0),
      }));
      await this.bus.writeAll(goal.address, entries, options);
      return alike;
    });
  }

  /**
   * Every motor holds where it is. One that holds already keeps its goal, so that an arm does not sink a little with every
   * hold. Nothing more is sent once it `isWanted` no more: a release has overtaken it. Resolves with what the motors say; rejects with the names of those that do not hold, after the others do.
   */
  async hold(keep: boolean, isWanted: () => boolean): Promise<TorqueState[]> {
    const states = keep ? await this.read() : this.motors.map(() => undefined);
    const present = await this.positions();
    const goals = this.motors.map(({ settings }, i) => {
      const [state, position] = [states[i], present[i]];
      if (position === undefined || settings.passive) return undefined;
      const isHolding = state?.torque === true && Math.abs(state.goal - position) <= settings.maxStep;
      return isHolding ? state.goal : position;
    });
    return this.until('hold', isWanted, goals, (state, i) => {
      const motor = this.motors[i];
      const goal = goals[i];
      const isThere = goal !== undefined && motor?.counts(state.goal) === motor?.counts(goal);
      if (motor?.settings.passive) return state.torque ? 'its torque is on' : undefined;
      if (!state.torque) return 'its torque is off';
      if (motor && state.watchdog !== watchdogCounts(motor.model, this.watchdogSeconds)) {
        return 'its own watchdog is not set';
      }
      return isThere ? undefined : 'its goal is another place';
    });
  }

  /** No motor exerts torque. As `hold`, of those whose torque stays on. */
  release(isWanted: () => boolean): Promise<TorqueState[]> {
    return this.until('release', isWanted, undefined, (state) =>
      state.torque ? 'its torque is still on' : undefined,
    );
  }

  /** Tells the motors until every one says that it is so, and names those that do not. */
  private async until(
    what: 'hold' | 'release',
    isWanted: () => boolean,
    goals: readonly (number | undefined)[] | undefined,
    doubt: (state: TorqueState, place: number) => string | undefined,
  ): Promise<TorqueState[]> {
    let states: (TorqueState | undefined)[] = [];
    const began = hostSeconds();
    const told = `${what} sent, not confirmed yet`;
    for (const i of this.motors.keys()) this.say(i, { confirmedMs: Number.NaN, doubt: told });
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (goals) {
        // A motor that its watchdog has stopped takes no goal.
        await this.writeWatchdogs(0, isWanted);
        await this.writeGoals(goals, { urgent: true, onlyIf: isWanted });
      }
      // A motor of which nobody knows where it is would go to wherever its goal happens to be.
      const reached = this.motors.filter((_, i) => !goals || goals[i] !== undefined);
      await this.switchTorque(reached, what === 'hold', isWanted);
      if (goals) await this.writeWatchdogs(this.watchdogSeconds, isWanted);
      if (!isWanted()) throw stopped();
      states = await this.read();
      const ms = 1000 * (hostSeconds() - began);
      for (const [i, state] of states.entries()) {
        const against = state ? (doubt(state, i) ?? null) : 'it does not answer';
        const { confirmedMs } = this.word(i);
        const since = Number.isFinite(confirmedMs) ? confirmedMs : ms;
        this.say(i, { doubt: against, confirmedMs: against === null ? since : Number.NaN });
      }
      if (states.every((state, i) => state && doubt(state, i) === undefined)) break;
    }
    const doubts = this.motors.flatMap((motor, i) => {
      const state = states[i];
      const found = state ? doubt(state, i) : 'it does not answer';
      return found === undefined ? [] : [`${motor.called}: ${found}`];
    });
    if (doubts.length === 0) return states.filter((state) => state !== undefined);
    const where = this.bus.transport.description;
    const isSilent = states.every((state) => state === undefined);
    throw new ForesightError(
      isSilent ? 'rig-silent' : 'rig-refused',
      `The ${what} is not confirmed by ${doubts.length} of ${this.motors.length} motors on ${where}. ${doubts.join('; ')}.`,
      NEXT,
    );
  }

  private say(place: number, change: Partial<MotorWord>): void {
    this.words[place] = { ...this.word(place), ...change };
  }

  /** Motors that have none are left alone; 0 seconds: never, and a stop is taken back. */
  private async writeWatchdogs(seconds: number, onlyIf: () => boolean): Promise<void> {
    const watched = this.motors.filter(({ model }) => model.watchdog);
    await eachModel(watched, async (alike) => {
      const { model } = alike[0] as BusMotor;
      const counts = watchdogCounts(model, seconds);
      if (!model.watchdog || counts === undefined) return alike;
      const { register } = model.watchdog;
      const data = encodeRegister(register, counts, model.byteOrder);
      const entries = alike.map(({ id }) => ({ id, data }));
      await this.bus.writeAll(register.address, entries, { urgent: true, onlyIf });
      return alike;
    });
  }

  private async switchTorque(motors: readonly BusMotor[], on: boolean, onlyIf: () => boolean): Promise<void> {
    await eachModel(motors, async (alike) => {
      const { model } = alike[0] as BusMotor;
      const data = encodeRegister(model.registers.torque, on ? 1 : 0, model.byteOrder);
      const entries = alike.map(({ id }) => ({ id, data }));
      await this.bus.writeAll(model.registers.torque.address, entries, { urgent: true, onlyIf });
      return alike;
    });
  }
}

/** What a motor's own watchdog is set to for so many seconds, 0 for never; undefined where there is none. */
function watchdogCounts({ watchdog }: ServoModel, seconds: number): number | undefined {
  if (!watchdog) return undefined;
  const [, most] = registerRange(watchdog.register);
  return Math.min(most, Math.max(seconds > 0 ? 1 : 0, Math.round(seconds / watchdog.secondsPerCount)));
}

/** What was asked for has been overtaken by a hold or release. */
export function stopped(): ForesightError {
  return new ForesightError('stopped', 'The rig was asked to stand still.', 'Press Resume to go on.');
}

function ids(motors: readonly BusMotor[]): number[] {
  return motors.map(({ id }) => id);
}

/** The registers from the first to the last byte of both. */
function span(...registers: readonly Register[]): { address: number; length: number } {
  const address = Math.min(...registers.map((one) => one.address));
  return { address, length: Math.max(...registers.map((one) => one.address + one.size)) - address };
}

/** Asks for motors of one model together, one model after the other. Returns [motors] the results in the motors' own order. */
export async function eachModel<Result>(
  motors: readonly BusMotor[],
  ask: (alike: readonly BusMotor[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results = new Map<BusMotor, Result>();
  for (const model of new Set(motors.map((motor) => motor.model))) {
    const alike = motors.filter((motor) => motor.model === model);
    const found = await ask(alike);
    alike.forEach((motor, i) => {
      results.set(motor, found[i] as Result);
    });
  }
  return motors.map((motor) => results.get(motor) as Result);
}
