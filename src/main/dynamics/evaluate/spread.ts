import type { Calibration } from '../../../shared/model';
import type { Random } from '../../../shared/random';
import { predictedMembers } from '../classes';
import { calibrate, type Outcome } from './calibration';
import { affordable, affordableSteps, drawCost } from './effort';
import { chooseStarts, type Start } from './judged';
import { type Mixture, smoothed } from './mixture';
import type { OneStepVerdict } from './one-step-verdict';
import { ParticleRollouts, particleCounts, varianceParts } from './particles';
import { finite, outcomeOf, type ReportContext } from './report-context';

/** Steps in one call of a sampler, which is a long graph by itself. */
const SAMPLED_CHUNK = 5;
/** Particles in one call. A sampler may try many candidates for each. */
const ROWS = { plain: 2048, sampled: 512 };
const PARTICLE_STARTS = { least: 96, most: 400 };
/** Steps ahead at which intervals are judged, besides one. */
const CALIBRATED = [10, 25];

export interface SpreadByHorizon {
  /** [channel][horizon] */
  epistemic: (number | null)[][];
  aleatoric: (number | null)[][];
  calibration: Calibration[];
  /** Steps ahead that the spread was followed. */
  farthest: number;
}

/** What is not known and what is noise at every horizon, and whether the intervals there hold what they claim. */
export async function spreadByHorizon(
  context: ReportContext,
  { used, knows, hasIgnorance }: OneStepVerdict,
  random: Random,
): Promise<SpreadByHorizon> {
  const { engine, model, arrays, sampled, channels, horizons, longest, rollouts, heed } = context;
  const empty = () => channels.map(() => horizons.map(() => null as number | null));
  if (used.length === 0)
    return { epistemic: empty(), aleatoric: empty(), calibration: [], farthest: longest };
  const counts = particleCounts(predictedMembers(arrays), hasIgnorance);
  const lanes = counts.members * counts.functions * counts.noises;
  const { least, most } = PARTICLE_STARTS;
  const costAStep = drawCost(model, arrays) * lanes;
  const farthest = Math.min(longest, affordableSteps(costAStep * least, Math.max(...CALIBRATED)));
  const limit = affordable(costAStep * farthest, least, most);
  const starts = chooseStarts(context.episodes, context.before, limit);
  const rows = sampled ? ROWS.sampled : ROWS.plain;
  const batch = Math.max(1, Math.min(starts.length, Math.floor(rows / lanes)));
  const setup = {
    counts,
    steps: sampled ? Math.min(SAMPLED_CHUNK, rollouts.shape.steps) : rollouts.shape.steps,
    batch,
    hasIgnorance,
    sampled,
  };
  const particles = await ParticleRollouts.compile(engine, model, arrays, setup);
  const calibrated = CALIBRATED.filter((step) => step <= farthest);
  const wanted = new Set([...horizons.filter((step) => step <= farthest), ...calibrated]);
  const sums = new Map([...wanted].map((step) => [step, { count: 0, parts: channels.map(() => [0, 0]) }]));
  const outcomes = new Map(calibrated.map((step) => [step, [] as Outcome[]]));
  try {
    const each = (start: Start, step: number, predicted: Mixture[]) => {
      const sum = sums.get(step);
      if (!sum || predicted.some(({ means }) => !means.every(Number.isFinite))) return;
      sum.count++;
      channels.forEach((_, c) => {
        const { epistemic, aleatoric } = varianceParts(predicted[c] as Mixture, counts);
        const parts = sum.parts[c] as number[];
        parts[0] = parts[0] + epistemic;
        parts[1] = parts[1] + aleatoric;
      });
      outcomes.get(step)?.push(
        outcomeOf(
          context,
          start,
          step,
          predicted.map((mixture) => smoothed(mixture)),
        ),
      );
    };
    await particles.run(starts, wanted, random, each, heed('spread by horizon'));
  } finally {
    await particles.dispose();
  }
  const series = (part: 0 | 1, shown: boolean) =>
    channels.map((_, c) =>
      horizons.map((step) => {
        const { count = 0, parts = [] } = sums.get(step) ?? {};
        if (count === 0 || !shown || !used.includes(c)) return null;
        return finite(Math.sqrt(Math.max(0, parts[c]?.[part] / count)));
      }),
    );
  return {
    farthest,
    epistemic: series(0, knows),
    aleatoric: series(1, true),
    calibration: calibrated.flatMap(
      (step) => calibrate(step, channels, outcomes.get(step) ?? [], used) ?? [],
    ),
  };
}
