import type { PolicyStudyFile, PolicyUnit } from '../../../shared/policy-study';
import { mean, spread } from '../../../shared/statistics';
import { curveTable } from '../common/curves';
import { studyPage } from '../common/page';
import { writeReport } from '../common/report-files';
import { markdownTable, spreadWords } from '../common/tables';
import { policyFigures } from './figures';
import { evaluationCurve, fallOf, judgePolicyBar, plannerShare, varianceOver } from './measures';
import type { PolicyStudyRun } from './run';

/** Writes the report, its figures and its raw numbers. */
export const writePolicyReport = (
  file: string,
  study: PolicyStudyFile,
  run: PolicyStudyRun,
  command: string,
  options: { force?: boolean | undefined } = {},
): Promise<void> =>
  writeReport(
    file,
    {
      ...{ numbers: { study, ...run }, figures: policyFigures(study, run.units), command },
      page: (surroundings) =>
        studyPage({
          ...{ study, surroundings, failed: run.failed },
          bars: study.bars.map((bar) => judgePolicyBar(study, bar, run.units)),
          sections: [
            ...returnTable(study, run.units),
            ...plannerTable(study, run.units),
            ...varianceTable(study, run.units),
            ...costTable(study, run),
          ],
        }),
    },
    options,
  );

const variantsOf = (study: PolicyStudyFile, units: readonly PolicyUnit[]) =>
  Object.keys(study.variants).map(
    (variant) => [variant, units.filter((unit) => unit.variant === variant)] as const,
  );

function returnTable(study: PolicyStudyFile, units: readonly PolicyUnit[]): string[] {
  const curves = variantsOf(study, units).map(([variant, own]) => [
    variant,
    own.map((unit) => evaluationCurve(unit.curve)),
  ]);
  const { episodes } = study.evaluate;
  const heading = `Return without exploration, mean of ${episodes} episodes`;
  return curveTable(heading, 'steps', Object.fromEntries(curves), study.anchors);
}

/** Policies beside the planners that taught them. */
function plannerTable(study: PolicyStudyFile, units: readonly PolicyUnit[]): string[] {
  const taught = variantsOf(study, units).filter(([, own]) => own.some(({ planner }) => planner !== null));
  if (taught.length === 0) return [];
  const rows = taught.map(([variant, own]) => {
    const over = (value: (unit: PolicyUnit) => number | null | undefined) =>
      spreadWords(spread(own.map((unit) => value(unit) ?? null)));
    return [
      ...[variant, over(({ curve }) => evaluationCurve(curve).at(-1)?.[1])],
      over(({ planner }) => planner && mean(planner.returns)),
      over(({ planner }) => planner?.random && mean(planner.random)),
      over(plannerShare),
      over(({ actionMs }) => actionMs.p99),
      ...[over(({ planner }) => planner?.median), over(({ planner }) => planner?.p99)],
    ];
  });
  const header = ['', 'return', "planner's", "random motion's", 'share', 'an action, p99, ms'];
  return [
    ...['## Beside its planner', ''],
    'The share is of what the planner earns more than random motion, from the same starts.',
    ...['', ...markdownTable([...header, 'a plan, ms', 'p99, ms'], rows), ''],
  ];
}

/** What algorithms that estimate gradients by likelihood ratios say of their noise. */
function varianceTable(study: PolicyStudyFile, units: readonly PolicyUnit[]): string[] {
  const noisy = variantsOf(study, units).filter(([, own]) =>
    own.some((unit) => varianceOver(unit.curve) !== null),
  );
  if (noisy.length === 0) return [];
  const rows = noisy.map(([variant, own]) => {
    const over = (value: (curve: PolicyUnit['curve']) => number | null) =>
      spreadWords(spread(own.map((unit) => value(unit.curve))));
    return [
      ...[variant, over(varianceOver)],
      over((curve) => fallOf(curve, 'plain', 'rewardToGo')),
      over((curve) => fallOf(curve, 'rewardToGo', 'baseline')),
    ];
  });
  const header = ['', 'of its own', 'plain ÷ reward-to-go', 'reward-to-go ÷ baseline'];
  return [
    ...["## Variance of the gradient's estimate", ''],
    'Of its own: in squared lengths of the gradient. The others: of both estimators on the same episodes of the same policy. Medians over the training.',
    ...['', ...markdownTable(header, rows), ''],
  ];
}

function costTable(study: PolicyStudyFile, { units }: PolicyStudyRun): string[] {
  const rows = variantsOf(study, units).map(([variant, own]) => [
    variant,
    spreadWords(spread(own.map((unit) => unit.wallSeconds))),
    spreadWords(spread(own.map((unit) => unit.steps))),
    spreadWords(spread(own.map((unit) => unit.updates))),
    spreadWords(spread(own.map((unit) => unit.actionMs.median))),
    spreadWords(spread(own.map((unit) => unit.actionMs.p99))),
  ]);
  const header = ['', 'wall time of a seed, s', 'steps', 'updates', 'an action, ms', 'p99, ms'];
  return ['## Time', '', ...markdownTable(header, rows), ''];
}
