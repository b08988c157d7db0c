import type { Evaluation } from './model';
import type { TrainOptions } from './model-options';

/** The verdict on a model in words, for the window and for the command line. */

type Channel = Evaluation['channels'][number];

/** How far ahead one channel's prediction can be used. */
export interface ChannelVerdict {
  name: string;
  /**
   * Steps ahead that can be trusted, 0 for none: before the error first passes the stated share of the channel's spread;
   * of an evaluation without a report, up to where the model beats both trivial predictors.
   */
  trusted: number;
  /** Steps ahead that were measured for this channel; 0 when none was. */
  measured: number;
}

/** The smaller error of the two trivial predictors; null where neither was measured. */
export function trivialError(channel: Channel, index: number): number | null {
  const errors = [channel.last[index], channel.velocity[index]].filter((e) => e !== null && e !== undefined);
  return errors.length === 0 ? null : Math.min(...errors);
}

/** Horizons of an evaluation, ascending, with their places in its series. */
function ordered({ horizons }: Evaluation): { horizon: number; index: number }[] {
  return horizons.map((horizon, index) => ({ horizon, index })).sort((a, b) => a.horizon - b.horizon);
}

/** Largest reported horizon up to which the model beats both trivial predictors at every horizon; 0 for none. */
export function beatsTrivial(evaluation: Evaluation, channel: Channel): ChannelVerdict {
  let trusted = 0;
  let measured = 0;
  let beaten = true;
  for (const { horizon, index } of ordered(evaluation)) {
    const error = channel.error[index] ?? null;
    const trivial = trivialError(channel, index);
    if (error === null || trivial === null) continue;
    measured = horizon;
    beaten &&= error < trivial;
    if (beaten) trusted = horizon;
  }
  return { name: channel.name, trusted, measured };
}

/**
 * A small error that a trivial guess has too, one step ahead, is nothing that the model knows: there is then no number of
 * steps that it is trusted for.
 */
export function channelVerdict(evaluation: Evaluation, channel: Channel): ChannelVerdict {
  const reported = reportOf(evaluation, channel.name);
  if (!reported) return beatsTrivial(evaluation, channel);
  const { name, measured } = reported;
  return { name, trusted: unbeatenAtFirst(evaluation, channel) ? 0 : (reported.trusted ?? 0), measured };
}

/** Is a trivial predictor at least as good at the first horizon that was measured, of a channel that moves? */
function unbeatenAtFirst(evaluation: Evaluation, channel: Channel): boolean {
  if (reportOf(evaluation, channel.name)?.spread === 0) return false;
  const first = ordered(evaluation).find(({ index }) => trivialError(channel, index) !== null);
  const error = first === undefined ? null : (channel.error[first.index] ?? null);
  return first !== undefined && error !== null && error >= (trivialError(channel, first.index) ?? 0);
}

export interface Verdict {
  /** unknown: nothing was measured, or only on what the model learned from or may have. */
  tone: 'good' | 'partly' | 'bad' | 'unknown';
  /** Was it judged on steps that are new to it? Without that nothing is green, and no number of steps is a promise. */
  tested: boolean;
  /** One sentence a technician acts on. */
  sentence: string;
  next: string;
  channels: ChannelVerdict[];
  /** What else to know before relying on it, one sentence each. */
  warnings: string[];
}

/**
 * The honest verdict: the weakest channel decides how far ahead the model can be trusted.
 * @param titled what a channel is called in sentences; its name where nothing is said
 */
export function verdict(
  evaluation: Evaluation | null,
  periodSeconds: number,
  titled: (channel: string) => string = (channel) => channel,
): Verdict {
  const channels = evaluation?.channels.map((c) => channelVerdict(evaluation, c)) ?? [];
  const measured = channels.filter((c) => c.measured > 0);
  const tested = evaluation !== null && isTested(evaluation);
  if (evaluation === null || measured.length === 0) {
    return {
      ...{ tone: 'unknown', tested: false, channels, warnings: [] },
      sentence: 'This model has not been measured against recorded steps yet.',
      next: 'Press Evaluate; it needs episodes longer than the horizon.',
    };
  }
  const words = evaluation.report ? spreadWords(evaluation.report.trustedFraction) : TRIVIAL_WORDS;
  const common = { tested, channels, warnings: warningsOf(evaluation, titled) };
  const weakest = measured.reduce((a, b) => (b.trusted < a.trusted ? b : a));
  const passed = measured
    .filter(({ name }) => reportOf(evaluation, name)?.trusted === null)
    .map((c) => c.name);
  const unbeaten = measured.filter((c) => c.trusted === 0 && !passed.includes(c.name)).map((c) => c.name);
  const moving = measured.filter(({ name }) => reportOf(evaluation, name)?.spread !== 0);
  if (passed.length > 0 || (unbeaten.length > 0 && unbeaten.length === moving.length)) {
    const [which, never] = passed.length > 0 ? [passed, words.never] : [unbeaten, TRIVIAL_WORDS.never];
    return {
      ...{ ...common, tone: 'bad' },
      sentence: `Do not plan with this model yet: on ${listed(which.map(titled))} ${never}, even one step ahead.`,
      next: 'Record more, or more varied, motion and train again.',
    };
  }
  if (!tested) return { ...common, tone: 'unknown', ...UNTESTED[evaluation.judgedOn.kind] };
  if (unbeaten.length > 0) {
    return {
      ...{ ...common, tone: 'partly' },
      sentence: `One step ahead a trivial guess is no worse on ${listed(unbeaten.map(titled))}: that its error stays small there is not the model's merit, and how far it can be trusted is not known.`,
      next: 'Record more, or more varied, motion and train again; look at the other channels in the table.',
    };
  }
  const steps = (k: number) => `${k} ${k === 1 ? 'step' : 'steps'} (${trim(k * periodSeconds)} s)`;
  if (measured.every((c) => c.trusted === c.measured)) {
    return {
      ...{ ...common, tone: overtaken(evaluation).length > 0 ? 'partly' : 'good' },
      sentence: `${words.holds} on every channel up to ${steps(weakest.trusted)}, the farthest that was measured.`,
      next: 'Plan with a horizon up to that length.',
    };
  }
  return {
    ...{ ...common, tone: 'partly' },
    sentence: `${words.holds} on every channel up to ${steps(weakest.trusted)}; beyond that ${titled(weakest.name)} ${words.fails}.`,
    next: 'Keep the planning horizon below that, or record more motion and train again.',
  };
}

/** Was it judged on steps that are new to the model? */
export const isTested = ({ judgedOn, samples }: Evaluation): boolean =>
  judgedOn.kind === 'unseen' && samples.some((count) => count > 0);

/** What a verdict was found on, as a sentence. */
export function judgedOnWords({ kind, episodes, steps, among }: Evaluation['judgedOn']): string {
  if (kind === 'unknown') return 'It is not known what it was judged on.';
  const sample = among === undefined ? '' : `, evenly spread over ${among},`;
  const many = `${steps} ${steps === 1 ? 'step' : 'steps'}${sample} of ${episodes} ${episodes === 1 ? 'episode' : 'episodes'}`;
  return kind === 'unseen'
    ? `Judged on ${many} that it did not learn from.`
    : `Judged on ${many}, all or some of which it learned from.`;
}

/** What the full verdict says of a channel; undefined where only the errors were asked for. */
const reportOf = ({ report }: Evaluation, channel: string) =>
  report?.channels.find(({ name }) => name === channel);

const UNTESTED: Record<Evaluation['judgedOn']['kind'], { sentence: string; next: string }> = {
  learned: {
    sentence:
      'Not tested: it was only judged on steps that it learned from, and there every model looks good.',
    next: 'Record another episode and evaluate it on that, or train again with something kept out.',
  },
  unknown: {
    sentence: 'Not tested: nobody kept whether it had learned from what it was judged on.',
    next: 'Evaluate it again.',
  },
  unseen: {
    sentence: 'Not tested: what was kept out is too short to start a prediction from.',
    next: 'Record a longer episode and evaluate it on that.',
  },
};

const TRIVIAL_WORDS = {
  never: 'it is no better than a trivial guess',
  holds: 'Beats both trivial predictors',
  fails: 'is no better than a trivial guess',
};

function spreadWords(fraction: number) {
  const share = `${trim(100 * fraction)} % of the spread`;
  return {
    never: `its error passes ${share}`,
    holds: `The error stays within ${share}`,
    fails: 'passes it',
  };
}

/** Channels that move and on which a trivial predictor is at least as good within the trusted horizon, and from where. */
function overtaken(evaluation: Evaluation): { name: string; from: number }[] {
  return evaluation.channels.flatMap((channel, c) => {
    if (evaluation.report?.channels[c]?.spread === 0) return [];
    const trusted = evaluation.report?.channels[c]?.trusted ?? channelVerdict(evaluation, channel).trusted;
    const worse = ordered(evaluation).find(({ horizon, index }) => {
      const error = channel.error[index] ?? null;
      const trivial = trivialError(channel, index);
      return horizon <= trusted && error !== null && trivial !== null && error >= trivial;
    });
    return worse ? [{ name: channel.name, from: worse.horizon }] : [];
  });
}

/** 90 % intervals that hold less than the first or more than the second share of what came are worth a sentence. */
const HONEST = [0.85, 0.95] as const;

function warningsOf(evaluation: Evaluation, titled: (channel: string) => string): string[] {
  const { report } = evaluation;
  if (!report) return [];
  const warnings = overtaken(evaluation).map(
    ({ name, from }) =>
      `On ${titled(name)} a trivial guess is no worse at ${from} ${from === 1 ? 'step' : 'steps'}: the number is small, but the model adds nothing there.`,
  );
  const one = report.calibration.find(({ horizon }) => horizon === 1);
  const level = one?.levels.indexOf(0.9) ?? -1;
  const [before, after] = [one?.before[level] ?? null, one?.after[level] ?? null];
  if (before !== null && after !== null && (before < HONEST[0] || before > HONEST[1])) {
    const sure = before < HONEST[0] ? 'too sure of itself' : 'less sure than it could be';
    warnings.push(
      `It is ${sure}: its 90 % intervals hold ${percent(before)} of what came one step later, and ${percent(after)} once recalibrated.`,
    );
  }
  return [...warnings, ...report.notes];
}

/**
 * Factors on a model's predicted standard deviation for intervals one step ahead, by [observations, then the reward where
 * it is learned]; 1 where a channel has none. null where nothing was calibrated, or only on what was learned from: there
 * the errors are smaller than anywhere else.
 */
export function recalibrationOf(
  evaluation: Evaluation | null,
  model: { observations: readonly { name: string }[]; options: Pick<TrainOptions, 'rewardHead'> },
): number[] | null {
  const one = evaluation?.report?.calibration.find(({ horizon }) => horizon === 1);
  if (!one || evaluation?.judgedOn.kind !== 'unseen') return null;
  const names = [
    ...model.observations.map(({ name }) => name),
    ...(model.options.rewardHead ? ['reward'] : []),
  ];
  return names.map((wanted) => one.channels.find(({ name }) => name === wanted)?.scale ?? 1);
}

export const percent = (share: number): string => `${trim(Math.round(1000 * share) / 10)} %`;

function listed(names: string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
