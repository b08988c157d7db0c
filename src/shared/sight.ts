import type { Evaluation } from './model';

/** Shares of variance (R²) so many steps ahead; null where it was not measured. */
export interface Sight {
  horizon: number;
  /** Of the picture; at horizon 0 of the one that is seen. */
  picture: number | null;
  reward: number | null;
}

/** How far a model that learned from pictures sees; empty of any other. */
export function sightOf({ pictures, channels, horizons, report }: Evaluation): Sight[] {
  const reward = channels.find(({ name }) => name === 'reward');
  const spread = report?.channels.find(({ name }) => name === 'reward')?.spread ?? 0;
  return (pictures?.horizons ?? []).map((horizon, i) => {
    const error = reward?.error[horizons.indexOf(horizon)] ?? null;
    return {
      ...{ horizon, picture: pictures?.explained[i] ?? null },
      reward: error === null || spread === 0 ? null : 1 - (error / spread) ** 2,
    };
  });
}

/** Share below which what is foretold is not worth being called seen. */
const SEEN = 0.5;

/** The same in a sentence. */
export function sightWords(sight: readonly Sight[], periodSeconds: number): string {
  const now = sight.find(({ horizon }) => horizon === 0)?.picture ?? null;
  if (now === null) return '';
  const far = (of: 'picture' | 'reward') =>
    Math.max(0, ...sight.filter((one) => (one[of] ?? 0) >= SEEN).map(({ horizon }) => horizon));
  const steps = (count: number) =>
    count === 0
      ? 'no step ahead'
      : `${count} step${count === 1 ? '' : 's'} (${Number((count * periodSeconds).toPrecision(2))} s) ahead`;
  const share = `It shows ${Math.max(0, Math.round(100 * now))} % of what changes in the picture.`;
  return `${share} More than half of it is foretold ${steps(far('picture'))}, of the reward ${steps(far('reward'))}.`;
}
