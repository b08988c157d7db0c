import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { CalibratedDevice, type Calibration, deviceWords } from '../../shared/calibration';
import { requireReplaceable } from '../files/replace';
import { readForeign } from '../foreign/read';
import { asker, inForceWords, NOTHING_WRITTEN } from './calibrate';
import { connect } from './connect';
import { integer } from './options';
import type { Output } from './output';
import { withCore } from './with-core';

const MOST_BYTES = 100_000;
const LEROBOT = {
  what: 'a calibration file of LeRobot',
  most: MOST_BYTES,
  next: 'Give the file that LeRobot wrote.',
};
const EXPORTED = { what: 'a calibration', isOne: (head: string) => head.includes('"homing_offset"') };

interface DeviceFlags {
  device?: CalibratedDevice;
}

/** The calibrations that are kept of a rig. */
export function calibrationCommands(rig: Command, output: () => Output): void {
  const calibration = rig.command('calibration').description('calibrations of servo motors that are kept');

  calibration
    .command('list <rig>')
    .description('versions that are kept, of every device')
    .action(async (name: string) => {
      const out = output();
      const shelves = await withCore(out.options, (core) => core.calibrations.shelves(name), {
        beside: true,
      });
      out.result({ shelves }, () => {
        if (shelves.length === 0)
          out.line(`"${name}" has no calibration yet: foresight rig calibrate ${name}`);
        for (const { device, inForce, versions, problems } of shelves) {
          out.line(`On ${deviceWords(device)} (${device.kind}:${device.name}):`);
          out.table(
            ['version', 'made', 'from', 'in force', 'note'],
            versions.map((one) => [
              String(one.version),
              one.madeAt,
              originWords(one),
              one.version === inForce ? 'yes' : '',
              one.note,
            ]),
          );
          for (const problem of problems) out.line(`Not readable: ${problem}`);
        }
      });
    });

  withDevice(calibration.command('show <rig> [version]'))
    .description('what a version says of every motor; the one in force unless another is named')
    .action(async (name: string, version: string | undefined, { device }: DeviceFlags) => {
      const out = output();
      const found = await withCore(
        out.options,
        (core) =>
          core.calibrations.find(name, device, version === undefined ? undefined : integer(1)(version)),
        { beside: true },
      );
      out.result({ calibration: found }, () => {
        out.line(
          `Version ${found.version} of ${found.rig} on ${deviceWords(found.device)}, ${originWords(found)} ${found.madeAt}`,
        );
        out.table(
          ['joint', 'motor', 'direction', 'zero', 'homing offset', 'lowest', 'highest', 'full turn'],
          Object.entries(found.motors).map(([joint, motor]) => [
            joint,
            ...[motor.id, motor.direction, motor.zero, motor.homingOffset ?? '', ...motor.range].map(String),
            motor.fullTurn ? 'yes' : '',
          ]),
        );
      });
    });

  calibration
    .command('use <rig> <version>')
    .description('writes a version to the motors of the connected rig, reads it back and puts it in force')
    .option('--port <port>', 'serial port, "auto" or "simulated"')
    .option('--yes', 'asks nothing: torque goes off at once', false)
    .action(async (name: string, version: string, flags: { port?: string; yes: boolean }) => {
      const out = output();
      const chosen = integer(1)(version);
      const info = await withCore(
        out.options,
        async (core, stop) => {
          await connect(core, { rig: name, port: flags.port, realtime: true }, 0);
          out.remark(inForceWords(core));
          await asker(
            flags.yes,
            stop,
          )(
            `Support the arm with your hand. Enter takes the torque off and writes version ${chosen} to the motors. `,
          );
          await core.rig.release();
          await core.rig.calibrate({ act: 'use', version: chosen });
          return { version: chosen, words: inForceWords(core) };
        },
        { whenStopped: () => NOTHING_WRITTEN },
      );
      out.result({ version: info.version, inForce: true }, () => out.line(info.words));
    });

  withDevice(calibration.command('export <rig> <file>'))
    .description('writes a version as LeRobot reads it; the one in force unless --version names another')
    .option('--version <n>', 'another version', integer(1))
    .option('--force', 'replaces a file that is something else', false)
    .action(async (name: string, file: string, flags: DeviceFlags & { version?: number; force: boolean }) => {
      const out = output();
      await requireReplaceable(file, EXPORTED, { force: flags.force });
      const { version, text } = await withCore(
        out.options,
        (core) => core.calibrations.give({ rig: name, device: flags.device, version: flags.version }),
        { beside: true },
      );
      await writeFile(file, text);
      out.result({ file, version }, () => out.line(`Version ${version} is in ${file}.`));
    });

  withDevice(calibration.command('import <rig> <file>'))
    .description('keeps a calibration file of LeRobot as a new version, which is not in force yet')
    .option('--note <text>', 'kept with the version', '')
    .action(async (name: string, file: string, flags: DeviceFlags & { note: string }) => {
      const out = output();
      const text = (await readForeign(file, LEROBOT)).toString('utf8');
      const taken = await withCore(
        out.options,
        (core) => core.calibrations.take({ rig: name, device: flags.device, text, note: flags.note }),
        { beside: true },
      );
      out.result(taken, () =>
        out.line(
          `Kept as version ${taken.version} for ${deviceWords(taken.device)}. "foresight rig calibration use ${name} ${taken.version}" writes it to the motors.`,
        ),
      );
    });
}

function originWords({ origin }: Calibration): string {
  return origin === 'swept' ? 'moved by hand' : 'a file of LeRobot';
}

function withDevice(command: Command): Command {
  return command.option(
    '--device <device>',
    'where there are several: usb:<key>, motors:<numbers> or simulated:motors',
    (text: string) => {
      const [kind, ...name] = text.split(':');
      const parsed = CalibratedDevice.safeParse({ kind, name: name.join(':') });
      if (parsed.success) return parsed.data;
      throw new InvalidArgumentError('Expected usb:<key>, motors:<numbers> or simulated:motors.');
    },
  );
}
