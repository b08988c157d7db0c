import type { EvaluationReport, WorstSegment } from '../../../shared/model';
import { Random } from '../../../shared/random';
import { irregularNote } from '../data/regular-runs';
import { spreads, stepsAfter } from './judged';
import { judgeOneStep, type OneStepVerdict } from './one-step-verdict';
import type { ReportContext } from './report-context';
import { spreadByHorizon } from './spread';
import { stretches, WorstSegments } from './worst';

/** Steps of a stretch among the worst. */
const STRETCH = 25;
/** A trusted horizon is judged up to where at least so many starts are left. */
const LEAST_STARTS = 10;

/** The honest verdict: how far to trust, how sure the model is and whether rightly, where it is wrong and where it guesses. */
export async function fullReport(context: ReportContext): Promise<EvaluationReport> {
  const { channels, observations, episodes, sums, trustedFraction } = context;
  const { spread, change } = spreads(channels, episodes, observations);
  const worst = await worstSegments(context, spread);
  const random = new Random(context.seed);
  const one = await judgeOneStep(context, spread, change, random.fork('one step'));
  const parts = await spreadByHorizon(context, one, random.fork('particles'));
  const least = Math.min(LEAST_STARTS, sums.samples[0] ?? 0);
  return {
    trustedFraction,
    channels: channels.map(({ name }, c) => {
      // A channel that stands still has no spread to be measured by; nothing about it can be lost.
      const limit = spread[c] === 0 ? Number.POSITIVE_INFINITY : trustedFraction * spread[c];
      return {
        ...{ name, spread: spread[c] },
        ...sums.trusted(c, limit, least),
        epistemic: parts.epistemic[c] ?? [],
        aleatoric: parts.aleatoric[c] ?? [],
      };
    }),
    ...{ nll: one.nll, nllByChannel: one.nllByChannel, density: one.density },
    calibration: [...(one.calibration ? [one.calibration] : []), ...parts.calibration],
    ...{ worst, coverage: one.coverage },
    notes: notesOf(context, one, parts.farthest),
  };
}

async function worstSegments(context: ReportContext, spread: readonly number[]): Promise<WorstSegment[]> {
  const { episodes, before, longest, rollouts, channels, observations, heed } = context;
  const steps = Math.min(STRETCH, longest);
  const found = new WorstSegments(channels, spread, observations, steps);
  await rollouts.run(
    stretches(episodes, before, steps),
    steps,
    (...one) => found.add(...one),
    heed('worst stretches'),
  );
  return found.segments();
}

function notesOf(context: ReportContext, one: OneStepVerdict, farthest: number): string[] {
  const { model, longest, sums, channels, observations, sampled, judgedOn } = context;
  const notes: string[] = [];
  if (one.used.length === 0) {
    notes.push(
      'The model predicts no spread, so there is no likelihood, no calibration and no uncertainty to judge.',
    );
  } else if (!one.knows) {
    notes.push('A single network cannot tell what it does not know: all of its spread counts as noise.');
  }
  if (sampled) {
    notes.push('The class has no density: likelihood and calibration are of its samples, smoothed.');
  }
  if (farthest < longest) {
    notes.push(`Its spread was followed for ${farthest} steps; samples of this model take long.`);
  }
  const reach = reachOf(context);
  const shortest = Math.max(0, Math.min(...reach));
  const left = reach.filter((steps) => steps >= longest).length;
  if (left < reach.length) {
    notes.push(
      `Beyond ${shortest} steps some episodes are too short to count, and at ${longest} steps ${left} of ${reach.length} are left: those may be the easier ones.`,
    );
  }
  notes.push(...irregularNote(judgedOn.irregular));
  if (sums.diverged > 0) notes.push('Some predictions ran off to infinity; they count as 1e15 away.');
  if (model.summary.options.rewardHead && channels.length === observations) {
    notes.push('Some episodes have no reward, so the predicted reward was not judged.');
  }
  return notes;
}

/** Of every episode the most steps that a prediction can go on for. */
function reachOf({ episodes, before }: ReportContext): number[] {
  const reach = new Map<number, number>();
  for (const episode of episodes) {
    const steps = stepsAfter({ episode, row: before });
    reach.set(episode.id, Math.max(steps, reach.get(episode.id) ?? 0));
  }
  return [...reach.values()];
}
