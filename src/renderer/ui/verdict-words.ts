import type { Verdict } from '../../shared/verdict';
import { formatCount } from './format';

/** Colours of a verdict. Green is only for what was tested on steps that are new to the model. */
export const TONES = { good: 'teal', partly: 'yellow', bad: 'red', unknown: 'gray' } as const;

/** Steps that the weakest channel is trusted for; null where nobody can say. */
export function trustedSteps({ tone, tested, channels }: Verdict): number | null {
  const measured = channels.filter((channel) => channel.measured > 0);
  if (tone === 'unknown' || tone === 'bad' || !tested || measured.length === 0) return null;
  const least = Math.min(...measured.map(({ trusted }) => trusted));
  return least > 0 ? least : null;
}

/** A verdict in two or three words, for lists. */
export function verdictBadge(judged: Verdict): { text: string; colour: (typeof TONES)[Verdict['tone']] } {
  const measured = judged.channels.some((channel) => channel.measured > 0);
  const steps = trustedSteps(judged);
  const text = !measured
    ? 'not measured'
    : judged.tone === 'bad'
      ? 'do not plan'
      : !judged.tested || judged.tone === 'unknown'
        ? 'not tested'
        : steps === null
          ? 'horizon not known'
          : `trusted ${formatCount(steps, 'step')}`;
  return { text, colour: TONES[judged.tested || judged.tone === 'bad' ? judged.tone : 'unknown'] };
}

/**
 * What to know before planning so many steps ahead with a model; null where its verdict covers them. Only what a person chose
 * is worth a warning: that the program looks farther than the model can be trusted for, because shorter plans get nowhere, is
 * said without one.
 */
export function horizonWords(
  judged: Verdict,
  horizon: number,
  chosen: boolean,
): { text: string; warns: boolean } | null {
  const steps = trustedSteps(judged);
  if (steps === null) return { text: judged.sentence, warns: true };
  if (steps >= horizon) return null;
  const trusted = formatCount(steps, 'step');
  return chosen
    ? {
        text: `The horizon of ${formatCount(horizon, 'step')} is longer than the ${trusted} this model can be trusted for.`,
        warns: true,
      }
    : {
        text: `Looks ${formatCount(horizon, 'step')} ahead, as shorter plans get nowhere. This model can be trusted for ${trusted}: the light says how far each plan holds.`,
        warns: false,
      };
}
