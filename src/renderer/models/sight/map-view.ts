import type { LatentMap } from '../../../shared/latent-map';
import { channelColour, returnColour } from '../../charts/colours';
import { formatNumber } from '../../ui/format';

/** What points are coloured by. */
export type ColouredBy = 'second' | 'reward' | 'episode';

/** The map's drawing, in its own units. */
export const MAP_WIDTH = 640;
export const MAP_HEIGHT = 400;
const MARGIN = 14;
/** Farther than this from every point nothing is pointed at. */
const REACH = 24;

/** Where each point is drawn; both axes in one scale, as distances mean something. */
export function mapPlaces({ x, y }: Pick<LatentMap, 'x' | 'y'>): { x: number; y: number }[] {
  const [left, right] = ends(x);
  const [low, high] = ends(y);
  const scale = Math.min(
    (MAP_WIDTH - 2 * MARGIN) / (right - left || 1),
    (MAP_HEIGHT - 2 * MARGIN) / (high - low || 1),
  );
  return x.map((value, i) => ({
    x: MAP_WIDTH / 2 + scale * (value - (left + right) / 2),
    y: MAP_HEIGHT / 2 - scale * ((y[i] as number) - (low + high) / 2),
  }));
}

/** The point that is pointed at; null where none is near. */
export function nearestPoint(
  places: readonly { x: number; y: number }[],
  at: { x: number; y: number },
): number | null {
  let [found, least]: [number | null, number] = [null, REACH];
  for (const [i, place] of places.entries()) {
    const apart = Math.hypot(place.x - at.x, place.y - at.y);
    if (apart < least) [found, least] = [i, apart];
  }
  return found;
}

/** A colour a point; one without a number has none. */
export function mapColours(map: LatentMap, by: ColouredBy): (string | null)[] {
  if (by === 'episode') {
    const numbers = [...new Set(map.episode)];
    return map.episode.map((id) => channelColour(numbers.indexOf(id)));
  }
  const values = map[by];
  const [low, high] = ends(values);
  return values.map((value) => {
    if (value === null) return null;
    const [r, g, b] = returnColour((value - low) / (high - low || 1)).map((c) => Math.round(255 * c));
    return `rgb(${r},${g},${b})`;
  });
}

/** Ends of what the colours go over, with their unit; null where they are no scale. */
export function colourEnds(map: LatentMap, by: ColouredBy): [string, string] | null {
  if (by === 'episode') return null;
  const [low, high] = ends(map[by]);
  const unit = by === 'second' ? ' s' : '';
  return [`${formatNumber(low, 3)}${unit}`, `${formatNumber(high, 3)}${unit}`];
}

/** What a point is, in words. */
export function pointWords({ episode, row, second, reward }: LatentMap, i: number): string {
  const earned = reward[i];
  const words = `Episode ${episode[i]}, step ${row[i]}, ${formatNumber(second[i], 3)} s`;
  return earned === null || earned === undefined ? words : `${words}, reward ${formatNumber(earned, 3)}`;
}

/** Points of the same episode, in their order. */
export const pathOf = ({ episode }: LatentMap, i: number): number[] =>
  episode.flatMap((id, k) => (id === episode[i] ? [k] : []));

function ends(values: readonly (number | null)[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 0] : [low, high];
}
