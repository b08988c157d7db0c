import { createHash } from 'node:crypto';
import { READ_ROWS, type ReadRows, type SurveyedEpisode } from './types';

/** Pictures of an episode, camera by camera in their order. */
export type ReadPictures = (episode: number) => Iterable<{ camera: string; data: Uint8Array }>;

/**
 * SHA-256, hex, of what an episode says: the same for the same numbers and pictures, whatever its number and wherever it lies. Of names
 * and units of its channels and its period as JSON; then, in stretches of 4096 rows, as little-endian float64: seconds on the device's
 * clock since the first row, rewards, observations and actions [rows, channels]; then the pictures with the names of their cameras.
 */
export function contentSum(
  episode: SurveyedEpisode,
  read: ReadRows,
  pictures: ReadPictures,
  onRows: (rows: number) => void = () => {},
): string {
  const hash = createHash('sha256');
  const names = (channels: SurveyedEpisode['actions']) => channels.map(({ name, unit }) => [name, unit]);
  const { id, rows, observations, actions, periodSeconds } = episode;
  hash.update(JSON.stringify([names(observations), names(actions), periodSeconds, rows]));
  let begins = 0;
  for (let from = 0; from < rows; from += READ_ROWS) {
    const part = read(id, from, Math.min(rows, from + READ_ROWS));
    if (from === 0) begins = part.deviceSeconds[0] ?? 0;
    const seconds = part.deviceSeconds.map((second) => second - begins);
    for (const numbers of [seconds, part.reward, part.observations, part.actions]) {
      hash.update(new Uint8Array(canonical(numbers).buffer));
    }
    onRows(part.rows);
  }
  for (const { camera, data } of pictures(id)) hash.update(camera).update(data);
  return hash.digest('hex');
}

/** There are many NaN and two zeros; the same number shall be the same bytes. */
const canonical = (numbers: Float64Array): Float64Array =>
  numbers.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));

/** Of a set: of its episodes' sums, in the order of these, so that numbers and order do not count. */
export const setSum = (sums: readonly string[]): string =>
  createHash('sha256')
    .update([...sums].sort().join('\n'))
    .digest('hex');
