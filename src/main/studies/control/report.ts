import type { ControlStudyFile, ControlUnit } from '../../../shared/control-study';
import { mean, spread } from '../../../shared/statistics';
import { studyPage } from '../common/page';
import { writeReport } from '../common/report-files';
import { countWords, markdownTable, short, spreadWords } from '../common/tables';
import { controlFigures } from './figures';
import { curveOf, judgeControlBar, returnAt } from './measures';
import type { ControlStudyRun } from './run';

/** Rows of a learning curve's table at most. */
const MOST_ROWS = 20;

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
            ...(study.protocol.kind === 'learning-curve' ? curveTable(study, run.units) : []),
            ...evaluationTable(study, run.units),
            ...['## Time', '', ...timeTable(study, run.units), ''],
          ],
        }),
    },
    options,
  );

function curveTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const variants = Object.keys(study.variants);
  const all = [...new Set(units.flatMap((unit) => unit.curve.map((point) => point.transitions)))];
  const published = study.anchors.flatMap(({ points }) => points.map(([x]) => x));
  const step = Math.max(1, Math.ceil(all.length / MOST_ROWS));
  const own = all.sort((a, b) => a - b).filter((_, i) => i % step === 0 || i === all.length - 1);
  const places = [...new Set([...own, ...published])].sort((a, b) => a - b);
  const last = Math.max(...all);
  const rows = places.map((x) => [
    String(x),
    ...variants.map((variant) => {
      const curves = units.filter((unit) => unit.variant === variant).map((unit) => curveOf(study, unit));
      // Beside a published point beyond its end a curve has no number.
      if (x > last) return '–';
      return spreadWords(spread(curves.map((curve) => returnAt(curve, x))));
    }),
    ...study.anchors.map(({ points }) => short(points.find(([at]) => at === x)?.[1])),
  ]);
  const header = ['transitions', ...variants, ...study.anchors.map(({ label }) => `*${label}*`)];
  const largest = study.protocol.kind === 'learning-curve' && study.protocol.maxSoFar;
  return [
    ...[`## ${largest ? 'Largest return so far' : 'Return'}`, '', ...markdownTable(header, rows), ''],
    ...study.anchors.filter((one) => one.source !== '').map(({ label, source }) => `*${label}*: ${source}.`),
    '',
  ];
}

function evaluationTable(study: ControlStudyFile, units: readonly ControlUnit[]): string[] {
  const keys = [
    ...new Set(
      units.flatMap((u) => u.evaluations.map(({ at, disturbance }) => JSON.stringify([at, disturbance]))),
    ),
  ].map((key) => JSON.parse(key) as [number, string]);
  if (keys.length === 0) return [];
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
    'plan, ms',
    'candidates or iterations',
  ];
  return ['## Evaluation', '', ...markdownTable(header, rows), ''];
}

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
