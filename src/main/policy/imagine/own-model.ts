import { TrainOptions } from '../../../shared/model-options';
import type { AlgorithmOptionsOf } from '../../../shared/policy';
import { sourceOf } from '../../dynamics/data/episode-source';
import { gather } from '../../dynamics/data/gather';
import { fitNormaliser } from '../../dynamics/data/normalise';
import { renormalised } from '../../dynamics/renormalised';
import { trainModel } from '../../dynamics/training/train';
import type { DynamicsModel } from '../../dynamics/types';
import type { Replay } from '../replay';
import type { Lab } from '../types';
import { episodesIn } from './episodes';
import { requireModelOf, requireReward } from './model';
import { trustedOf, trustedOn } from './trusted';

/** What methods that train a model beside their policy have in their options. */
type OwnModelOptions = Pick<
  AlgorithmOptionsOf<'mbpo'>,
  | 'modelMembers'
  | 'modelElites'
  | 'modelHiddenLayers'
  | 'modelHiddenUnits'
  | 'modelEverySteps'
  | 'modelPasses'
  | 'learnedReward'
>;
type ModelLab = Omit<Lab, 'options'> & { options: OwnModelOptions };

/** Passes without a gain of 1 % on the hold-out before a training of the model ends (MBPO). */
const PATIENCE = 5;
/** The first training begins with nothing and has so many times the passes. */
const FIRST = 5;
/** Trainings of the model from the first whose verdicts are found, then every so many: a verdict takes as long as a short training. */
const JUDGED = { first: 8, every: 5 };

/** Where a training's own model is, as plain data. */
export interface OwnModelState {
  model: DynamicsModel | null;
  trusted: number | null;
  trainings: number;
  learnedFrom: number;
}

/**
 * The model that a policy is learned in: one that it was given, or one that is trained beside it, on all that happened so far,
 * going on from its weights. One that was given goes on learning where there is a world, and stays what it is where there is none.
 */
export class OwnModel {
  #model: DynamicsModel | null;
  #trusted: number | null;
  #trainings = 0;
  /** Transitions that had happened when it was trained last. */
  #learnedFrom = 0;

  /** @throws ForesightError wrong-use for a model that does not fit */
  constructor(
    private readonly lab: ModelLab,
    resumed: OwnModelState | undefined,
  ) {
    const { model, channels, space } = lab;
    if (model) requireModelOf(model, channels, space);
    if (model && lab.options.learnedReward) requireReward(model);
    this.#model = model;
    this.#trusted = model && trustedOf(model);
    if (resumed === undefined) return;
    this.#model = resumed.model;
    this.#trusted = resumed.trusted;
    [this.#trainings, this.#learnedFrom] = [resumed.trainings, resumed.learnedFrom];
  }

  /** Steps ahead that it is trusted for, on what it had not learned from; null where nobody has judged it. */
  get trusted(): number | null {
    return this.#trusted;
  }

  get exists(): boolean {
    return this.#model !== null;
  }

  /** @throws RangeError before there is one */
  get current(): DynamicsModel {
    if (this.#model === null) throw new RangeError('there is no model yet');
    return this.#model;
  }

  /** Has so much happened that it should be trained again? @param happened transitions in all */
  isDue(happened: number): boolean {
    if (this.#model === null) return true;
    const { world, options } = this.lab;
    return world !== null && happened - this.#learnedFrom >= options.modelEverySteps;
  }

  /**
   * Judges it on what it has not learned from, then trains it on all there is. A rig that ends meanwhile ends that as well, and
   * the model stays what it was.
   * @param happened transitions in all, of which the replay holds the newest
   * @param heed called again and again, never before the call before has ended; what it throws ends the training
   * @throws ForesightError bad-data for too little data, or what diverged; whatever `heed` throws
   */
  async refresh(replay: Replay, happened: number, heed: (detail: string) => Promise<void>): Promise<void> {
    const unseen = happened - this.#learnedFrom;
    const judged = this.#trainings < JUDGED.first || this.#trainings % JUDGED.every === 0;
    if (this.#model && this.#trainings > 0 && judged) {
      this.#trusted = (await trustedOn(this.#model, episodesIn(replay, unseen))) ?? this.#trusted;
    }
    const trained = await this.#trained(replay, heed);
    if (trained === null) return;
    this.#model = trained;
    this.#trainings++;
    this.#learnedFrom = happened;
  }

  state(): OwnModelState {
    return {
      ...{ model: this.#model, trusted: this.#trusted },
      ...{ trainings: this.#trainings, learnedFrom: this.#learnedFrom },
    };
  }

  async #trained(replay: Replay, heed: (detail: string) => Promise<void>): Promise<DynamicsModel | null> {
    const { channels, threads, world } = this.lab;
    const from = this.#model;
    const options = from ? { ...from.summary.options, ...this.#pace(false) } : this.#options();
    const gathered = gather(channels, sourceOf(episodesIn(replay)), options);
    const all = Int32Array.from({ length: gathered.transitions.count }, (_, index) => index);
    const ended = new AbortController();
    let problem: unknown;
    let heeding: Promise<void> | undefined;
    try {
      const model = await trainModel({
        ...{ name: 'of the policy', rig: '', channels, options, episodes: gathered, workers: threads },
        ...(from && {
          from: isNetwork(from) ? renormalised(from, fitNormaliser(gathered.transitions, all)) : from,
        }),
        signal: ended.signal,
        onProgress: ({ epoch }) => {
          if (world?.ended) ended.abort();
          heeding ??= heed(`the model learns, pass ${epoch}`)
            .catch((error: unknown) => {
              problem = error;
              ended.abort();
            })
            .finally(() => {
              heeding = undefined;
            });
        },
      });
      await heeding;
      if (problem !== undefined) throw problem;
      return model;
    } catch (error) {
      if (problem === undefined && world?.ended && ended.signal.aborted) return null;
      throw problem ?? error;
    }
  }

  #options(): TrainOptions {
    const { options, space } = this.lab;
    return TrainOptions.parse({
      class: {
        ...{ name: 'ensemble', members: options.modelMembers, elites: options.modelElites },
        ...{ hiddenLayers: options.modelHiddenLayers, hiddenUnits: options.modelHiddenUnits },
      },
      ...{ history: space.layout.history, rewardHead: options.learnedReward, ...this.#pace(true) },
    });
  }

  #pace(isFirst: boolean): Pick<TrainOptions, 'epochs' | 'patience' | 'engine' | 'seed'> {
    const { options, engineName, random } = this.lab;
    const epochs = options.modelPasses * (isFirst ? FIRST : 1);
    return { epochs, patience: PATIENCE, engine: engineName, seed: random.fork('model').integer(2 ** 31) };
  }
}

/** Of the classes whose weights `renormalised` knows; a Gaussian process is fitted anew, the others keep their units. */
const isNetwork = ({ summary: { options } }: DynamicsModel): boolean =>
  ['ensemble', 'gaussian', 'deterministic'].includes(options.class.name);
