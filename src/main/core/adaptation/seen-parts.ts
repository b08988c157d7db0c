import { type Eyes, shows, viewsOf } from '../../../shared/eyes';
import { pixelsOf } from '../../dynamics/latent/size';
import type { Log } from '../../log/types';
import type { EpisodePart } from '../training-episodes';

/** Pictures that a lesson beside a run holds at most, as the network gets them: it must not take the memory that the run needs. */
const LESSON_BYTES = 256e6;

/** Which parts of a recording a model that learned from pictures can learn on from, beside a run. */
export class SeenParts {
  /** Of episodes that are over: whether the model's cameras saw them. */
  readonly #known = new Map<number, boolean>();

  constructor(
    private readonly log: Pick<Log, 'cameras' | 'episode'>,
    private readonly eyes: Eyes,
    private readonly mostBytes = LESSON_BYTES,
  ) {}

  /** Those that its cameras saw, and of more than there is room for the newest. @param parts in the order of their recording */
  async among(parts: readonly EpisodePart[]): Promise<EpisodePart[]> {
    const most = this.mostBytes / pixelsOf(this.eyes);
    const chosen: EpisodePart[] = [];
    let rows = 0;
    for (const part of [...parts].reverse()) {
      if (rows >= most) break;
      if (!(await this.#isSeen(part.episode))) continue;
      const all = (await this.log.episode(part.episode)).steps + 1;
      const firstRow = Math.max(part.firstRow, Math.ceil(all - (most - rows)));
      rows += all - firstRow;
      chosen.unshift({ ...part, firstRow });
    }
    return chosen;
  }

  async #isSeen(episode: number): Promise<boolean> {
    const known = this.#known.get(episode);
    if (known !== undefined) return known;
    const cameras = await this.log.cameras(episode);
    const seen = viewsOf(this.eyes).every((view) => cameras.some((camera) => shows(camera, view)));
    // One that goes on may yet get its first picture.
    if (seen) this.#known.set(episode, seen);
    return seen;
  }
}
