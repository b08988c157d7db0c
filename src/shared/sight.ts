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

/** A channel of the rig, and which share of its variance can be read off the state so many steps ahead. */
export interface ReadOff {
  name: string;
  explained: readonly (number | null)[];
}

/** Of a model that learned from pictures, where the rig's own channels were recorded beside them; empty otherwise. */
export const readOffOf = ({ pictures }: Evaluation): readonly ReadOff[] => pictures?.channels ?? [];

/** Share from which a channel is known well. */
const KNOWN = 0.9;

/**
 * What of the rig the model does not see, in a sentence; a weighted sum of its numbers is asked for no more than it can say. @param titleOf what channels are called
 */
export function unseenWords(channels: readonly ReadOff[], titleOf = (name: string) => name): string {
  const now = channels.flatMap(({ name, explained: [share] }) =>
    share === null || share === undefined ? [] : [{ name: titleOf(name), share }],
  );
  if (now.length === 0) return '';
  const listed = (some: typeof now) =>
    some.map(({ name, share }) => `${name} (${Math.max(0, Math.round(100 * share))} %)`).join(', ');
  const poorly = now.filter(({ share }) => share < SEEN);
  const partly = now.filter(({ share }) => share >= SEEN && share < KNOWN);
  if (poorly.length + partly.length === 0) return 'Every channel of the rig can be read off its state.';
  return [
    poorly.length > 0 ? `Read off its state poorly: ${listed(poorly)}.` : '',
    partly.length > 0 ? `In part: ${listed(partly)}.` : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
