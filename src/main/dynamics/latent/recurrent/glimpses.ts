import { pictureAt, type SeenEpisode } from '../pictures';

/** A picture whose brightest number is so little above its darkest shows nothing: a covered camera, a black picture. Of 255. */
const EVEN = 8;

/** Whether there is anything to be seen in a picture. */
export function showsSomething(picture: Uint8Array): boolean {
  let [least, most] = [255, 0];
  for (const value of picture) {
    if (value < least) least = value;
    if (value > most) most = value;
    if (most - least > EVEN) return true;
  }
  return false;
}

/**
 * What a row of an episode saw for the first time and that shows anything: what a filter looks at. Null where there is nothing of that
 * kind; a picture that is still the one of the row before (of a slower camera, or because one was lost) says nothing that is not known.
 */
export function lookOf(episode: SeenEpisode, row: number, numbers: number): Uint8Array | null {
  const { seen } = episode;
  const place = seen[row] as number;
  if (place < 0 || (row > 0 && place === seen[row - 1])) return null;
  const picture = pictureAt(episode, row, numbers);
  return showsSomething(picture) ? picture : null;
}

/** An episode with those of its pictures only that show anything, for what is counted over pictures. */
export const seenAlone =
  (numbers: number) =>
  (episode: SeenEpisode): SeenEpisode => {
    const count = episode.pictures.length / numbers;
    const picture = (i: number) => episode.pictures.subarray(i * numbers, (i + 1) * numbers);
    const shown = Array.from({ length: count }, (_, i) => picture(i)).filter(showsSomething);
    const pictures = new Uint8Array(shown.length * numbers);
    for (const [i, one] of shown.entries()) pictures.set(one, i * numbers);
    return { ...episode, pictures };
  };
