import type { StudyFile, TrialRow } from '../../shared/study';
import type { Core } from '../core';
import { runStudy, type StudyResult } from '../studies/control/trials';
import { number, type Output, tableLines } from './output';
import { type Progress, startProgress } from './progress';

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
