import { z } from 'zod';
import type { CalibratedMotor, Calibration } from '../../../../../shared/calibration';
import { ForesightError } from '../../../../../shared/errors';
import type { BusMotor } from '../motors';
import { registerRange } from '../registers';
import { turnOf } from './solve';

/** A motor in a calibration file of LeRobot (motors/motors_bus.py, MotorCalibration): register values as they are. */
const LeRobotMotor = z.object({
  id: z.number().int().min(0).max(253),
  drive_mode: z.union([z.literal(0), z.literal(1)]),
  homing_offset: z.number().int(),
  range_min: z.number().int(),
  range_max: z.number().int(),
});
const LeRobotFile = z.record(z.string(), LeRobotMotor);

const NEXT = 'Choose the file that LeRobot wrote for this arm, or calibrate it here.';

/**
 * The motors of a file of LeRobot. Its home pose is the middle of a turn (count 2047 of 4096), so that is where a joint's angle is 0;
 * `drive_mode` 1 turns a joint round against the rig file.
 * @throws bad-file with everything that is wrong
 */
export function parseLeRobot(text: string, motors: readonly BusMotor[]): Record<string, CalibratedMotor> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw bad([`the file: expected JSON (${why})`]);
  }
  const parsed = LeRobotFile.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const path = issue.path.join('.') || 'the file';
      return `${path}: expected a number as LeRobot writes it (id, drive_mode, homing_offset, range_min, range_max): ${issue.message}`;
    });
    throw bad(problems.slice(0, 5));
  }
  const file = parsed.data;
  const strangers = Object.keys(file).filter((name) => !motors.some((motor) => motor.name === name));
  const problems = strangers.map(
    (name) =>
      `${name}: expected one of the rig's motors (${motors.map((motor) => `"${motor.name}"`).join(', ')})`,
  );
  const found = motors.map((motor) => {
    const entry = file[motor.name];
    if (!entry) {
      problems.push(`${motor.name}: missing`);
      return undefined;
    }
    problems.push(...entryProblems(motor, entry));
    return [motor.name, calibrated(motor, entry)] as const;
  });
  if (problems.length > 0) throw bad(problems);
  return Object.fromEntries(found.filter((one) => one !== undefined));
}

/** The file as LeRobot reads it. */
export function leRobotFile({ motors }: Calibration, file: readonly BusMotor[]): string {
  const entries = Object.entries(motors).map(([name, motor]) => {
    const own = file.find((one) => one.name === name)?.file.direction ?? 1;
    return [
      name,
      {
        id: motor.id,
        drive_mode: motor.direction === own ? 0 : 1,
        homing_offset: motor.homingOffset ?? 0,
        range_min: motor.range[0],
        range_max: motor.range[1],
      },
    ];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 4)}\n`;
}

type Entry = z.infer<typeof LeRobotMotor>;

function calibrated({ id, file, model }: BusMotor, entry: Entry): CalibratedMotor {
  const turn = turnOf(model);
  const middle = Number.isFinite(turn) ? Math.floor((turn - 1) / 2) : Math.round(model.countsPerTurn / 2);
  return {
    id,
    model: file.model,
    direction: (entry.drive_mode === 1 ? -file.direction : file.direction) as 1 | -1,
    zero: middle,
    homingOffset: model.calibration.offset ? entry.homing_offset : null,
    range: [entry.range_min, entry.range_max],
    fullTurn: entry.range_min <= 0 && entry.range_max >= turn - 1,
  };
}

function entryProblems(motor: BusMotor, { id, homing_offset, range_min, range_max }: Entry): string[] {
  const { offset, low, high } = motor.model.calibration;
  const problems: string[] = [];
  const expect = (ok: boolean, field: string, what: string, value: number) => {
    if (!ok) problems.push(`${motor.name}.${field}: expected ${what}, found ${value}`);
  };
  expect(id === motor.id, 'id', `${motor.id} as in the rig file`, id);
  const [least, most] = offset ? registerRange(offset.register) : [0, 0];
  expect(
    homing_offset >= least && homing_offset <= most,
    'homing_offset',
    offset ? `${least} to ${most}, which is what its register holds` : '0, as it has none',
    homing_offset,
  );
  const turn = turnOf(motor.model);
  const highest = Number.isFinite(turn) ? turn - 1 : registerRange(high)[1];
  const lowest = registerRange(low)[0];
  expect(range_min >= lowest && range_min < highest, 'range_min', `${lowest} to ${highest - 1}`, range_min);
  expect(
    range_max > range_min && range_max <= highest,
    'range_max',
    `more than range_min and at most ${highest}`,
    range_max,
  );
  return problems;
}

function bad(problems: readonly string[]): ForesightError {
  return new ForesightError(
    'bad-file',
    `This is no calibration of LeRobot for this rig: ${problems.join('; ')}.`,
    NEXT,
  );
}
