import type { CalibratedMotor, Finding } from '../../../../../shared/calibration';
import type { BusMotor } from '../motors';
import type { ServoModel } from '../protocol';
import { registerRange } from '../registers';

/** A travel that leaves less than this to a whole turn is one that goes all the way round: no place for the wrap is safe. */
const LEAST_GAP_DEGREES = 20;
/** A joint that was moved less was not moved. */
const LEAST_TRAVEL_DEGREES = 10;
/** A joint that was moved through less than this share of what its rig file expects has not met both its stops. */
const EXPECTED_SHARE = 0.7;
/** Goals stay so far from the stops, rad: nothing presses against them. */
const STOP_MARGIN = 0.0175;

/** A joint after its sweep, in counts of the motor's encoder without any offset, continuous over turns. */
export interface Swept {
  low: number;
  high: number;
  /** Where it is in the home pose. */
  home: number;
  /** The joint's angle grows against what the rig file says. */
  reversed: boolean;
  wrapped: boolean;
  broken: string | undefined;
}

export interface Solved {
  motor: CalibratedMotor | undefined;
  /** rad, of the joint. */
  limits: [low: number, high: number] | undefined;
  findings: Finding[];
}

/** Counts after which the encoder of a model begins anew; Infinity for a potentiometer. */
export function turnOf({ countsPerTurn, calibration }: ServoModel): number {
  return calibration.offset ? Math.round(countsPerTurn) : Number.POSITIVE_INFINITY;
}

/**
 * What a joint's registers and its zero have to be, so that the encoder's wrap lies as far outside of its travel as it can, and
 * its angle in the home pose is `settings.home`.
 * @param bounded the motor refuses goals outside of one turn, and offsets beyond its `boundedReach`
 */
export function solveJoint(motor: BusMotor, swept: Swept, bounded: boolean): Solved {
  const { model, file } = motor;
  const { offset } = model.calibration;
  const turn = turnOf(model);
  const radPerCount = (2 * Math.PI) / model.countsPerTurn;
  const direction = (swept.reversed ? -file.direction : file.direction) as 1 | -1;
  const travel = swept.high - swept.low;
  const gap = turn - travel;
  const fullTurn = file.passive || gap * radPerCount < radians(LEAST_GAP_DEGREES);
  const findings: Finding[] = [];
  const say = (weight: Finding['weight'], message: string) => void findings.push({ weight, message });
  if (swept.broken !== undefined) say('blocks', `Its travel is not known: ${swept.broken}.`);
  if (!file.passive && travel * radPerCount < radians(LEAST_TRAVEL_DEGREES)) {
    say('blocks', 'It has not been moved: move it to both its stops.');
  }
  if (findings.length > 0) return { motor: undefined, limits: undefined, findings };

  const middle = fullTurn ? swept.home : Math.round((swept.low + swept.high) / 2);
  const place = offset ? placeOf(model, middle, bounded) : { homingOffset: null, shift: 0 };
  if (bounded && offset?.sign === 1 && !fullTurn && turns(swept.low, turn) !== turns(swept.high, turn)) {
    say(
      'blocks',
      'The wrap of its encoder lies in its travel, and a motor in this mode (operating_mode 3) cannot be led across it: mount its horn a quarter of a turn farther, or set operating_mode 4 in rig.json.',
    );
    return { motor: undefined, limits: undefined, findings };
  }
  const [low, high] = [swept.low + place.shift, swept.high + place.shift];
  const zero = swept.home + place.shift - Math.round((direction * file.home) / radPerCount);
  const [lowest, highest] = offset ? [0, turn - 1] : registerRange(model.calibration.high);
  const beyond = bounded && offset ? place.shift + turn * turns(swept.home, turn) : 0;
  const range: [number, number] = fullTurn
    ? [Math.max(lowest, lowest + beyond), Math.min(highest, highest + beyond)]
    : [Math.max(lowest, low), Math.min(highest, high)];
  const calibrated: CalibratedMotor = {
    id: motor.id,
    model: file.model,
    direction,
    zero,
    homingOffset: place.homingOffset,
    range,
    fullTurn,
  };
  const limits = limitsOf(motor, calibrated, true);
  if (swept.wrapped && !fullTurn) {
    say('says', 'The wrap of its encoder lay in its travel; the new offset puts it outside.');
  }
  if (fullTurn && !file.passive) {
    say('warns', 'It turns all the way round: the wrap of its encoder is put opposite of the home pose.');
  }
  checkLimits(motor, calibrated, limits, travel * radPerCount, say);
  return { motor: calibrated, limits: limits[0] < limits[1] ? limits : undefined, findings };
}

/**
 * rad, how far a joint may be told to go: within its travel, and within what the rig file says where its zero is that of
 * the rig file (a home pose of somebody else may be another).
 */
export function limitsOf(
  { file, model }: BusMotor,
  { range, zero, direction, fullTurn }: CalibratedMotor,
  withinFile: boolean,
): [number, number] {
  if (file.passive || (fullTurn && file.limits[1] - file.limits[0] > 2 * Math.PI)) return file.limits;
  const radPerCount = (2 * Math.PI) / model.countsPerTurn;
  const ends = range.map((counts) => direction * (counts - zero) * radPerCount);
  const margin = fullTurn ? radians(LEAST_GAP_DEGREES / 2) : STOP_MARGIN;
  const low = Math.min(...ends) + margin;
  const high = Math.max(...ends) - margin;
  return withinFile ? [Math.max(low, file.limits[0]), Math.min(high, file.limits[1])] : [low, high];
}

/** Where the wrap goes: `middle` becomes the middle of the turn, as far as the register and the mode allow. */
function placeOf(
  model: ServoModel,
  middle: number,
  bounded: boolean,
): { homingOffset: number; shift: number } {
  const { offset } = model.calibration;
  const turn = turnOf(model);
  const half = Math.round(turn / 2);
  // Counts that are added to the encoder, unwound to less than half a turn: no register has to hold more.
  const wanted = half - modulo(middle, turn);
  const [low, high] = offset ? registerRange(offset.register) : [0, 0];
  const reach = bounded ? (offset?.boundedReach ?? half) : half;
  const held = clip(wanted, Math.max(low, -reach), Math.min(high, reach));
  return { homingOffset: (offset?.sign ?? 1) * held + 0, shift: held - turn * turns(middle, turn) };
}

function checkLimits(
  motor: BusMotor,
  calibrated: CalibratedMotor,
  limits: readonly [number, number],
  travel: number,
  say: (weight: Finding['weight'], message: string) => void,
): void {
  const { file } = motor;
  if (file.passive) return;
  const expected = file.limits[1] - file.limits[0];
  const other = limitsOf(motor, { ...calibrated, direction: calibrated.direction === 1 ? -1 : 1 }, true);
  const width = limits[1] - limits[0];
  const otherWidth = other[1] - other[0];
  if (otherWidth > 1.2 * Math.max(0, width) && otherWidth > 0.3) {
    say(
      width > 0 ? 'warns' : 'blocks',
      'Its travel fits the rig file better the other way round: look whether the drawing moves as the arm does, and reverse the joint if not.',
    );
  } else if (width <= 0) {
    say(
      'blocks',
      `From the home pose its travel reaches none of what the rig file allows (${degrees(file.limits[0])} to ${degrees(file.limits[1])}): was the arm in its home pose?`,
    );
  }
  if (!calibrated.fullTurn && travel < EXPECTED_SHARE * expected) {
    say(
      'warns',
      `It was moved through ${degrees(travel)}, and the rig file allows ${degrees(expected)}: move it to both its stops, or keep it to what it was moved through.`,
    );
  }
}

/** "90°". */
export const degrees = (rad: number): string => `${Math.round((rad * 180) / Math.PI)}°`;
const radians = (angle: number): number => (angle * Math.PI) / 180;
const turns = (counts: number, turn: number): number =>
  Number.isFinite(turn) ? Math.floor(counts / turn) : 0;
const modulo = (value: number, turn: number): number => ((value % turn) + turn) % turn;
const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
