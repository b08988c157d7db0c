import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { type Eyes, shows, viewsOf } from '../../shared/eyes';
import { type FilmStrip, type ForeseenStrip, STRIP_STEPS } from '../../shared/film-strip';
import type { LatentMap } from '../../shared/latent-map';
import type { EpisodeStretch } from '../../shared/model';
import { sampledStretches } from '../dynamics/data/stretches';
import { SightThread } from '../jobs/sight/sight-thread';
import type { Log, ModelRecord } from '../log/types';
import { type Models, summaryOf } from './models';
import type { Foreseen, Telemetry } from './telemetry';
import { chooseEpisodes } from './training-episodes';

/** A thread that nobody asked for so long ends: a model that is ready to look takes memory. */
const IDLE_MS = 60_000;
const KEPT_STRIPS = 200;
const KEPT_MAPS = 4;
/** Episodes of a map at most, spread over all of them, and states of theirs. */
const MAPPED = { episodes: 20, most: 4000, piece: 200 };

/** What models that learned from pictures make of recorded episodes, and what plans in their states foresee, found in threads of their own. */
export class Sights {
  #thread: SightThread | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #maps = new Set<SightThread>();
  readonly #knownStrips = new Known<FilmStrip>(KEPT_STRIPS);
  readonly #knownMaps = new Known<LatentMap>(KEPT_MAPS);
  /** A plan that is not replaced is not drawn again. */
  #drawn: { plan: Foreseen; strip: Promise<ForeseenStrip> } | undefined;

  constructor(
    private readonly log: Log,
    private readonly models: Pick<Models, 'record' | 'fileOf'>,
    private readonly telemetry: Pick<Telemetry, 'foreseen'>,
  ) {}

  /**
   * What a model makes of an episode from a row on; null for its newest rows, also while it is being recorded.
   * @throws ForesightError not-found, wrong-use (it learned from channels), bad-data (another camera), unavailable (no picture)
   */
  async strip(model: string, episode: number, row: number | null): Promise<FilmStrip> {
    const record = await this.models.record(model);
    const eyes = eyesOf(record);
    const summary = await this.log.episode(episode);
    await this.#requireSees(record, eyes, summary);
    // An episode that is over has the rows that it has; one that is not has more of them later.
    const key = `${record.hash} ${episode} ${summary.steps} ${row}`;
    const known = row === null ? undefined : this.#knownStrips.get(key);
    if (known) return known;
    const modelFile = this.models.fileOf(record.hash);
    const strip = await this.#look((thread) =>
      thread.strip({ workspace: this.log.folder, modelFile, episode, row, steps: summary.steps }),
    );
    return row === null ? strip : this.#knownStrips.put(key, strip);
  }

  /**
   * What the newest plan of an episode foresees; null while there is none in this model's states.
   * @throws ForesightError not-found, wrong-use (it learned from channels)
   */
  async foreseen(model: string, episode: number): Promise<ForeseenStrip | null> {
    const record = await this.models.record(model);
    eyesOf(record);
    const plan = this.telemetry.foreseen;
    const modelFile = this.models.fileOf(record.hash);
    if (plan?.modelFile !== modelFile || plan.episode !== episode) return null;
    if (this.#drawn?.plan === plan) return this.#drawn.strip;
    const strip = this.#look(async (thread) => {
      const moments = momentsOf(plan);
      const pictures = await thread.pictures({ modelFile, states: moments.map(({ state }) => state) });
      return {
        ...{ episode, step: plan.step },
        moments: moments.map(({ steps }, i) => ({ steps, imagined: pictures[i] as string })),
      };
    });
    this.#drawn = { plan, strip };
    return strip;
  }

  /** Where recorded steps lie in a model's latent space. Ends with who asked. @throws ForesightError as `strip`; cancelled */
  async map(model: string, signal?: AbortSignal): Promise<LatentMap> {
    const record = await this.models.record(model);
    const stretches = await this.#mapped(record, eyesOf(record));
    const key = JSON.stringify([record.hash, stretches]);
    const known = this.#knownMaps.get(key);
    if (known) return known;
    if (signal?.aborted) throw stopped();
    const thread = new SightThread();
    this.#maps.add(thread);
    const stop = () => void thread.terminate();
    signal?.addEventListener('abort', stop);
    try {
      const modelFile = this.models.fileOf(record.hash);
      const map = await thread.map({ workspace: this.log.folder, modelFile, stretches });
      return this.#knownMaps.put(key, map);
    } catch (thrown) {
      if (!signal?.aborted) throw thrown;
      throw stopped();
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#maps.delete(thread);
      await thread.terminate();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await Promise.all([this.#thread?.terminate(), ...[...this.#maps].map((map) => map.terminate())]);
  }

  /** In the thread that strips are found in, one after another. */
  async #look<Found>(find: (thread: SightThread) => Promise<Found>): Promise<Found> {
    if (this.#thread === undefined || this.#thread.ended) this.#thread = new SightThread();
    clearTimeout(this.#idle);
    return find(this.#thread).finally(() => this.#rest());
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#thread?.close();
      this.#thread = undefined;
    }, IDLE_MS);
    this.#idle.unref();
  }

  /** Whole episodes that the model can see, some of many. */
  async #mapped(record: ModelRecord, eyes: Eyes): Promise<EpisodeStretch[]> {
    const all = await chooseEpisodes(this.log, { rig: record.rig });
    const chosen: EpisodeSummary[] = [];
    const every = Math.max(1, all.length / MAPPED.episodes);
    for (let i = 0; i < all.length; i += every) {
      const one = all[Math.floor(i)] as EpisodeSummary;
      if (await this.#sees(record, eyes, one)) chosen.push(one);
    }
    if (chosen.length === 0) {
      throw new ForesightError(
        'bad-data',
        `No episode of the rig ${record.rig} was recorded with ${lookedThrough(eyes)}.`,
        'Record one with the camera that this model looks through.',
      );
    }
    const whole = chosen.map(({ id, steps }) => ({ episode: id, firstRow: 0, rows: steps + 1 }));
    return sampledStretches(whole, MAPPED);
  }

  async #sees(record: ModelRecord, eyes: Eyes, episode: EpisodeSummary): Promise<boolean> {
    const cameras = await this.log.cameras(episode.id);
    return (
      viewsOf(eyes).every((view) => cameras.some((camera) => shows(camera, view))) &&
      episode.actions.length === summaryOf(record).actions.length
    );
  }

  async #requireSees(record: ModelRecord, eyes: Eyes, episode: EpisodeSummary): Promise<void> {
    if (await this.#sees(record, eyes, episode)) return;
    throw new ForesightError(
      'bad-data',
      `The model "${record.name}" looks through ${lookedThrough(eyes)}; episode ${episode.id} has no such pictures.`,
      'Choose a model of the camera that this episode was recorded with.',
    );
  }
}

/** "the camera "side" of 64 × 64 pixels", of several with "and" between them. */
const lookedThrough = (eyes: Eyes): string =>
  viewsOf(eyes)
    .map(({ camera, width, height }) => `the camera "${camera}" of ${width} × ${height} pixels`)
    .join(' and ');

const stopped = () => new ForesightError('cancelled', 'Drawing the map was stopped.', 'Ask for it again.');

/** The states of a plan that are drawn: how it begins, and some steps of it; of one that looks less far its last. None of those that diverged. */
function momentsOf({ states, horizon }: Foreseen): { steps: number; state: Float32Array }[] {
  const steps = [...new Set(STRIP_STEPS.map((ahead) => Math.min(ahead, horizon)))];
  const width = states.length / (horizon + 1);
  return steps
    .map((ahead) => ({ steps: ahead, state: states.slice(ahead * width, (ahead + 1) * width) }))
    .filter(({ state }) => state.every(Number.isFinite));
}

/** The newest answers, by what was asked. */
class Known<Answer> {
  readonly #answers = new Map<string, Answer>();

  constructor(private readonly most: number) {}

  get(key: string): Answer | undefined {
    const answer = this.#answers.get(key);
    if (answer !== undefined) this.put(key, answer);
    return answer;
  }

  put(key: string, answer: Answer): Answer {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.most && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}

function eyesOf(record: ModelRecord): Eyes {
  const { eyes } = summaryOf(record);
  if (eyes) return eyes;
  throw new ForesightError(
    'wrong-use',
    `The model "${record.name}" did not learn from pictures: it sees nothing.`,
    'Choose a model of the class "Latent, from pictures".',
  );
}
