import { pictureSize } from '../../camera/picture-file';
import { badFile } from '../faults';
import { cameraNames, MOST_SIDE, pictureParts } from '../picture-parts';
import type { DatasetCamera, DatasetPart, DatasetPicture } from '../types';
import type { McapFile } from './file';
import { messages } from './messages';

/** A topic of packed pictures, as ROS and Foxglove have it: { format, data }, in JSON as base64. */
export const holdsPictures = (schema: string): boolean => /CompressedImage$/.test(schema);

export interface FoundPictures {
  cameras: DatasetCamera[];
  remarks: string[];
}

/** Cameras by the first message of each topic of pictures. @param rate messages a second; null where that is not known */
export function camerasIn(
  topics: readonly { topic: string; first: unknown; rate: number | null }[],
): FoundPictures {
  const remarks: string[] = [];
  const sized = topics.flatMap(({ topic, first, rate }) => {
    const file = fileIn(first);
    const size = file && pictureSize(file);
    if (size && Math.max(size.width, size.height) <= MOST_SIDE) return [{ column: topic, ...size, rate }];
    const why = size ? `have more than ${MOST_SIDE} pixels a side` : 'are no PNG or JPEG files';
    remarks.push(`The pictures of ${topic} ${why}: the rows come without them.`);
    return [];
  });
  const names = cameraNames(
    sized.map(({ column }) => column.replace(/\/(image(_raw)?|compressed)(?=\/|$)/g, '')),
  );
  return { cameras: sized.map((camera, i) => ({ ...camera, name: names[i] ?? camera.column })), remarks };
}

function fileIn(message: unknown): Uint8Array | undefined {
  const { data } = (message ?? {}) as { data?: unknown };
  return typeof data === 'string' ? new Uint8Array(Buffer.from(data, 'base64')) : undefined;
}

/** A piece of a recording that becomes an episode. */
export interface Piece {
  /** Of its first row, ns on the file's clock. */
  begin: bigint;
  rows: number;
  periodSeconds: number;
}

/** What cameras saw while a piece went on, each picture at its own time. @throws ForesightError bad-data with the message */
export async function* piecePictures(
  file: McapFile,
  cameras: readonly DatasetCamera[],
  { begin, rows, periodSeconds }: Piece,
): AsyncGenerator<DatasetPart, void, void> {
  const seconds = (rows - 1) * periodSeconds;
  const range = { startTime: begin, endTime: begin + BigInt(Math.round(seconds * 1e9)) };
  for (const [place, { column }] of cameras.entries()) {
    yield* pictureParts(place, rows, pictures(file, column, range, periodSeconds));
  }
}

async function* pictures(
  file: McapFile,
  topic: string,
  range: { startTime: bigint; endTime: bigint },
  periodSeconds: number,
): AsyncGenerator<DatasetPicture, void, void> {
  let sequence = 0;
  for await (const { message, time, at } of messages(file, [topic], range)) {
    const data = fileIn(message);
    if (data === undefined) throw badFile(file.name, at, 'holds no picture');
    const hostSeconds = Number(time - range.startTime) / 1e9;
    yield { row: Math.floor(hostSeconds / periodSeconds), sequence: sequence++, hostSeconds, data };
  }
}
