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

/** Whether each camera's part of a picture shows anything. @param cameras of which it shows one below the other */
export const showsEverywhere = (picture: Uint8Array, cameras: number): boolean =>
  partsOf(picture, cameras).every(showsSomething);

const partsOf = (picture: Uint8Array, cameras: number): Uint8Array[] => {
  const numbers = picture.length / cameras;
  return Array.from({ length: cameras }, (_, i) => picture.subarray(i * numbers, (i + 1) * numbers));
};

/** What a filter looks at in a step. */
export interface Looked {
  /** [height, size, colours], 0 to 255; of no meaning where a camera had nothing to be looked at. */
  picture: Uint8Array;
  /** Of each camera whether there is something to be looked at. */
  saw: boolean[];
}

/** What is looked at in a picture: of the cameras that have a new one the parts that show anything. Null where there is none. */
export function lookedAt(picture: Uint8Array, isNew: readonly boolean[]): Looked | null {
  const saw = partsOf(picture, isNew.length).map((part, i) => isNew[i] === true && showsSomething(part));
  return saw.includes(true) ? { picture, saw } : null;
}

/**
 * What a row of an episode saw for the first time and that shows anything: what a filter looks at. Null where there is nothing of that
 * kind; a picture that is still the one of the row before (of a slower camera, or because one was lost) says nothing that is not known.
 * At the first row that sees anything the pictures of all cameras are new.
 */
export function lookOf(episode: SeenEpisode, row: number, numbers: number): Looked | null {
  const { seen, parts } = episode;
  const place = seen[row] as number;
  const before = row > 0 ? (seen[row - 1] as number) : -1;
  if (place < 0 || place === before) return null;
  const now = parts?.[place] ?? [place];
  const then = before < 0 ? [] : (parts?.[before] ?? [before]);
  return lookedAt(
    pictureAt(episode, row, numbers),
    now.map((one, i) => one !== then[i]),
  );
}

/** An episode with those of its pictures only that show anything, of every camera where there are such, for what is counted over pictures. */
export const seenAlone =
  (numbers: number, cameras = 1) =>
  (episode: SeenEpisode): SeenEpisode => {
    const count = episode.pictures.length / numbers;
    const picture = (i: number) => episode.pictures.subarray(i * numbers, (i + 1) * numbers);
    const all = Array.from({ length: count }, (_, i) => picture(i));
    const whole = all.filter((one) => showsEverywhere(one, cameras));
    const shown = whole.length > 0 ? whole : all.filter(showsSomething);
    const pictures = new Uint8Array(shown.length * numbers);
    for (const [i, one] of shown.entries()) pictures.set(one, i * numbers);
    return { ...episode, pictures };
  };
