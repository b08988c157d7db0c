import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { StudyFile, type TrialRow } from '../../shared/study';
import type { Core } from '../core';
import { defaultWorkspace } from '../installation/workspace-folder';
import { runStudy, type StudyResult } from '../studies/control/trials';
import { cutShort } from './cut-short';
import { differenceOf } from './models';
import { integer } from './options';
import { number, type Output, tableLines } from './output';
import { type Progress, startProgress } from './progress';
import { measureRealtime, printRealtime } from './realtime';
import { withCore } from './with-core';

interface DemoFlags {
  seed: number;
  trials: number;
  rig?: string;
  port?: string;
  realtime: boolean;
}

export function demoCommand(program: Command, output: () => Output): void {
  program
    .command('demo')
    .description('the main job without a screen: random motion, then trials of train → MPC on the cart-pole')
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .option('--trials <n>', 'trials at most; it ends after the first at the maximum', integer(1), 15)
    .option('--rig <rig>', 'cartpole-balance; with --realtime cartpole-serial')
    .option('--realtime', 'through the serial driver and a simulated firmware, at 50 Hz', false)
    .option('--port <port>', 'with --realtime: a serial port instead of the simulated firmware')
    .action(async (flags: DemoFlags) => {
      const out = output();
      const workspace = out.options.data ?? freshWorkspace();
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

const HEADER = [
  'trial',
  'transitions',
  'return',
  'error@1',
  'error@10',
  'error@25',
  'plan ms p50',
  'p99',
  'missed',
];

/** Runs a study for one seed with bars on stderr and, for a person, a row a trial on stdout. */
export async function runShown(
  core: Core,
  study: StudyFile,
  seed: number,
  out: Output,
): Promise<StudyResult> {
  let bar: { title: string; progress: Progress } | undefined;
  const show = (title: string, done: number, total: number, note: string) => {
    if (bar?.title !== title) {
      bar?.progress.finish();
      bar = { title, progress: startProgress(title, total) };
    }
    bar.progress.update(done, total, note);
  };
  if (!out.json) {
    out.line(`${study.name}: ${study.rig}, seed ${seed}, at most ${study.trials} trials`);
    for (const line of tableLines(HEADER, []).slice(0, 2)) out.line(line);
  }
  try {
    return await runStudy(core, study, seed, {
      onTraining: (trial, p) =>
        show(
          `trial ${trial} train`,
          p.epoch,
          Math.max(1, p.epochs),
          `${p.phase} loss ${number(p.trainLoss, 3)}`,
        ),
      onStep: (trial, step, maxSteps, sum) =>
        show(trial === 0 ? 'random motion' : `trial ${trial} run`, step, maxSteps, `return ${number(sum)}`),
      onTrial: (row) => {
        bar?.progress.finish();
        bar = undefined;
        if (!out.json) out.line(tableRow(row));
      },
    });
  } finally {
    bar?.progress.finish();
  }
}

function tableRow(row: TrialRow): string {
  const cells = [
    row.trial === 0 ? '0 random' : String(row.trial),
    String(row.transitions),
    number(row.return),
    ...['1', '10', '25'].map((h) => number(row.modelError[h], 2)),
    number(row.planMsP50, 2),
    number(row.planMsP99, 2),
    String(row.missed),
  ];
  return cells.map((cell, i) => cell.padStart(HEADER[i]!.length)).join('  ');
}

/** A demo starts from nothing, so it gets a workspace of its own beside the everyday one. */
function freshWorkspace(): string {
  const parent = `${defaultWorkspace()}-demos`;
  mkdirSync(parent, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  return mkdtempSync(join(parent, `${day}-`));
}
