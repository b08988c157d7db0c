import { type ModelStudyFile, STUDY_MEASURES, type StudyUnit } from '../../../shared/model-study';
import { spread } from '../../../shared/statistics';
import { markdownTable, short, spreadWords } from '../common/tables';
import { errorInSpreads, unitsOf } from './measures';

/** Columns of a report's tables: a heading, a number a unit, and which end is better (undefined: neither). */
interface Column {
  heading: string;
  value(unit: StudyUnit): number | null;
  /** How far from the best a number is; the smallest is marked. */
  worse?(value: number): number;
}

const smaller = (value: number) => value;
const larger = (value: number) => -value;
const fromNominal = (value: number) => Math.abs(value - 0.9);

/** Rows above the variants in a table of errors. */
const TRIVIAL = [
  ['last', '*last value stays*'],
  ['velocity', '*last change repeats*'],
] as const;

/** One source's results, a row a variant: median [smallest … largest] over seeds, the best of each column in bold. */
export function sourceTable(study: ModelStudyFile, units: readonly StudyUnit[], source: string): string[] {
  const columns = columnsOf(
    study,
    units.filter((unit) => unit.source === source),
  );
  const rows = variantRows(study, units, source, columns);
  const firstVariant = units.find((unit) => unit.source === source);
  const trivial =
    study.measures.includes('errors') && firstVariant
      ? TRIVIAL.map(([predictor, name]) => [
          name,
          ...columns.map((_, i) =>
            i < study.horizons.length ? short(errorInSpreads(firstVariant, i, predictor)) : '',
          ),
        ])
      : [];
  return markdownTable(['', ...columns.map(({ heading }) => heading)], [...rows, ...trivial]);
}

/** Errors of one channel by horizon, unit of the channel. */
export function channelTable(
  study: ModelStudyFile,
  units: readonly StudyUnit[],
  source: string,
  channel: string,
): string[] {
  const columns = study.horizons.map(
    (horizon, i): Column => ({
      heading: `${horizon}`,
      value: (unit) => unit.channels.find(({ name }) => name === channel)?.error[i] ?? null,
      worse: smaller,
    }),
  );
  return markdownTable(
    ['', ...columns.map(({ heading }) => heading)],
    variantRows(study, units, source, columns),
  );
}

function columnsOf({ measures, horizons }: ModelStudyFile, units: readonly StudyUnit[]): Column[] {
  const calibrated = [...new Set(units.flatMap(({ coverage }) => coverage.map(({ horizon }) => horizon)))];
  const coverage = (unit: StudyUnit, horizon: number) => unit.coverage.find((one) => one.horizon === horizon);
  const of: Record<(typeof STUDY_MEASURES)[number], Column[]> = {
    errors: horizons.map((horizon, i) => ({
      heading: `error, ${horizon} ${horizon === 1 ? 'step' : 'steps'}`,
      value: (unit) => errorInSpreads(unit, i),
      worse: smaller,
    })),
    nll: [{ heading: 'NLL', value: (unit) => unit.nll, worse: smaller }],
    calibration: calibrated
      .sort((a, b) => a - b)
      .flatMap((horizon): Column[] => [
        { heading: `90 %, ${horizon} ahead`, value: (unit) => coverage(unit, horizon)?.before ?? null },
        {
          heading: 'recalibrated',
          value: (unit) => coverage(unit, horizon)?.after ?? null,
          worse: fromNominal,
        },
      ]),
    auroc: [
      { heading: 'AUROC, epistemic', value: (unit) => unit.auroc?.epistemic ?? null, worse: larger },
      { heading: 'AUROC, total variance', value: (unit) => unit.auroc?.total ?? null, worse: larger },
    ],
    energyDistance: [{ heading: 'energy distance', value: (unit) => unit.energyDistance, worse: smaller }],
  };
  return [
    ...STUDY_MEASURES.filter((measure) => measures.includes(measure)).flatMap((measure) => of[measure]),
    { heading: 'training, s', value: (unit) => unit.trainSeconds },
  ];
}

function variantRows(
  study: ModelStudyFile,
  units: readonly StudyUnit[],
  source: string,
  columns: readonly Column[],
): string[][] {
  const variants = Object.keys(study.variants);
  const values = variants.map((variant) => {
    const own = unitsOf(units, source, variant);
    return columns.map((column) => spread(own.map((unit) => column.value(unit))));
  });
  const best = columns.map(({ worse }, i) => {
    if (worse === undefined) return -1;
    const distances = values.map((row) => {
      const found = row[i];
      return found ? worse(found.median) : Number.POSITIVE_INFINITY;
    });
    const least = Math.min(...distances);
    return Number.isFinite(least) ? distances.indexOf(least) : -1;
  });
  return variants.map((variant, v) => [
    variant,
    ...columns.map((_, i) => spreadWords(values[v]?.[i], best[i] === v)),
  ]);
}
