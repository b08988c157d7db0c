import type { RunCheck } from '../../shared/safety/checks';
import type { MotorState } from '../../shared/safety/health';
import { requirePassed } from '../core/run-checks';
import { connect } from './connect';
import type { Output } from './output';
import { withCore } from './with-core';

/** `foresight rig check RIG --connect`: what is looked at before a recording or a run, with the rig on its line. Nothing moves. */
export async function checkConnected(out: Output, rig: string, port: string | undefined): Promise<void> {
  await withCore(out.options, async (core) => {
    await connect(core, { rig, port, realtime: true }, 0);
    const checks = core.activity.checks();
    const { motors = [], reason } = core.rig.status.link;
    await core.rig.disconnect();
    out.result({ checks, motors, state: reason }, () => {
      for (const check of checks) out.line(checkLine(check));
      if (motors.length === 0) return;
      out.line();
      out.table(
        ['motor', 'torque', 'goal', 'position', 'current', 'supply', 'heat', 'hold'],
        motors.map(motorRow),
      );
    });
    requirePassed(checks);
  });
}

const MARKS: Record<RunCheck['result'], string> = {
  passed: 'ok      ',
  remark: 'remark  ',
  refused: 'REFUSED ',
};

function checkLine({ result, found, next }: RunCheck): string {
  return `${MARKS[result]}${found}${next === null ? '' : ` ${next}`}`;
}

function motorRow(motor: MotorState): string[] {
  const number = (value: number | null, digits: number, unit: string) =>
    value === null ? '-' : `${value.toFixed(digits)} ${unit}`;
  return [
    `${motor.name} (${motor.id})`,
    motor.torque === null ? 'not known' : motor.torque ? 'on' : 'off',
    number(motor.goal, 3, 'rad'),
    number(motor.position, 3, 'rad'),
    number(motor.current, 2, 'A'),
    number(motor.voltage, 1, 'V'),
    number(motor.temperature, 0, '°C'),
    motor.doubt === null
      ? `confirmed after ${number(motor.confirmedMs, 0, 'ms')}`
      : `NOT confirmed: ${motor.doubt}`,
  ];
}
