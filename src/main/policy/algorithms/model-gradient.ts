import { ForesightError } from '../../../shared/errors';
import { compileUpdates, type Updates, valuesOf } from '../../dynamics/updates/updates';
import { Experience } from '../experience';
import { lengthWords, rolloutSteps } from '../imagine/length';
import { imaginedModel } from '../imagine/model';
import { OwnModel, type OwnModelState } from '../imagine/own-model';
import { jointActions } from '../representation/space';
import type { Actor, Arrays } from '../representation/types';
import type { Algorithm, EndedEpisode, Lab } from '../types';
import {
  initialModelGradient,
  type ModelGradientMetric,
  modelGradientActor,
  modelGradientFeeds,
  modelGradientUpdates,
  UPDATES_AT_ONCE,
} from './model-gradient-update';

/**
 * Policy gradient in the model, from states that happened, with a value at the end of what is imagined:
 *
 *   repeat: every `modelEverySteps` steps train the ensemble p on D, from its weights, elites by hold-out
 *           act with π, D ← (s, a, r, s'); for as many updates as a step is owed:
 *     s_0 ~ D,  a_t ~ π(· | s_t),  s_{t+1} ~ p(· | s_t, a_t) for k steps
 *     R_t  = r_t + γ c_t ((1 − λ) V̄(s_{t+1}) + λ R_{t+1}),  R_k = V̄(s_k)
 *     π    pathwise: ∇ mean_t R_t through a_t and s_t, the draws being functions of noise
 *          likelihood ratio: mean_t (R_t − V̄(s_t)) ∇ log π(a_t | s_t)
 *     V    mean_t (V(s_t) − R_t)²,   V̄ ← (1 − τ) V̄ + τ V
 *
 * Pathwise it is SVG(H) (Heess et al. 2015, 1510.09142) with Dreamer's returns and target (Hafner et al. 2020, 1912.01603; 2021,
 * 2010.02193); by likelihood ratio what ME-TRPO does (Kurutach et al. 2018, 1802.10592), without its trust region. Returns are
 * divided by their deviation in the batch, so that the entropy's weight means the same in every task.
 */
export const modelGradient: Algorithm<'model-gradient'> = async (lab) => {
  const { options, space, world, task, random } = lab;
  if (options.estimator === 'pathwise' && jointActions(space)) {
    throw new ForesightError(
      'wrong-use',
      'The rig has discrete actions, which no return can be differentiated by.',
      'Choose the estimator "likelihood-ratio".',
    );
  }
  const shape = modelGradientActor(space, options);
  const [dreams, starts] = [random.fork('dreams'), random.fork('starts')];
  const experience = new Experience(lab, { dreams, starts });
  const model = new OwnModel(lab, lab.resumed?.parts.model as OwnModelState | undefined);
  const { learnedReward, penalty: kind, penaltyWeight: weight } = options;
  const imagining = { space, task, learnedReward, penalty: { kind, weight } };
  const initial = goingOn(initialModelGradient(space, options, random.fork('weights')), lab);
  const programs = new Programs(lab);
  try {
    // A snapshot of before gradients were handed from update to update has none: it goes on as it began.
    let state = { ...valuesOf(initial), ...experience.arrays({}) };
    let metrics: Partial<Record<ModelGradientMetric, number>> = {};
    let length = rolloutSteps(options, experience.steps, model.trusted);
    let stepsAtPoint = experience.steps;

    const some = (...prefixes: string[]): Arrays =>
      new Map(
        [...initial]
          .filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)))
          .map(([name, array]) => [name, { shape: array.shape, values: state[name] as Float32Array }]),
      );
    const actor = (): Actor => ({ shape, arrays: some('actor/', 'input/') });
    const explore = () =>
      world?.behave({ kind: 'actor', actor: actor(), explore: true, limit: 2 * options.explorationLimit });
    const report = (ended: readonly EndedEpisode[], detail: string) =>
      lab.report({
        ...{ ...experience.progress, ended, actor, detail },
        point: () => {
          const realReward = world && experience.replay.meanReward(experience.steps - stepsAtPoint);
          stepsAtPoint = experience.steps;
          const { value = null, entropy = null, reward: imaginedReward = null } = metrics;
          return { value, entropy, imaginedReward, realReward };
        },
        snapshot: () => {
          const snapshot = experience.snapshot(state);
          return { ...snapshot, parts: { ...snapshot.parts, model: model.state() } };
        },
      });
    await (experience.ready ? explore() : world?.behave({ kind: 'random' }));

    for (;;) {
      // Learn: the model when it is due, in it what is owed to the steps made.
      if (experience.ready && !experience.over) {
        const happened = lab.recorded.length + (world ? experience.steps : 0);
        if (model.isDue(happened)) {
          await model.refresh(experience.replay, happened, (detail) => report([], detail));
        }
      }
      if (experience.owes(UPDATES_AT_ONCE) && model.exists) {
        const imagined = imaginedModel(model.current, imagining);
        const program = await programs.of(imagined.key, () =>
          modelGradientUpdates(imagining, imagined, options, initial, experience.inAll),
        );
        length = rolloutSteps(options, experience.steps, model.trusted);
        const startsOf = (rows: number) => experience.replay.sampleStates(rows, starts);
        while (experience.owes(UPDATES_AT_ONCE)) {
          const given = { startsOf, length, random: dreams };
          const feeds = modelGradientFeeds(imagining, imagined, shape, options, given);
          ({ state, metrics } = await program.run(state, feeds, experience.updates + 1));
          experience.learned(UPDATES_AT_ONCE);
        }
      }
      if (experience.over) break;

      // Act.
      if (experience.ready) await explore();
      const { ended, begins } = await experience.act();
      if (begins) state = { ...state, ...(await experience.normaliser()) };
      await report(ended, experience.ready ? lengthWords(length, model.trusted) : '');
    }
    lab.note(`In the end ${lengthWords(length, model.trusted)}.`);
    return { actor: actor(), value: some('value/'), ...experience.finish(state) };
  } finally {
    await programs.dispose();
  }
};

/** The weights of another policy, its value also as what that is learned towards; those of the beginning where its networks are others. */
function goingOn(initial: Arrays, { begin, note }: Pick<Lab, 'begin' | 'note'>): Arrays {
  if (begin === null) return initial;
  const known = new Map([...begin.arrays, ...(begin.value ?? [])]);
  const isSame = [...known].every(([name, { values }]) => initial.get(name)?.values.length === values.length);
  if (!isSame) {
    note('It began anew: the policy that it was to go on from has other networks, or sees other channels.');
    return initial;
  }
  return new Map(
    [...initial].map(([name, array]) => [name, known.get(name.replace(/^target\//, '')) ?? array]),
  );
}

/** The update's program, compiled again only where a refreshed model is of another shape. */
class Programs {
  #known: { key: string; program: Updates<ModelGradientMetric> } | undefined;

  constructor(private readonly lab: Pick<Lab, 'engine' | 'threads'>) {}

  async of(key: string, shape: () => ReturnType<typeof modelGradientUpdates>) {
    if (this.#known?.key === key) return this.#known.program;
    await this.dispose();
    const program = await compileUpdates(this.lab.engine, shape(), this.lab.threads);
    this.#known = { key, program };
    return program;
  }

  async dispose(): Promise<void> {
    await this.#known?.program.dispose();
    this.#known = undefined;
  }
}
