import { formatCount } from '../ui/format';

/** How far the model does better than both trivial predictors. */
export function betterWords({ trusted, measured }: { trusted: number; measured: number }): string {
  if (measured === 0) return 'not measured';
  if (trusted === 0) return 'not better than a guess';
  const steps = formatCount(trusted, 'step');
  return trusted === measured ? `beats a guess at all ${steps}` : `beats a guess up to ${steps}`;
}

/**
 * "25 steps (0.5 s)", "all 200 steps", "not even 1 step".
 * @param steps of the verdict: 0 also where the error is small and a trivial guess is no worse at the first step
 */
export function trustedWords(
  steps: number,
  { trusted, measured }: { trusted: number | null; measured: number },
  periodSeconds: number,
): string {
  if (measured === 0) return 'not measured';
  if (steps === 0) return trusted ? 'a guess is no worse' : 'not even 1 step';
  const seconds = `${Number((steps * periodSeconds).toPrecision(3))} s`;
  if (steps >= measured) return `all ${measured} steps (${seconds})`;
  return `${formatCount(steps, 'step')} (${seconds})`;
}

/** What a training will be judged on. @param last as in the form: a share, 0 for nothing, null where the program chooses */
export function keptOutWords(last: number | null): { words: string; doubtful: boolean } {
  if (last === null)
    return { words: 'About a fifth of it is kept out to judge the model on.', doubtful: false };
  if (last === 0)
    return { words: 'Nothing is kept out to judge the model on: it will not be tested.', doubtful: true };
  const share = Math.round(1000 * last) / 10;
  return {
    words: `The last ${share} % of every episode are kept out to judge the model on.`,
    doubtful: false,
  };
}
