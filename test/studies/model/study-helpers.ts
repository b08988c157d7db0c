import {
  type ModelStudyFile,
  ModelStudyFile as Schema,
  type StudyUnit,
} from '../../../src/shared/model-study';

/** A study of two variants on two sources, with anything about it changed. */
export function studyInput(change: Record<string, unknown> = {}): Record<string, unknown> {
  const record = { rig: 'pendulum', train: { episodes: 2, steps: 50 }, test: { episodes: 1, steps: 50 } };
  return {
    schema: 'foresight.model-study/1',
    name: 'example',
    title: 'An example',
    sources: [
      { name: 'one', record },
      { name: 'two', record },
    ],
    variants: { plain: { class: { name: 'gaussian' } }, better: { class: { name: 'ensemble' } } },
    horizons: [1, 10],
    measures: ['errors'],
    seeds: [0, 1, 2],
    ...change,
  };
}

export const study = (change: Record<string, unknown> = {}): ModelStudyFile =>
  Schema.parse(studyInput(change));

/** A unit with one channel of spread 2 and the given errors. */
export function unit(
  source: string,
  variant: string,
  seed: number,
  change: Partial<StudyUnit> = {},
): StudyUnit {
  return {
    ...{ source, variant, seed, transitions: 98, epochs: 5, trainSeconds: 1 },
    channels: [channel([0.2, 1])],
    ...{ nll: null, coverage: [], auroc: null, energyDistance: null, notes: [] },
    ...change,
  };
}

export const channel = (error: (number | null)[], spread = 2): StudyUnit['channels'][number] => ({
  ...{ name: 'angle', unit: 'rad', spread, error },
  ...{ last: error.map(() => 4), velocity: error.map(() => 6) },
});
