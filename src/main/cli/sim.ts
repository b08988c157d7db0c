import { join } from 'node:path';
import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import { hostHere } from '../processes/here-host';
import { loadRig, rigFolders, startSimulatedFirmware } from '../rig';
import { interrupts } from './interrupts';
import { integer, real } from './options';
import type { Output } from './output';
import { workspaceOf } from './with-core';

interface SimFlags {
  seed: number;
  listen: number;
  dropped?: number;
  corrupted?: number;
  duplicated?: number;
  delayed?: number;
  delay?: number;
  latency?: number;
  echo: boolean;
  brownOut?: number;
  overload?: number;
  motor: number;
  unplug?: number;
}

const share = real(0, 1);
const seconds = real(0, 1e6);

export function simCommand(program: Command, output: () => Output): void {
  program
    .command('sim <rig>')
    .description(
      "a rig's device as a program, on a pseudo-terminal or behind a rosbridge server that any program can open, until Ctrl-C",
    )
    .option('--seed <n>', 'seed of faults and of starts', integer(0), 0)
    .option(
      '--listen <port>',
      'where a rosbridge server listens on this computer; 0: any free port',
      integer(0),
      9090,
    )
    .option('--dropped <share>', 'share of answers that are lost', share)
    .option('--corrupted <share>', 'share of answers with one wrong byte; behind rosbridge, cut short', share)
    .option('--duplicated <share>', 'share of answers that come twice', share)
    .option('--delayed <share>', 'share of answers that come late', share)
    .option('--delay <seconds>', 'how late, 0.03 when left out', seconds)
    .option('--latency <seconds>', 'how long the adapter collects bytes: 0.016 as it comes', seconds)
    .option('--echo', 'the adapter repeats what is sent', false)
    .option(
      '--brown-out <seconds>',
      'the supply of the motors fails for a moment, so long after the start',
      seconds,
    )
    .option('--overload <seconds>', 'a motor is overloaded, so long after the start', seconds)
    .option('--motor <id>', 'the motor that --overload means', integer(0), 1)
    .option('--unplug <seconds>', 'the cable is pulled, so long after the start', seconds)
    .action(async (name: string, flags: SimFlags) => {
      const out = output();
      const stop = interrupts();
      const userRigs = join(workspaceOf(out.options), 'rigs');
      const asked = await loadRig(name, userRigs);
      const rig =
        asked.file.driver === 'mujoco' ? ((await behindRosbridge(asked, userRigs)) ?? asked) : asked;
      if (rig.file.driver === 'mujoco') {
        throw new ForesightError(
          'wrong-use',
          `"${name}" is simulated as it is: there is no device that a program could connect to.`,
          'Choose a rig whose driver is not "mujoco": "foresight rig list" shows them all.',
        );
      }
      const faults = faultsOf(flags);
      if (flags.echo && rig.file.rosbridge) {
        throw new ForesightError(
          'wrong-use',
          `"${name}" is not on a line that could hear itself.`,
          'Leave --echo out.',
        );
      }
      const device = await startSimulatedFirmware(
        {
          ...{ rig, link: 'pty', seed: flags.seed, listen: flags.listen },
          ...(faults && { faults }),
        },
        hostHere(),
      );
      out.result({ port: device.path, rig: rig.file.name }, () => {
        out.line(`${rig.file.title} is on ${device.path}. Ctrl-C ends it.`);
      });
      const why = await new Promise<string | undefined>((resolve) => {
        device.onEnd(resolve);
        stop.addEventListener('abort', () => resolve(undefined));
        if (stop.aborted) resolve(undefined);
      });
      device.stop();
      if (why === undefined || flags.unplug !== undefined) return;
      throw new ForesightError('rig-gone', `The simulated device has ended: ${why}`, 'Start it again.');
    });
}

/** The rig whose device a simulated robot stands in for, behind a rosbridge server; undefined where there is none. */
async function behindRosbridge({ folder }: Rig, userRigs: string): Promise<Rig | undefined> {
  for (const place of await rigFolders(userRigs)) {
    const rig = await loadRig(place.folder).catch(() => undefined);
    if (rig?.file.rosbridge?.simulation === folder) return rig;
  }
  return undefined;
}

/** undefined where nothing is to go wrong. */
function faultsOf(flags: SimFlags) {
  const line = given({
    dropped: flags.dropped,
    corrupted: flags.corrupted,
    duplicated: flags.duplicated,
    delayed: flags.delayed,
    delaySeconds: flags.delay,
    latencySeconds: flags.latency,
    echo: flags.echo || undefined,
  });
  const events = given({
    brownOutAfter: flags.brownOut,
    overloadAfter: flags.overload,
    overloaded: flags.overload === undefined ? undefined : flags.motor,
    unplugAfter: flags.unplug,
  });
  const isNothing = Object.keys({ ...line, ...events }).length === 0;
  return isNothing ? undefined : { line, events };
}

function given<Values extends object>(values: Values): { [K in keyof Values]?: NonNullable<Values[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof Values]?: NonNullable<Values[K]> };
}
