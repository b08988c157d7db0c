import { join } from 'node:path';
import { badFile } from '../faults';
import { pictureParts } from '../picture-parts';
import type { Captures, DatasetPart, DatasetPicture } from '../types';
import { Mp4Reader, type Sample } from '../video/mp4-reader';
import { isThere, type VideoSource } from './cameras';

export interface EpisodeOfVideo {
  number: number;
  /** Frames. */
  rows: number;
  /** Which pictures they are, where Foresight wrote it; else each row's is looked at. */
  captures?: Omit<Captures, 'rate' | 'dropped'> | undefined;
}

/** The videos of one camera, one open at a time: many episodes lie in each, one after the other. */
export class CameraVideos {
  #open: { file: string; reader: Mp4Reader; samples: Samples } | undefined;

  /** @param place the camera's among those of the data set */
  constructor(
    private readonly source: VideoSource,
    private readonly place: number,
    private readonly periodSeconds: number,
  ) {}

  /** The pictures of an episode, or what is missing of them. @throws ForesightError bad-data with the place */
  async *of(episode: EpisodeOfVideo): AsyncGenerator<DatasetPart, void, void> {
    const { key, folder, places } = this.source;
    const at = places.get(episode.number);
    const none = (why: string): DatasetPart => ({
      kind: 'left',
      remark: `Episode ${episode.number} has no pictures of "${key}": its video ${why}.`,
    });
    if (at === undefined || !(await isThere(join(folder, at.file)))) {
      yield none(`is not there${at === undefined ? '' : ` (${at.file})`}`);
      return;
    }
    const { reader } = await this.#opened(at.file);
    const { codec, name } = reader.track;
    if (codec === null) yield none(`is ${name}, which is not read here`);
    else yield* pictureParts(this.place, episode.rows, this.#picturesFrom(at.from, episode));
  }

  async close(): Promise<void> {
    await this.#open?.reader.close();
    this.#open = undefined;
  }

  async #opened(file: string) {
    if (this.#open?.file === file) return this.#open;
    await this.close();
    const reader = await Mp4Reader.open(join(this.source.folder, file));
    this.#open = { file, reader, samples: new Samples(reader) };
    return this.#open;
  }

  /**
   * The picture of each row is the one that the video shows at its time, and one that is shown on and on is one picture; of what
   * Foresight wrote it is known which rows have which.
   */
  async *#picturesFrom(
    from: number,
    { number, rows, captures }: EpisodeOfVideo,
  ): AsyncGenerator<DatasetPicture, void, void> {
    if (this.#open === undefined) return;
    const { reader, samples } = this.#open;
    const period = this.periodSeconds * reader.track.timescale;
    const begin = from * reader.track.timescale;
    const missing = (row: number) =>
      badFile(
        reader.name,
        `episode ${number}, row ${row}`,
        'has no picture: the video is shorter than the rows',
      );
    samples.beginAt(begin - 0.5 * period);
    if (captures !== undefined) {
      const first = samples.shownAt(begin + 0.5 * period)?.index ?? 0;
      for (const [i, row] of captures.row.entries()) {
        const sample = samples.numbered(first + row);
        if (sample === undefined) throw missing(row);
        const [hostSeconds, deviceSeconds] = [captures.hostSeconds[i], captures.deviceSeconds[i]];
        yield {
          row,
          sequence: captures.sequence[i],
          hostSeconds,
          deviceSeconds,
          data: await reader.read(sample),
        };
      }
      return;
    }
    let shown: number | undefined;
    for (let row = 0; row < rows; row++) {
      const sample = samples.shownAt(begin + (row + 0.5) * period);
      if (sample === undefined || begin + row * period - sample.time > 1.5 * period) throw missing(row);
      if (sample.place === shown) continue;
      shown = sample.place;
      yield { row, data: await reader.read(sample) };
    }
  }
}

/** Samples of a video by times that mostly go on; where they do not, it is gone through from its beginning. */
class Samples {
  #rest: Generator<Sample, void, void>;
  #now: Sample | undefined;
  #next: IteratorResult<Sample, void>;

  constructor(private readonly reader: Mp4Reader) {
    this.#rest = reader.samples();
    this.#next = this.#rest.next();
  }

  /** What is asked for next lies behind this time. */
  beginAt(time: number): void {
    if (this.#now === undefined || this.#now.time <= time) return;
    this.#rest = this.reader.samples();
    this.#now = undefined;
    this.#next = this.#rest.next();
  }

  /** The last one that begins before this time. */
  shownAt(time: number): Sample | undefined {
    return this.#goOn((next) => next.time < time);
  }

  numbered(index: number): Sample | undefined {
    const found = this.#goOn((next) => next.index <= index);
    return found?.index === index ? found : undefined;
  }

  #goOn(isBefore: (next: Sample) => boolean): Sample | undefined {
    while (!this.#next.done && isBefore(this.#next.value)) {
      this.#now = this.#next.value;
      this.#next = this.#rest.next();
    }
    return this.#now;
  }
}
