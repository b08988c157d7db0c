import type { Calibration, CoverageMap, EvaluationReport } from '../../../shared/model';
import type { Random } from '../../../shared/random';
import { predictedMembers } from '../classes';
import { calibrate, type Outcome } from './calibration';
import { coverageMaps } from './coverage';
import { affordable, drawCost } from './effort';
import { chooseStarts, difference, type JudgedChannel, recorded, type Start } from './judged';
import { logDensity, type Mixture, mixtureMean } from './mixture';
import { closedForm, DRAWS, fromSamples, jointSurprise, OneStep, type OneStepMoments } from './one-step';
import { finite, outcomeOf, type ReportContext } from './report-context';

/** Starts of one-step judgements: cheap in closed form, dear where a density is made of samples. */
const ONE_STEP_STARTS = { least: 200, most: 4000 };
const SAMPLED_STARTS = { least: 100, most: 400 };
/** A predicted variance below this share of the change's is none: a model without spread gives e^−80. */
const NO_SPREAD = 1e-10;

export interface OneStepVerdict {
  nll: number | null;
  nllByChannel: (number | null)[];
  density: EvaluationReport['density'];
  calibration: Calibration | undefined;
  coverage: CoverageMap[];
  /** Channels with a predicted spread. */
  used: number[];
  /** Can the model tell what it does not know? */
  knows: boolean;
  hasIgnorance: boolean;
}

/** Everything that single steps tell: likelihood, calibration, and where there is data. */
export async function judgeOneStep(
  context: ReportContext,
  spread: readonly number[],
  change: readonly number[],
  random: Random,
): Promise<OneStepVerdict> {
  const { engine, model, arrays, cost, sampled, episodes, channels, observations, before, heed } = context;
  const members = predictedMembers(arrays);
  const { least, most } = ONE_STEP_STARTS;
  const starts = chooseStarts(episodes, before, affordable(cost * members, least, most));
  const oneStep = await OneStep.compile(engine, model, arrays, Math.max(starts.length, 1));
  try {
    const moments = await oneStep.atStarts(starts, heed('one step'));
    const few = chooseStarts(
      episodes,
      before,
      affordable(DRAWS * drawCost(model, arrays), SAMPLED_STARTS.least, SAMPLED_STARTS.most),
    );
    const judged = sampled ? few : starts;
    const shape = { observations, channels: channels.length };
    const mixtures = sampled
      ? await fromSamples(engine, model, arrays, few, shape, random.fork('samples'), heed('one step'))
      : closedForm(moments, starts, observations, channels.length);
    const used = channels.flatMap((_, c) => (hasSpread(mixtures, c, change[c]) ? [c] : []));
    const outcomes = mixtures.map((predicted, i) => outcomeOf(context, judged[i] as Start, 1, predicted));
    const calibration = calibrate(1, channels, outcomes, used);
    const squares = squaredErrors(moments, starts, context, spread);
    const coverage = await coverageMaps(
      oneStep,
      model,
      episodes,
      { starts, squares },
      change,
      random.fork('coverage'),
      heed('coverage'),
    );
    return {
      ...likelihood(outcomes, channels, change, used, sampled),
      density: used.length === 0 ? null : sampled ? 'samples' : 'mixture',
      ...{ calibration, coverage, used },
      hasIgnorance: oneStep.hasIgnorance,
      knows: members > 1 || oneStep.hasIgnorance,
    };
  } finally {
    await oneStep.dispose();
  }
}

function hasSpread(mixtures: readonly Mixture[][], channel: number, change: number): boolean {
  if (change === 0) return false;
  const mean = mixtures.reduce((sum, row) => {
    const { variances = new Float64Array([0]) } = row[channel] ?? {};
    return sum + variances.reduce((a, b) => a + b, 0) / variances.length;
  }, 0);
  return mean / Math.max(1, mixtures.length) > NO_SPREAD * change ** 2;
}

/** Nats a channel, in units of the change's standard deviation. */
function likelihood(
  outcomes: readonly Outcome[],
  channels: readonly JudgedChannel[],
  change: readonly number[],
  used: readonly number[],
  sampled: boolean,
): Pick<EvaluationReport, 'nll' | 'nllByChannel'> {
  const nearest = ({ predicted, truth }: Outcome) =>
    channels.map((info, c) => {
      const mean = mixtureMean(predicted[c] as Mixture);
      return mean + difference(info, truth[c], mean);
    });
  const truths = outcomes.map(nearest);
  const average = (of: (outcome: Outcome, i: number) => number) =>
    outcomes.reduce((sum, outcome, i) => sum + of(outcome, i), 0) / Math.max(1, outcomes.length);
  const unit = (c: number) => Math.log(change[c]);
  const nllByChannel = channels.map((_, c) =>
    used.includes(c) && outcomes.length > 0
      ? finite(
          average(({ predicted }, i) => -logDensity(predicted[c] as Mixture, truths[i]?.[c] ?? 0)) - unit(c),
        )
      : null,
  );
  if (used.length === 0 || outcomes.length === 0) return { nll: null, nllByChannel };
  if (sampled) {
    // A joint density of many channels cannot be had from a few samples: the mean of the channels' own.
    const own = used.map((c) => nllByChannel[c] ?? Number.NaN);
    return { nll: finite(own.reduce((a, b) => a + b, 0) / own.length), nllByChannel };
  }
  const joint = average(({ predicted }, i) => jointSurprise(predicted, truths[i] ?? [], used));
  return { nll: finite((joint - used.reduce((sum, c) => sum + unit(c), 0)) / used.length), nllByChannel };
}

/** [starts] squared one-step error of the members' mean in units of spread, mean over channels that move. */
function squaredErrors(
  { mean }: OneStepMoments,
  starts: readonly Start[],
  { channels, observations }: ReportContext,
  spread: readonly number[],
): Float64Array {
  const width = (mean[0]?.length ?? 0) / Math.max(1, starts.length);
  const moving = channels.flatMap((_, c) => (spread[c] > 0 ? [c] : []));
  return Float64Array.from(starts, ({ episode, row }, i) => {
    const squares = moving.map((c) => {
      const now = c < observations ? recorded(episode, row, c, observations) : 0;
      const predicted = now + mean.reduce((sum, values) => sum + values[i * width + c], 0) / mean.length;
      const truth = recorded(episode, row + 1, c, observations);
      return (difference(channels[c] as JudgedChannel, predicted, truth) / spread[c]) ** 2;
    });
    return squares.reduce((a, b) => a + b, 0) / Math.max(1, moving.length);
  });
}
