import type { Eyes as EyesSummary } from '../../../../shared/eyes';
import type { OptionsOf } from '../../../../shared/model-options';
import type { Random } from '../../../../shared/random';
import type { TensorSpec } from '../../../tensor';
import type { Eyes } from '../../types';
import { shifted } from '../augment';
import { writeNormalised } from '../light';
import type { SeenEpisode } from '../pictures';
import { camerasOf, coloursOf, heightOf, pixelsOf } from '../size';
import { unitOf } from '../unit';
import { WINDOWS } from './bound';
import { recurrentOf } from './filter';
import { lookOf } from './glimpses';

/** What a batch of windows is made from. */
export interface Windowed {
  summary: EyesSummary;
  options: OptionsOf<'latent-recurrent'>;
  episodes: readonly SeenEpisode[];
  random: Random;
}

/** Of half a batch, as `negativeBound` takes them. */
export function windowFeeds({ summary, options }: Pick<Windowed, 'summary' | 'options'>): TensorSpec[] {
  const { inferred, actions } = recurrentOf(summary);
  const steps = [options.window, WINDOWS];
  const shape = [...steps, heightOf(summary), summary.size, coloursOf(summary)];
  return [
    { name: 'pictures', shape },
    ...(options.shift > 0 ? [{ name: 'shifted', shape }] : []),
    { name: 'saw', shape: [...steps, camerasOf(summary)] },
    { name: 'noise', shape: [...steps, inferred] },
    { name: 'actions', shape: [...steps, actions] },
    { name: 'reward', shape: [...steps, 1] },
  ];
}

type Feeds = Record<'pictures' | 'shifted' | 'saw' | 'noise' | 'actions' | 'reward', Float32Array>;

/** What writes half a batch of windows, drawn alike from all steps at which one can begin. */
export function windowFiller(
  { summary, options, episodes, random }: Windowed,
  pixels: Eyes['arrays'],
): (into: Record<string, Float32Array>) => void {
  const { window, shift } = options;
  const { actions } = recurrentOf(summary);
  const [numbers, cameras] = [pixelsOf(summary), camerasOf(summary)];
  // The last row has no action.
  const starts = episodes.map((episode) => Math.max(0, episode.rows - window));
  const total = starts.reduce((sum, count) => sum + count, 0);
  const reward = unitOf(episodes.map((episode) => episode.reward.subarray(1)));
  const places = random.fork('windows');
  const noise = random.fork('noise');
  const eyes = { summary, arrays: pixels };
  const turn = () => (shift > 0 ? places.integer(2 * shift + 1) - shift : 0);
  return (given) => {
    const feeds = given as Feeds;
    for (let w = 0; w < WINDOWS; w++) {
      let first = places.integer(total);
      let which = 0;
      while (first >= (starts[which] as number)) first -= starts[which++] as number;
      const episode = episodes[which] as SeenEpisode;
      const [down, right] = [turn(), turn()];
      for (let k = 0; k < window; k++) {
        const [row, at] = [first + k, k * WINDOWS + w];
        const look = lookOf(episode, row, numbers);
        for (let c = 0; c < cameras; c++) feeds.saw[at * cameras + c] = look?.saw[c] ? 1 : 0;
        const into = feeds.pictures.subarray(at * numbers, (at + 1) * numbers);
        if (look) writeNormalised(eyes, look.picture, into, 0);
        else into.fill(0);
        if (shift > 0) shifted(summary, into, feeds.shifted.subarray(at * numbers), down, right);
        for (let a = 0; a < actions; a++) {
          feeds.actions[at * actions + a] = episode.actions[row * actions + a]!;
        }
        feeds.reward[at] = (episode.reward[row + 1]! - reward.mean) * reward.scale;
      }
    }
    for (let i = 0; i < feeds.noise.length; i++) feeds.noise[i] = noise.normal();
  };
}
