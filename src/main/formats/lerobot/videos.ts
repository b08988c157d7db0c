import { encode } from 'jpeg-js';
import { decodePicture, pictureKind } from '../../camera/picture-file';
import { encodePng } from '../../camera/png';
import type { SeenFile, SharedCamera } from '../types';
import { Mp4Writer, type PictureCodec } from '../video/mp4';
import { type FeatureStats, joinedStats, RunningStats } from './stats';

/** A file is closed when it is so large and an episode ends. */
export const VIDEO_FILE_MB = 200;
/** Pictures of an episode that its statistics are taken from at most, evenly spread, as LeRobot does it. */
const MOST_SAMPLES = 100;
/** Units of a video's clock in a frame: a rate that is no whole number has one then. */
const UNITS = 1000;

/** Where an episode lies in a camera's files. */
export interface VideoPlace {
  file: number;
  /** Seconds in that file. */
  from: number;
  to: number;
}

/** A camera's video files of a data set: one frame a row, at the rate of the rows. */
export class CameraVideo {
  /** Of red, green and blue, 0 to 1, one number a colour. */
  stats: FeatureStats | undefined;
  readonly #codecs = new Set<PictureCodec>();
  #writer: { mp4: Mp4Writer; codec: PictureCodec } | undefined;
  #files = 0;

  /** @param pathOf where a file of this number goes; its folder is there */
  constructor(
    readonly camera: SharedCamera,
    private readonly rate: number,
    private readonly pathOf: (file: number) => Promise<string>,
  ) {}

  /** As FFmpeg calls them. */
  get codecs(): string {
    return [...this.#codecs].map((codec) => (codec === 'jpeg' ? 'mjpeg' : codec)).join(', ');
  }

  /**
   * An episode of `steps` frames. The picture that was seen after the last of them alone follows behind the episode's end, where
   * LeRobot does not look.
   */
  async add(files: AsyncIterable<SeenFile>, steps: number): Promise<VideoPlace> {
    const { width, height } = this.camera;
    const stats = new RunningStats(3, Math.min(MOST_SAMPLES, steps) * width * height);
    const stride = Math.max(1, Math.ceil(steps / MOST_SAMPLES));
    let place: VideoPlace | undefined;
    let dark = 0;
    let row = 0;
    let after: Uint8Array | null = null;
    for await (const { data, rows: seen } of files) {
      const rows = Math.min(seen, steps - row - dark);
      if (rows === 0) {
        after = data;
        continue;
      }
      if (data === null) {
        dark = rows;
        continue;
      }
      const codec = pictureKind(data);
      const mp4 = await this.#writerFor(codec, place === undefined);
      place ??= { file: this.#files - 1, from: this.#seconds(mp4.length), to: 0 };
      if (dark > 0) await mp4.add(black(codec, width, height), UNITS, dark);
      row += dark;
      dark = 0;
      await mp4.add(data, UNITS, rows);
      const sampled = Math.floor((row + rows - 1) / stride) - Math.floor((row - 1) / stride);
      if (sampled > 0) stats.add(shades(data), width * height);
      row += rows;
    }
    // An episode of which the camera saw nothing at all.
    if (place === undefined) {
      const codec = after === null ? 'png' : pictureKind(after);
      const mp4 = await this.#writerFor(codec, true);
      place = { file: this.#files - 1, from: this.#seconds(mp4.length), to: 0 };
      await mp4.add(black(codec, width, height), UNITS, Math.max(dark, steps));
      stats.add(new Float64Array(3 * width * height), width * height);
      row = steps;
    }
    place.to = place.from + this.#seconds(row);
    if (after !== null) await this.#writer?.mp4.add(after, UNITS);
    this.stats = joinedStats(this.stats, stats.stats());
    return place;
  }

  async finish(): Promise<void> {
    await this.#writer?.mp4.finish();
    this.#writer = undefined;
  }

  async abandon(): Promise<void> {
    await this.#writer?.mp4.abandon();
  }

  get #timescale(): number {
    return Math.round(this.rate * UNITS);
  }

  /** How long so many frames take in a file. */
  #seconds(frames: number): number {
    return (frames * UNITS) / this.#timescale;
  }

  /** A file holds pictures of one kind; an episode lies in one file. */
  async #writerFor(codec: PictureCodec, mayRoll: boolean): Promise<Mp4Writer> {
    const open = this.#writer;
    const isFull = open !== undefined && open.mp4.bytes >= VIDEO_FILE_MB * 1e6;
    if (open && (!mayRoll || (!isFull && open.codec === codec))) return open.mp4;
    await this.finish();
    const { width, height } = this.camera;
    const path = await this.pathOf(this.#files++);
    const mp4 = await Mp4Writer.create(path, { codec, width, height, timescale: this.#timescale });
    this.#codecs.add(codec);
    this.#writer = { mp4, codec };
    return mp4;
  }
}

function black(codec: PictureCodec, width: number, height: number): Uint8Array {
  if (codec === 'png') return encodePng(new Uint8Array(3 * width * height), width, height);
  return encode({ width, height, data: Buffer.alloc(4 * width * height) }, 90).data;
}

/** [pixels, 3], 0 to 1. */
function shades(file: Uint8Array): Float64Array {
  const { data, channels } = decodePicture(file);
  const pixels = data.length / channels;
  return Float64Array.from({ length: 3 * pixels }, (_, i) => {
    const at = channels === 3 ? i : Math.floor(i / 3);
    return data[at]! / 255;
  });
}
