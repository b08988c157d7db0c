import type { MotorState } from '../../shared/safety/health';
import type { LinkState } from '../../shared/telemetry';

/** The button of the safety bar: how many motors have confirmed what is claimed of the rig. */
export function motorSummary(
  motors: readonly MotorState[],
  phase: LinkState['phase'],
): { text: string; doubtful: boolean } {
  const claimed = phase === 'held' || phase === 'released' || phase === 'stopped';
  const doubted = motors.filter(({ doubt }) => doubt !== null).length;
  if (claimed && doubted > 0) {
    return { text: `${doubted} of ${motors.length} motors NOT confirmed`, doubtful: true };
  }
  return { text: `${motors.length} motors`, doubtful: false };
}

/** A row of the table, in words. */
export function motorWords(motor: MotorState): {
  name: string;
  cells: { of: string; text: string }[];
  confirmed: string;
} {
  const { torque, doubt, confirmedMs } = motor;
  const number = (value: number | null, digits: number, unit: string) =>
    value === null ? '–' : `${value.toFixed(digits)} ${unit}`;
  return {
    name: `${motor.name.replaceAll('_', ' ')} (${motor.id})`,
    cells: [
      { of: 'torque', text: torque === null ? 'not known' : torque ? 'on' : 'off' },
      { of: 'goal', text: number(motor.goal, 3, 'rad') },
      { of: 'position', text: number(motor.position, 3, 'rad') },
      { of: 'current', text: number(motor.current, 2, 'A') },
      { of: 'voltage', text: number(motor.voltage, 1, 'V') },
      { of: 'temperature', text: number(motor.temperature, 0, '°C') },
    ],
    confirmed:
      doubt !== null
        ? `NOT confirmed: ${doubt}`
        : confirmedMs === null
          ? 'none asked for yet'
          : `confirmed after ${confirmedMs.toFixed(0)} ms`,
  };
}
