import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import { StudyFile } from '../../shared/study';
import { defaultWorkspace } from '../installation/workspace-folder';
import { cutShort } from './cut-short';
import { demoFromPixels } from './demo-pixels';
import { differenceOf } from './models';
import { integer } from './options';
import { number, type Output } from './output';
import { measureRealtime, printRealtime } from './realtime';
import { runShown } from './run-shown';
import { withCore } from './with-core';

interface DemoFlags {
  seed: number;
  trials: number;
  rig?: string;
  port?: string;
  realtime: boolean;
  pixels: boolean;
}

export function demoCommand(program: Command, output: () => Output): void {
  program
    .command('demo')
    .description('the main job without a screen: random motion, then trials of train → MPC on the cart-pole')
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .option('--trials <n>', 'trials at most; it ends after the first at the maximum', integer(1), 15)
    .option('--rig <rig>', 'cartpole-balance; with --realtime cartpole-serial')
    .option('--realtime', 'through the serial driver and a simulated firmware, at 50 Hz', false)
    .option('--pixels', 'the pendulum, from what its camera sees alone', false)
    .option('--port <port>', 'with --realtime: a serial port instead of the simulated firmware')
    .action(async (flags: DemoFlags) => {
      const out = output();
      const workspace = out.options.data ?? freshWorkspace();
      if (flags.pixels) {
        requireNoRig(flags);
        await demoFromPixels(out, { seed: flags.seed, workspace });
        return;
      }
      const study = StudyFile.parse({
        schema: 'foresight.experiment/1',
        name: 'demo',
        rig: flags.rig ?? (flags.realtime ? 'cartpole-serial' : 'cartpole-balance'),
        mode: flags.realtime ? 'realtime' : 'lockstep',
        port: flags.realtime ? (flags.port ?? 'simulated') : flags.port,
        trials: flags.trials,
        seeds: [flags.seed],
      });
      const started = performance.now();
      const done = await withCore({ ...out.options, data: workspace }, async (core) => {
        await core.rig.connect({ rig: study.rig, port: study.port, mode: study.mode, seed: flags.seed });
        const result = await runShown(core, study, flags.seed, out);
        if (result.cutShort !== null)
          throw await cutShort(core, `The demo in ${core.options.folder} was cut short.`, result.cutShort);
        const realtime =
          flags.realtime && result.model ? await measureRealtime(core, study, result.model) : undefined;
        const exported = result.model ? await core.models.export(result.model.hash) : null;
        return { result, realtime, exported, workspace: core.options.folder };
      });
      const { result, realtime, exported } = done;
      const seconds = (performance.now() - started) / 1000;
      out.result(
        {
          trials: result.trials,
          solvedAt: result.solvedAt,
          model: exported?.file ?? null,
          workspace: done.workspace,
          seconds,
          ...(realtime && { realtime }),
        },
        () => {
          out.line();
          out.line(
            result.solvedAt === null
              ? `Not solved within ${result.trials.at(-1)?.transitions ?? 0} transitions.`
              : `Solved after ${result.solvedAt} transitions, in ${number(seconds, 3)} s.`,
          );
          if (realtime) printRealtime(out, realtime);
          out.line(`Workspace       ${done.workspace}`);
          if (exported) {
            out.line(`Exported model  ${exported.file}`);
            out.line(
              `                differs from the app's predictions on ${exported.steps} steps by ${differenceOf(exported)}`,
            );
          }
          out.line(`Look at it:     npm start -- --data ${done.workspace}`);
        },
      );
    });
}

/** A demo starts from nothing, so it gets a workspace of its own beside the everyday one. */
function freshWorkspace(): string {
  const parent = `${defaultWorkspace()}-demos`;
  mkdirSync(parent, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  return mkdtempSync(join(parent, `${day}-`));
}

/** @throws ForesightError wrong-use */
function requireNoRig({ rig, port, realtime }: DemoFlags): void {
  if (rig === undefined && port === undefined && !realtime) return;
  throw new ForesightError(
    'wrong-use',
    '"demo --pixels" is on the built-in pendulum with a camera, in lockstep.',
    'Leave out --rig, --port and --realtime; other rigs learn from pictures with: foresight train --class latent-frame.',
  );
}
