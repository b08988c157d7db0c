import { compileUpdates } from '../../dynamics/updates/updates';
import { Experience } from '../experience';
import { imaginedRows, lengthWords, rolloutSteps, rolloutsAtOnce } from '../imagine/length';
import { OwnModel, type OwnModelState } from '../imagine/own-model';
import { Imagination } from '../imagine/rollouts';
import { Replay, type ReplayState, type TransitionBatch } from '../replay';
import type { Actor } from '../representation/types';
import type { Algorithm, EndedEpisode, Lab } from '../types';
import { initialSac, type SacMetric, sacActorShape, sacFeeds, sacUpdates } from './sac-update';

/**
 * Model-based policy optimisation (Janner, Fu, Zhang & Levine 2019, 1906.08253):
 *
 *   repeat: every `modelEverySteps` steps train the ensemble p on D_env, from its weights, elites by hold-out
 *           act with π, D_env ← (s, a, r, s')
 *           for `rolloutsPerStep` states s of D_env: roll π out in p for k steps, D_model ← what was imagined
 *           for `updatesPerStep` times: SAC's update (sac.ts) on a batch of D_model, a share `realShare` of it of D_env
 *
 * with k by a schedule or by how long the model is trusted (imagine/length.ts), and what the model does not know taken from the
 * imagined rewards where that is chosen (Yu et al. 2020, MOPO, 2005.13239). Without a world D_env is what is recorded, the model
 * is trained on it once, unless it was given, and a step is an update: that is MOPO.
 */
export const mbpo: Algorithm<'mbpo'> = async (lab) => {
  const { options, space, world, task, engine, threads, random } = lab;
  const shape = sacActorShape(space, options);
  const [noise, dreams, mixing] = [random.fork('noise'), random.fork('dreams'), random.fork('mixing')];
  const experience = new Experience(lab, { noise, dreams, mixing });
  const real = experience.replay;
  const model = new OwnModel(lab, lab.resumed?.parts.model as OwnModelState | undefined);
  const imagined = new Replay(space, imaginedRows(options));
  if (lab.resumed) imagined.restore(lab.resumed.parts.imagined as ReplayState);
  const { learnedReward, penalty: kind, penaltyWeight: weight } = options;
  const imagining = { space, task, learnedReward, penalty: { kind, weight } };
  const rows = rolloutsAtOnce(options);
  const imagination = new Imagination(engine, imagining, rows, threads);
  const initial = initialSac(space, options, random.fork('weights'));
  const program = await compileUpdates(engine, sacUpdates(space, options, initial), threads);
  try {
    let state = experience.arrays(program.initial);
    let metrics: Partial<Record<SacMetric, number>> = {};
    let rolloutsOwed = lab.resumed?.counters.rolloutsOwed ?? 0;
    let length = rolloutSteps(options, experience.steps, model.trusted);
    let imaginedReward: number | null = null;
    let stepsAtPoint = experience.steps;

    const actor = (): Actor => ({ shape, arrays: program.arrays(state, 'actor/', 'input/') });
    const explore = () =>
      world?.behave({ kind: 'actor', actor: actor(), explore: true, limit: 2 * options.explorationLimit });
    const report = (ended: readonly EndedEpisode[], detail: string) =>
      lab.report({
        ...{ ...experience.progress, ended, actor, detail },
        point: () => {
          const realReward = real.meanReward(experience.steps - stepsAtPoint);
          stepsAtPoint = experience.steps;
          return {
            ...{ value: metrics.value ?? null, entropy: metrics.entropy ?? null },
            ...{ imaginedReward, realReward: world && realReward },
          };
        },
        snapshot: () => {
          const snapshot = experience.snapshot(state);
          const parts = { ...snapshot.parts, model: model.state(), imagined: imagined.state() };
          return { ...snapshot, parts, counters: { ...snapshot.counters, rolloutsOwed } };
        },
      });
    await (experience.ready ? explore() : world?.behave({ kind: 'random' }));

    for (;;) {
      // Learn: the model when it is due, in it what is owed to the steps made.
      if (experience.ready && !experience.over) {
        const happened = lab.recorded.length + (world ? experience.steps : 0);
        if (model.isDue(happened)) await model.refresh(real, happened, (detail) => report([], detail));
        if (!experience.over && (rolloutsOwed >= rows || imagined.size === 0)) {
          length = rolloutSteps(options, experience.steps, model.trusted);
          const starts = real.sampleStates(rows, dreams);
          const found = await imagination.imagine(actor(), model.current, { starts, steps: length }, dreams);
          imagined.addBatch(found.batch, found.rows);
          if (found.rows > 0) imaginedReward = found.rewards / found.rows;
          rolloutsOwed = Math.max(0, rolloutsOwed - rows);
        }
      }
      while (experience.owes(program.unroll)) {
        const batch = mixed(real, imagined, options, program.unroll, mixing);
        const feeds = sacFeeds(space, options, batch, program.unroll, noise);
        ({ state, metrics } = await program.run(state, feeds, experience.updates + 1));
        experience.learned(program.unroll);
      }
      if (experience.over) break;

      // Act.
      if (experience.ready) await explore();
      const before = experience.steps;
      const { ended, begins } = await experience.act();
      if (begins) state = { ...state, ...(await experience.normaliser()) };
      if (experience.ready) {
        const made = experience.steps - before;
        rolloutsOwed += (options.rolloutsPerStep * made) / (world ? 1 : options.updatesPerStep);
      }
      await report(ended, experience.ready ? lengthWords(length, model.trusted) : '');
    }
    lab.note(`In the end ${lengthWords(length, model.trusted)}.`);
    return { actor: actor(), value: null, ...experience.finish(state) };
  } finally {
    await Promise.all([program.dispose(), imagination.dispose()]);
  }
};

type MbpoOptions = Lab<'mbpo'>['options'];

/** Batches for so many updates, the first rows of each real. */
function mixed(
  real: Replay,
  imagined: Replay,
  { batchSize, realShare }: MbpoOptions,
  updates: number,
  random: Lab['random'],
): TransitionBatch {
  const batch = real.batch(updates * batchSize);
  const own = imagined.size === 0 ? batchSize : Math.round(realShare * batchSize);
  for (let from = 0; from < updates * batchSize; from += batchSize) {
    real.sampleInto(batch, { from, rows: own }, random);
    if (own < batchSize) imagined.sampleInto(batch, { from: from + own, rows: batchSize - own }, random);
  }
  return batch;
}
