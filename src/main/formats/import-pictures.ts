import { pictureSize } from '../camera/picture-file';
import type { CameraInfo, Log, LoggedFrame } from '../log/types';
import { badFile } from './faults';
import type { DatasetPicture } from './types';

/** Pictures that are written at once, bytes. */
const PART_BYTES = 2 ** 21;
const MOST_SEQUENCE = 2 ** 31 - 1;

/** Pictures of one episode on their way into the log, each looked at before it is taken. */
export class StagedPictures {
  #waiting: LoggedFrame[] = [];
  #bytes = 0;
  readonly #last: (LoggedFrame | undefined)[];
  readonly #counts: number[];

  constructor(
    private readonly log: Pick<Log, 'stageFrames'>,
    private readonly id: number,
    private readonly cameras: readonly CameraInfo[],
    private readonly place: string,
  ) {
    this.#counts = cameras.map(() => 0);
    this.#last = cameras.map(() => undefined);
  }

  /**
   * @param secondsOf when a row was, on the host's clock
   * @throws ForesightError bad-data: no whole picture, another size than its camera's, or one that comes before the one before it
   */
  async add(
    camera: number,
    pictures: readonly DatasetPicture[],
    secondsOf: (row: number) => number | undefined,
  ): Promise<void> {
    for (const picture of pictures) {
      const frame = this.#frameOf(camera, picture, secondsOf(picture.row));
      this.#last[camera] = { ...frame, data: EMPTY };
      this.#counts[camera] = (this.#counts[camera] ?? 0) + 1;
      this.#waiting.push(frame);
      this.#bytes += frame.data.byteLength;
      if (this.#bytes >= PART_BYTES) await this.#stage();
    }
  }

  /** @returns how many of each camera there were */
  async end(): Promise<readonly number[]> {
    if (this.#waiting.length > 0) await this.#stage();
    return this.#counts;
  }

  async #stage(): Promise<void> {
    const frames = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    await this.log.stageFrames(this.id, frames);
  }

  #frameOf(camera: number, picture: DatasetPicture, rowSeconds: number | undefined): LoggedFrame {
    const { row, sequence = row, hostSeconds = rowSeconds, deviceSeconds, data } = picture;
    const known = this.cameras[camera];
    const place = `picture of camera "${known?.name}" at row ${row}`;
    const size = pictureSize(data);
    if (size === null)
      throw badFile(this.place, place, 'is no whole PNG or JPEG file of a kind that is read here');
    if (size.width !== known?.width || size.height !== known.height) {
      throw badFile(
        this.place,
        place,
        `has ${size.width} × ${size.height} pixels, and its camera ${known?.width} × ${known?.height}`,
      );
    }
    const last = this.#last[camera];
    const isLater =
      sequence > (last?.sequence ?? -1) && (hostSeconds ?? Number.NaN) >= (last?.hostSeconds ?? -Infinity);
    if (
      hostSeconds === undefined ||
      !isLater ||
      !Number.isSafeInteger(sequence) ||
      sequence > MOST_SEQUENCE
    ) {
      throw badFile(this.place, place, 'was captured before the one before it, or when is not said');
    }
    // Where the device's clock is not known, the host's is taken, as of rows.
    const onDevice =
      deviceSeconds !== undefined && Number.isFinite(deviceSeconds) ? deviceSeconds : hostSeconds;
    return { camera, sequence, hostSeconds, deviceSeconds: onDevice, data };
  }
}

const EMPTY = new Uint8Array(0);
