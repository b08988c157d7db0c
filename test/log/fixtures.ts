import type { NewEpisode } from '../../src/main/log/types';
import type { StepRow } from '../../src/shared/episode';
import type { PlanInsight } from '../../src/shared/plan';

export const PERIOD = 0.02;
/** How often the recording child's idle thread says that it runs. */
export const BEAT_MS = 5;

export function newEpisode(change: Partial<NewEpisode> = {}): NewEpisode {
  const channel = { unit: 'rad', angle: false, limits: null };
  return {
    rig: 'bench',
    rigFile: { name: 'bench' },
    source: 'random',
    periodSeconds: PERIOD,
    observations: [
      { ...channel, name: 'angle', angle: true },
      { ...channel, name: 'speed', unit: 'rad/s' },
    ],
    actions: [{ ...channel, name: 'torque', unit: 'N m', limits: [-2, 2] }],
    run: null,
    seed: 7,
    ...change,
  };
}

/** Row `step` of an episode whose every number says which row it belongs to. */
export function row(step: number, change: Partial<StepRow> = {}): StepRow {
  return {
    step,
    hostSeconds: step * PERIOD + 0.001,
    deviceSeconds: 100 + step * PERIOD,
    observation: [step + 0.1, step + 0.2],
    action: [step + 0.3],
    requested: [step + 0.4],
    reward: step === 0 ? 0 : 1,
    latenessSeconds: step / 1e6,
    planMs: Number.NaN,
    missed: 0,
    ...change,
  };
}

export function rows(from: number, to: number): StepRow[] {
  return Array.from({ length: to - from }, (_, i) => row(from + i));
}

/** What the plan behind row `step` said of itself; some of it nobody can tell. */
export const insightOf = (step: number): PlanInsight => ({
  ...{ expectedReturn: step + 0.5, returnStd: 0.25, disagreement: null, knownSteps: 17, stepsOutside: 1.5 },
  ...{ limitPenalty: 2, ratePenalty: 0.125, candidates: 150, iterations: 2, particles: 5 },
});

/** A row with an imagined future of `horizon` steps. */
export function plannedRow(step: number, horizon = 25): StepRow {
  const mean = Float32Array.from({ length: horizon * 2 }, (_, i) => step + i / 100);
  return row(step, { planMs: 3, prediction: { firstStep: step + 1, mean, std: mean.map((v) => v / 10) } });
}
