import { plainWords } from '../../shared/channel-name';
import type { DatasetPart, DatasetPicture } from './types';

/** What of a data set's pictures is in hand at once. */
const PART_BYTES = 2 ** 20;
const PART_PICTURES = 64;
/** Of a picture that is taken, pixels: as of a rig's camera. */
export const MOST_SIDE = 2048;

/** Pictures of a camera of an episode of so many rows, as parts of some megabytes. */
export async function* pictureParts(
  camera: number,
  rows: number,
  pictures: AsyncIterable<DatasetPicture>,
): AsyncGenerator<DatasetPart, void, void> {
  let waiting: DatasetPicture[] = [];
  let bytes = 0;
  let done = 0;
  for await (const picture of pictures) {
    waiting.push(picture);
    bytes += picture.data.byteLength;
    if (bytes < PART_BYTES && waiting.length < PART_PICTURES) continue;
    yield { kind: 'pictures', camera, rows: picture.row - done, pictures: waiting };
    done = picture.row;
    waiting = [];
    bytes = 0;
  }
  yield { kind: 'pictures', camera, rows: rows - done, pictures: waiting };
}

/** Names for cameras, each another: lower-case letters, digits and hyphens, as rigs have them. */
export function cameraNames(called: readonly string[]): string[] {
  const taken = new Set<string>();
  return called.map((name) => {
    const words = plainWords(name, '-') || 'camera';
    let free = words;
    for (let i = 2; taken.has(free); i++) free = `${words}-${i}`;
    taken.add(free);
    return free;
  });
}
