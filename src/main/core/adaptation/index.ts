import type { StepRow } from '../../../shared/episode';
import { asForesightError } from '../../../shared/errors';
import type { ModelSummary } from '../../../shared/model';
import { isLatent, type TrainOptions } from '../../../shared/model-options';
import type { AdaptOptions } from '../../../shared/plan';
import type { PolicySummary } from '../../../shared/policy';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import type { ActivityState } from '../../../shared/telemetry';
import { stepsIn } from '../../dynamics/data/stretches';
import type { Log } from '../../log/types';
import type { Models } from '../models';
import type { Notices } from '../notices';
import { policyFileOf, policyOf } from '../policy-shelf';
import type { PolicyTrainings } from '../policy-trainings';
import type { RunNotes } from '../run-notes';
import type { Practised, RunPilots } from '../run-pilots';
import { chooseEpisodes, type EpisodePart, loadSample, partsByNow } from '../training-episodes';
import type { TrainingRun } from '../trainings';
import type { PlantChangeFound } from './change-detector';
import { SeenParts } from './seen-parts';
import { Watch } from './watch';

/** Steps after a change before the first lesson from them, and how many times more before each further one. */
const FIRST_LESSON = 50;
const LESSON_GROWTH = 1.5;
/** Newest episodes of a model's own that it is compared with at the start. */
const BASELINE_EPISODES = 20;

export interface AdaptationParts {
  models: Models;
  log: Log;
  notices: Notices;
  notes: RunNotes;
  /** May still be compiling. */
  pilots: Promise<Pick<RunPilots, 'takeOver'>>;
  /** Who goes on learning in every model that is learned; null where the run's policy stays as it is, or it has none. */
  pupil: Pupil | null;
  rig: Rig;
  options: AdaptOptions;
  seed: number;
  model: ModelSummary;
  announce(change: Partial<ActivityState>): void;
}

/** A policy that goes on learning beside its run. */
export interface Pupil {
  trainings: Pick<PolicyTrainings, 'practise'>;
  policy: PolicySummary;
  task: TaskFile;
}

/** A change of the plant that is being learned. */
interface Change {
  /** Step of the run from which the plant is another one. */
  since: number;
  /** Step of the run at which the next lesson begins. */
  nextLesson: number;
  /** A model that has learned from what came after it is in force. */
  learned: boolean;
}

/**
 * What a run does about a model that no longer fits: watches it, says so, and, where the options ask for it, teaches a new
 * one beside the run and lets it take over between two steps.
 */
export class Adaptation {
  /** Null for a model that learned from pictures: what is recorded of a step is nothing that it predicts. */
  readonly #watch: Watch | null;
  readonly #random: Random;
  readonly #seen: SeenParts | null;
  #model: ModelSummary;
  /** By step of the run: where it was recorded. */
  readonly #places: EpisodePart[] = [];
  /** Where the plant as it is now begins; what is older is of another plant. */
  #validFrom: EpisodePart | null = null;
  #change: Change | null = null;
  #lessons = 0;
  #lastLesson = 0;
  #lesson: Promise<void> | null = null;
  #training: Pick<TrainingRun, 'cancel'> | null = null;
  /** With the policy that it is by now. */
  #pupil: Pupil | null;
  #stopped = false;

  private constructor(private readonly parts: AdaptationParts) {
    const { rig, options, model, notices } = parts;
    this.#model = model;
    this.#pupil = parts.pupil;
    this.#random = new Random(parts.seed).fork('lessons');
    this.#seen = model.eyes && new SeenParts(parts.log, model.eyes);
    const shape = {
      ...{ observations: rig.file.observations.length, actions: rig.file.actions.length },
      ...{ history: model.options.history, periodSeconds: rig.file.periodSeconds },
    };
    this.#watch = model.eyes
      ? null
      : new Watch(shape, options.sensitivity, {
          onChange: (change) => this.#changed(change),
          onJudged: (step) => this.#consider(step),
          onFailure: (error) => notices.failure(asForesightError(error)),
        });
  }

  static async begin(parts: AdaptationParts): Promise<Adaptation> {
    const adaptation = new Adaptation(parts);
    try {
      await adaptation.#open();
    } catch (thrown) {
      await adaptation.close();
      throw thrown;
    }
    return adaptation;
  }

  /** Has the model in force watched, compared with what it learned from. */
  async #open(): Promise<void> {
    if (this.#watch === null) return;
    const { models, log, model } = this.parts;
    // Only what is still there: a model may have come without its episodes.
    const there = new Set(await log.episodeNumbers({ numbers: model.episodes, deleted: 'too' }));
    const own = model.episodes.filter((id) => there.has(id)).slice(-BASELINE_EPISODES);
    const recorded = await partsByNow(
      log,
      own.map((episode) => ({ episode, firstRow: 0 })),
    );
    const data = await loadSample(log, recorded);
    await this.#watch.use(models.fileOf(model.hash), model, data);
  }

  onRow(row: StepRow, episode: number): void {
    this.#places.push({ episode, firstRow: row.step });
    const step = this.#places.length - 1;
    if (this.#watch) this.#watch.row(step, row, episode);
    else this.#consider(step);
  }

  /** Lockstep: resolves when nothing is being compared, learned or exchanged. */
  async settled(): Promise<void> {
    await this.#watch?.settled();
    while (this.#lesson) await this.#lesson;
  }

  /** After an episode that another one follows; a run that learns while it runs does not wait for a lesson here either. */
  async between(): Promise<void> {
    const { retrain } = this.parts.options;
    if (retrain === 'off' || this.#stopped) return;
    if (retrain === 'between') await this.settled();
    if (this.#lesson) return;
    // Of a plant that has changed there is too little to begin afresh with; and to learn to see takes minutes.
    const goesOn = retrain === 'running' || this.#watch === null;
    this.#begin(goesOn ? 'running' : this.#validFrom ? 'change' : 'fresh');
    if (retrain === 'between') await this.settled();
  }

  /** Ends a lesson in hand: a run that ends has nothing to exchange any more. What it recorded can be learned from later. */
  stop(): void {
    this.#stopped = true;
    this.#training?.cancel();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#lesson;
    await this.#watch?.close();
  }

  #changed({ channel, since, growth }: PlantChangeFound): void {
    // The model that is learning the change is bound to be wrong at first.
    if (this.#change) return;
    const { options, rig, notes, notices, announce } = this.parts;
    const place = this.#places[since];
    if (!place) return;
    const { title, name } = rig.file.observations[channel] ?? { name: '' };
    const here = this.#places.at(-1)?.episode === place.episode;
    const when = `step ${place.firstRow}${here ? '' : ` of episode ${place.episode}`}`;
    const much = growth > 1.1 ? `grew ${growth.toFixed(1)} times` : 'are larger than it expects';
    const message = `The rig no longer moves as the model was taught: prediction errors of "${title ?? name}" ${much} since ${when}.`;
    const look = 'Look for what is worn, slips or is loaded.';
    const learns = options.onChange === 'retrain';
    notes.note('plant-changed', message);
    notices.add(
      'warning',
      message,
      learns
        ? `${look} The run goes on, and the model learns from what comes.`
        : `${look} Or record anew and train again; a run can also learn by itself (--on-change retrain).`,
    );
    this.#validFrom = place;
    if (learns) this.#change = { since, nextLesson: since + FIRST_LESSON, learned: false };
    announce({ adapting: `The plant has changed since ${when}.` });
  }

  /** After every step: is there something to learn now? */
  #consider(step: number): void {
    const { options, notices, announce } = this.parts;
    if (this.#lesson || this.#stopped) return;
    const change = this.#change;
    if (change) {
      if (change.learned && this.#watch?.calm) {
        this.#change = null;
        announce({ adapting: null });
        notices.add('info', 'The model fits the rig again.', '');
      } else if (step >= change.nextLesson) {
        change.nextLesson = change.since + Math.ceil((step - change.since) * LESSON_GROWTH);
        this.#begin('change');
      }
    } else if (options.retrain === 'running' && step - this.#lastLesson >= options.everySteps) {
      this.#begin('running');
    }
  }

  /** Beside the run. */
  #begin(kind: 'change' | 'running' | 'fresh'): void {
    this.#lesson = this.#learn(kind).finally(() => {
      this.#lesson = null;
    });
  }

  /** Trains, and lets the model take over. Whatever goes wrong, the run goes on as it was. */
  async #learn(kind: 'change' | 'running' | 'fresh'): Promise<void> {
    const { models, notices, notes, announce } = this.parts;
    const change = this.#change;
    this.#lastLesson = this.#places.length;
    try {
      const parts = await this.#material();
      const stretches = await partsByNow(this.parts.log, parts);
      const steps = stepsIn(stretches);
      if (stretches.length === 0 || (this.#validFrom && steps < FIRST_LESSON)) return;
      announce({ adapting: `Learning from ${steps} steps${kind === 'change' ? ' since the change' : ''}.` });
      const model = await this.#train(kind, parts);
      // One that was ready in the moment of the stop has nothing to take over any more, nor has the policy anything to learn in it.
      const pupil = this.#stopped ? null : this.#pupil;
      const practised = model && pupil ? await this.#practise(pupil, model, parts) : undefined;
      // A model that the policy did not follow does not take over either.
      if (model && practised !== null && !this.#stopped) {
        const file = models.fileOf(model.hash);
        await (await this.parts.pilots).takeOver(file, practised);
        this.#model = model;
        if (change) change.learned = true;
        notes.note('model-swapped', `The model ${model.hash} took over: it has learned from ${steps} steps.`);
        announce({ model: model.hash });
        if (pupil && practised) this.#followed(pupil, practised);
        await this.#watch?.use(file, model, await loadSample(this.parts.log, stretches));
      }
    } catch (thrown) {
      const error = asForesightError(thrown);
      if (error.code !== 'cancelled') notices.failure(error);
    }
    announce({ adapting: this.#change ? 'The plant has changed, and the model is learning it.' : null });
  }

  #followed(pupil: Pupil, { policy: { summary } }: Practised): void {
    this.#pupil = { ...pupil, policy: summary };
    const what = `The policy ${summary.hash} took over with it: it went on learning in that model.`;
    this.parts.notes.note('note', what);
    this.parts.announce({ policy: summary.hash });
  }

  /** The policy goes on learning in the new model. Null as of `#train`. */
  async #practise(
    { trainings, policy, task }: Pupil,
    model: ModelSummary,
    parts: EpisodePart[],
  ): Promise<Practised | null> {
    const { models, log, rig, options } = this.parts;
    const summary = await this.#ended(
      await trainings.practise({
        ...{ name: adapted(policy.name, this.#lessons), rig, task, policy, parts },
        ...{ model: model.hash, updates: options.policyMore },
        seed: this.#random.fork(`policy ${this.#lessons}`).integer(2 ** 31),
      }),
    );
    if (summary === null) return null;
    const { hash } = summary;
    return {
      record: await models.record(model.hash),
      ...{ policy: await policyOf(log, hash), policyFile: policyFileOf(log, hash) },
    };
  }

  /** Null where it was cancelled or failed: that stands among the jobs. */
  async #train(kind: 'change' | 'running' | 'fresh', parts: EpisodePart[]): Promise<ModelSummary | null> {
    const { name, hash } = this.#model;
    const number = ++this.#lessons;
    const training = await this.parts.models.trainings.learn({
      name: adapted(name, number),
      options: {
        ...lessonOptions(this.#model, this.parts.options),
        seed: this.#random.fork(`${number}`).integer(2 ** 31),
      },
      parts,
      ...(kind === 'fresh' ? {} : { from: hash }),
    });
    return this.#ended(training);
  }

  async #ended<T>(training: { done: Promise<T>; cancel(): void }): Promise<T | null> {
    this.#training = training;
    if (this.#stopped) training.cancel();
    const learned = await training.done.catch(() => null);
    this.#training = null;
    return learned;
  }

  /** Everything of the rig that was recorded on the plant as it is now; for a model of pictures, what its cameras saw. */
  async #material(): Promise<EpisodePart[]> {
    const { log, rig } = this.parts;
    const running = this.#places.at(-1)?.episode;
    const usable = await chooseEpisodes(log, { rig: rig.file.name }).catch(() => []);
    const ids = [...new Set([...usable.map(({ id }) => id), ...(running === undefined ? [] : [running])])];
    const from = this.#validFrom;
    const parts = ids
      .filter((id) => from === null || id >= from.episode)
      .map((id) => ({ episode: id, firstRow: id === from?.episode ? from.firstRow : 0 }));
    return this.#seen ? this.#seen.among(parts) : parts;
  }
}

const adapted = (name: string, number: number): string =>
  `${name.replace(/-adapted-\d+$/, '')}-adapted-${number}`;

/** As the model in force was taught; one of pictures learns to see on as the run says, whatever it did when it was trained. */
function lessonOptions({ options }: ModelSummary, { encoderMore }: AdaptOptions): TrainOptions {
  return isLatent(options.class) ? { ...options, class: { ...options.class, encoderMore } } : options;
}
