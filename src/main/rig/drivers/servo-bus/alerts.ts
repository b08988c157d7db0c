import type { Answer, ServoBus } from './bus';
import type { BusMotor } from './motors';
import { decodeRegister } from './registers';

/** A motor that begins anew is there again after some of these. */
const RESTART_PINGS = 20;

/** [motors] in words what the motors have to report whose answers say that there is something. */
export async function readAlerts(
  bus: ServoBus,
  motors: readonly BusMotor[],
  answers: readonly Answer[],
): Promise<string[][]> {
  const words: string[][] = motors.map(() => []);
  for (const [i, motor] of motors.entries()) {
    const { alert, byteOrder } = motor.model;
    if (!alert || ((answers[i]?.error ?? 0) & alert.bits) === 0) continue;
    const answer = await bus.read(motor.id, alert.register.address, alert.register.size, { attempts: 2 });
    if (answer) words[i] = alert.problems(decodeRegister(alert.register, answer.parameters, byteOrder));
  }
  return words;
}

/** Ends the protection of a motor that only beginning anew ends; others are left alone. */
export async function restart(bus: ServoBus, motor: BusMotor): Promise<void> {
  const { alert } = motor.model;
  const before = alert && (await bus.ping(motor.id));
  if (!before || (before.error & alert.bits) === 0) return;
  if (!(await bus.reboot(motor.id))) return;
  await bus.ping(motor.id, { attempts: RESTART_PINGS });
}
