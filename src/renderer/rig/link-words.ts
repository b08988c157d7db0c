import type { LineState, LinkState } from '../../shared/telemetry';
import { groupDigits, spaced } from '../ui/format';

export interface LinkWords {
  tone: 'good' | 'bad' | 'unknown';
  title: string;
  /** What the judgement rests on, or what to do. */
  reason: string;
}

/** The line to the motors in words: how long an answer takes, and what the adapter has to do with it. */
export function lineWords({ roundTrip, adapter }: LineState): string {
  const trip = roundTrip
    ? `An answer takes ${roundTrip.p50Ms.toFixed(1)} ms, at most ${roundTrip.maxMs.toFixed(1)} ms of the last ${roundTrip.answers}.`
    : 'Nothing has been answered yet.';
  return adapter ? `${trip} ${adapter}` : trip;
}

/** Counters that mean something was lost; anything above zero stands out. */
const LOST = /error|lost|bad|drop|garbage|overrun|timeout|crc|resync|skipp|duplicate|gap|unanswered/i;
export const isLoss = (counter: string): boolean => LOST.test(counter);

/** Answers of which so small a share is lost are asked for again, and nobody notices. */
const LOST_SHARE = 0.005;

/** Share of the control period that a tick may be late before a plan's time is eaten up by it. */
const LATE_SHARE = 0.25;

/** The link in words: is anything lost on the way, and do ticks come in time? */
export function linkWords(
  { jitter, counters }: Pick<LinkState, 'jitter' | 'counters'>,
  { overruns, periodSeconds }: { overruns: number; periodSeconds: number },
): LinkWords {
  const losses = Object.entries(counters).filter(
    ([name, count]) => count > 0 && isLoss(name) && !isAskedAgain(name, counters),
  );
  if (losses.length > 0) {
    const counted = losses.map(([name, count]) => `${spaced(name)} ${groupDigits(count)}`).join(', ');
    return {
      tone: 'bad',
      title: 'Link loses data',
      reason: `${counted}. Check cable and plugs, away from motor leads.`,
    };
  }
  if (!jitter)
    return { tone: 'unknown', title: 'Link not judged yet', reason: 'No control tick has been measured.' };
  const late = `${jitter.p99.toFixed(2)} ms`;
  if (overruns > 0 || jitter.p99 > LATE_SHARE * periodSeconds * 1000) {
    const missed = overruns > 0 ? `${groupDigits(overruns)} control periods overran. ` : '';
    return {
      tone: 'bad',
      title: 'Ticks come late',
      reason: `${missed}One in a hundred is late by ${late} or more: close other programs on this computer.`,
    };
  }
  const { unanswered = 0, answers = 0 } = counters;
  const lost =
    unanswered > 0
      ? `${groupDigits(unanswered)} of ${groupDigits(answers + unanswered)} answers lost and asked for again`
      : 'Nothing lost';
  return { tone: 'good', title: 'Link good', reason: `${lost}; 99 of 100 ticks within ${late}.` };
}

/** Motors are asked again where an answer stays away: a few of many are no loss of data. */
function isAskedAgain(name: string, { unanswered = 0, answers = 0 }: Record<string, number>): boolean {
  return name === 'unanswered' && unanswered <= LOST_SHARE * answers;
}
