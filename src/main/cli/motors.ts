import { type Command, Option } from 'commander';
import { ForesightError } from '../../shared/errors';
import { type FoundMotor, SERVO_DRIVERS, type ServoDriver } from '../../shared/servos';
import { scanMotorsApart, setUpMotorApart } from '../control/ports-apart';
import { hostHere } from '../processes/here-host';
import { integer } from './options';
import type { Output } from './output';

interface SearchFlags {
  driver?: ServoDriver;
  baud?: number;
}

interface SetUpFlags extends SearchFlags {
  id?: number;
  newBaud?: number;
  write: boolean;
}

/** Motors on one line, as they come out of their boxes. */
export function motorCommands(rig: Command, output: () => Output): void {
  searching(rig.command('scan <port>'))
    .description('motors on the line behind a serial port: every number at every baud rate; moves none')
    .action(async (port: string, flags: SearchFlags) => {
      const out = output();
      const motors = await search(port, flags);
      out.result({ motors }, () => {
        if (motors.length === 0) out.line(NOBODY);
        else show(out, motors);
      });
    });

  searching(rig.command('motor <port>'))
    .description(
      'gives the one motor behind a port another number or baud rate, which it keeps; shows it first',
    )
    .option('--id <n>', 'its new number', integer(0))
    .option('--new-baud <rate>', 'its new baud rate', integer(1))
    .option('--write', 'does it; without, only says what would be done', false)
    .action(async (port: string, flags: SetUpFlags) => {
      const out = output();
      const motors = await search(port, flags);
      const motor = onlyOne(port, motors);
      const now = { id: motor.id, baudRate: motor.baudRates[0] ?? 0 };
      const wanted = { id: flags.id ?? now.id, baudRate: flags.newBaud ?? now.baudRate };
      if (!flags.write) {
        out.result({ motor, wanted, written: false }, () => {
          show(out, motors);
          out.line(
            `With --write it becomes motor ${wanted.id} at ${wanted.baudRate} baud. Its torque goes off.`,
          );
        });
        return;
      }
      const after = await setUpMotorApart(hostHere(), port, {
        ...{ driver: motor.driver, model: motor.model, now, wanted },
      });
      out.result({ motor: after[0], written: true }, () => {
        out.line('Read back from the motor:');
        show(out, after);
      });
    });
}

const NOBODY = 'No motor answers. Switch their power supply on, and check the cable to the first one.';

function searching(command: Command): Command {
  return command
    .addOption(new Option('--driver <driver>', 'only motors of this family').choices(SERVO_DRIVERS))
    .option('--baud <rate>', 'only at this baud rate', integer(1));
}

function search(port: string, { driver, baud }: SearchFlags): Promise<FoundMotor[]> {
  return scanMotorsApart(hostHere(), port, { driver, baudRate: baud });
}

function onlyOne(port: string, motors: readonly FoundMotor[]): FoundMotor & { model: string } {
  const [motor, ...others] = motors;
  if (!motor)
    throw new ForesightError('rig-silent', `No motor answers on ${port}.`, NOBODY.replace(/^.*?\. /, ''));
  if (others.length > 0) {
    throw new ForesightError(
      'rig-refused',
      `${motors.length} motors answer on ${port}: ${motors.map(({ id }) => id).join(', ')}.`,
      'Leave the motor that is to be set up as the only one on the line.',
    );
  }
  if (motor.model !== null) return { ...motor, model: motor.model };
  throw new ForesightError(
    'rig-refused',
    `Motor ${motor.id} on ${port} is of a model that is not known (${motor.number ?? 'it does not say which'}).`,
    'Use a motor of a model that docs/rigs.md names.',
  );
}

function show(out: Output, motors: readonly FoundMotor[]): void {
  out.table(
    ['driver', 'id', 'model', 'baud rates'],
    motors.map((motor) => [
      motor.driver,
      String(motor.id),
      motor.model ?? `unknown (${motor.number ?? 'does not say'})`,
      motor.baudRates.join(' '),
    ]),
  );
}
