import type { ChannelInfo, EpisodeSummary } from '../../../shared/episode';
import type { SharedCamera } from '../types';

/** The version of Minari whose layout this is; it refuses versions that it does not know. */
const MINARI_VERSION = '0.5.4';

/** metadata.json, as Minari has it beside main_data.hdf5: spaces are JSON in JSON, and their infinity is Python's. */
export function minariMetadata(
  episodes: readonly EpisodeSummary[],
  cameras: readonly SharedCamera[],
  bytes: number,
): string {
  const [first] = episodes;
  const state = box(first?.observations ?? []);
  const pictures = cameras.map(
    ({ name, width, height }) =>
      `${JSON.stringify(`${name}_image`)}: ${boxOf('uint8', [height, width, 3], filled([height, width, 3], '0'), filled([height, width, 3], '255'))}`,
  );
  const observations =
    cameras.length === 0
      ? state
      : `{"type": "Dict", "subspaces": {"state": ${state}, ${pictures.join(', ')}}}`;
  return `${JSON.stringify(
    {
      total_episodes: episodes.length,
      total_steps: episodes.reduce((sum, { steps }) => sum + steps, 0),
      data_format: 'hdf5',
      jpeg_encoding: false,
      observation_space: observations,
      action_space: box(first?.actions ?? []),
      dataset_id: `${first?.rig ?? 'foresight'}-v0`,
      minari_version: MINARI_VERSION,
      dataset_size: Math.round(bytes / 1e5) / 10,
    },
    null,
    2,
  )}\n`;
}

/** Channels that turn have no limits: they go on past theirs. */
function box(channels: readonly ChannelInfo[]): string {
  const limits = (end: 0 | 1, none: string) =>
    `[${channels.map(({ limits: known, angle }) => (known === null || angle ? none : String(known[end]))).join(', ')}]`;
  return boxOf('float64', [channels.length], limits(0, '-Infinity'), limits(1, 'Infinity'));
}

const boxOf = (dtype: string, shape: readonly number[], low: string, high: string) =>
  `{"type": "Box", "dtype": "${dtype}", "shape": ${JSON.stringify(shape)}, "low": ${low}, "high": ${high}}`;

/** A nested list of one number. */
function filled([length = 0, ...rest]: readonly number[], value: string): string {
  const inner = rest.length === 0 ? value : filled(rest, value);
  return `[${new Array<string>(length).fill(inner).join(', ')}]`;
}
