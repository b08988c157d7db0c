import type { Evaluation } from '../../shared/model';
import { formatCount } from '../ui/format';

/** How far ahead one channel's prediction is worth more than the trivial ones. */
export interface ChannelVerdict {
  name: string;
  /** Largest horizon up to which the model beats both trivial predictors at every horizon; 0 for none. */
  trusted: number;
  /** Largest horizon that was measured for this channel; 0 when none was. */
  measured: number;
}

/** The smaller error of the two trivial predictors; null where neither was measured. */
export function trivialError(channel: Evaluation['channels'][number], index: number): number | null {
  const errors = [channel.last[index], channel.velocity[index]].filter((e) => e !== null && e !== undefined);
  return errors.length === 0 ? null : Math.min(...errors);
}

export function channelVerdict(
  evaluation: Evaluation,
  channel: Evaluation['channels'][number],
): ChannelVerdict {
  let trusted = 0;
  let measured = 0;
  let beaten = true;
  const order = evaluation.horizons.map((horizon, index) => ({ horizon, index }));
  order.sort((a, b) => a.horizon - b.horizon);
  for (const { horizon, index } of order) {
    const error = channel.error[index] ?? null;
    const trivial = trivialError(channel, index);
    if (error === null || trivial === null) continue;
    measured = horizon;
    beaten &&= error < trivial;
    if (beaten) trusted = horizon;
  }
  return { name: channel.name, trusted, measured };
}

export interface Verdict {
  tone: 'good' | 'partly' | 'bad' | 'unknown';
  /** One sentence a technician acts on. */
  sentence: string;
  next: string;
  channels: ChannelVerdict[];
}

/** The honest verdict: the weakest channel decides how far ahead the model can be trusted. */
export function verdict(evaluation: Evaluation | null, periodSeconds: number): Verdict {
  const channels = (evaluation?.channels ?? []).map((c) => channelVerdict(evaluation as Evaluation, c));
  const measured = channels.filter((c) => c.measured > 0);
  if (measured.length === 0) {
    return {
      tone: 'unknown',
      sentence: 'This model has not been measured against recorded steps yet.',
      next: 'Press Evaluate; it needs episodes longer than the horizon.',
      channels,
    };
  }
  const weakest = measured.reduce((a, b) => (b.trusted < a.trusted ? b : a));
  const steps = (k: number) => `${formatCount(k, 'step')} (${trim(k * periodSeconds)} s)`;
  if (weakest.trusted === 0) {
    const failing = measured.filter((c) => c.trusted === 0).map((c) => c.name);
    return {
      tone: 'bad',
      sentence: `Do not plan with this model yet: on ${listed(failing)} it is no better than a trivial guess, even one step ahead.`,
      next: 'Record more, or more varied, motion and train again.',
      channels,
    };
  }
  if (measured.every((c) => c.trusted === c.measured)) {
    return {
      tone: 'good',
      sentence: `Beats both trivial predictors on every channel up to ${steps(weakest.trusted)}, the farthest that was measured.`,
      next: 'Plan with a horizon up to that length.',
      channels,
    };
  }
  return {
    tone: 'partly',
    sentence: `Beats both trivial predictors on every channel up to ${steps(weakest.trusted)}; beyond that ${weakest.name} is no better than a trivial guess.`,
    next: 'Keep the planning horizon below that, or record more motion and train again.',
    channels,
  };
}

function listed(names: string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function trim(seconds: number): string {
  return String(Number(seconds.toPrecision(3)));
}
