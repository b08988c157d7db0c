import type { ControlStudyFile, ControlUnit } from '../../../shared/control-study';
import { mean, type Spread, spread } from '../../../shared/statistics';
import { curveTable } from '../common/curves';
import { studyPage } from '../common/page';
import { writeReport } from '../common/report-files';
import { countWords, markdownTable, spreadWords } from '../common/tables';
import { controlFigures } from './figures';
import { judgeControlBar, returnsOf } from './measures';
import type { ControlStudyRun } from './run';

/** Writes the report, its figures and its raw numbers. */
export const writeControlReport = (
  file: string,
  study: ControlStudyFile,
  run: ControlStudyRun,
  command: string,
  options: { force?: boolean | undefined } = {},
): Promise<void> =>
  writeReport(
    file,
    {
      ...{ numbers: { study, ...run }, figures: controlFigures(study, run.units), command },
      page: (surroundings) =>
        studyPage({
          ...{ study, surroundings, failed: run.failed },
          bars: study.bars.map((bar) => judgeControlBar(study, bar, run.units)),
          sections: [
            ...returnTable(study, run.units),
            ...evaluationTable(study, run.units),
            ...['## Time', '', ...timeTable(study, run.units), ''],
          ],
        }),
    },
    options,
  );

function returnTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const { protocol, variants, anchors } = study;
  if (protocol.kind !== 'learning-curve') return [];
  const curves = Object.keys(variants).map((variant) => [
    variant,
    units.filter((unit) => unit.variant === variant).map((unit) => returnsOf(study, unit)),
  ]);
  const heading = protocol.maxSoFar ? 'Largest return so far' : 'Return';
  return curveTable(heading, 'transitions', Object.fromEntries(curves), anchors);
}

function evaluationTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const keys = [
    ...new Set(
      units.flatMap((u) => u.evaluations.map(({ at, disturbance }) => JSON.stringify([at, disturbance]))),
    ),
  ].map((key) => JSON.parse(key) as [number, string]);
  if (keys.length === 0) return [];
  const judged = units.some((unit) => unit.evaluations.some((row) => typeof row.success === 'number'));
  const rows = keys.flatMap(([at, disturbance]) =>
    Object.keys(study.variants).map((variant) => {
      const found = units
        .filter((unit) => unit.variant === variant)
        .flatMap(({ evaluations }) =>
          evaluations.filter((r) => r.at === at && r.disturbance === disturbance),
        );
      const over = (value: (row: (typeof found)[number]) => number | null) => spread(found.map(value));
      return [
        ...[
          variant,
          String(at),
          disturbance,
          spreadWords(over((row) => mean(row.returns))),
          countWords(over((row) => row.stepsOutside)),
        ],
        ...(judged
          ? [
              percentWords(over((row) => row.success ?? null)),
              percentWords(over((row) => row.successShare ?? null)),
            ]
          : []),
        ...[spreadWords(over((row) => row.planMs)), countWords(over((row) => row.size))],
      ];
    }),
  );
  const header = [
    '',
    'transitions',
    'disturbance',
    'mean return',
    'steps outside',
    ...(judged ? ['success at the end, %', 'success, % of steps'] : []),
    'plan, ms',
    'candidates or iterations',
  ];
  return ['## Evaluation', '', ...markdownTable(header, rows), ''];
}

const percentWords = (found: Spread | undefined) =>
  spreadWords(found, false, (share) => (typeof share === 'number' ? String(Math.round(100 * share)) : '–'));

function timeTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const rows = Object.keys(study.variants).map((variant) => {
    const own = units.filter((unit) => unit.variant === variant);
    const planMs = own.flatMap((unit) => [
      ...unit.curve.map((point) => point.planMs),
      ...unit.evaluations.map((row) => row.planMs),
    ]);
    return [variant, spreadWords(spread(own.map((unit) => unit.wallSeconds))), spreadWords(spread(planMs))];
  });
  return markdownTable(['', 'wall time of a seed, s', 'plan, ms'], rows);
}
