import { ForesightError } from '../../shared/errors';
import { latentRigFile, latentTask } from '../../shared/eyes';
import type { EngineName } from '../../shared/model-options';
import { ALGORITHMS, type AlgorithmOptions } from '../../shared/policy';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import type { TaskFile } from '../../shared/task';
import type { DynamicsModel } from '../dynamics/types';
import { openEngineOrDefault } from '../tensor';
import { algorithm } from './algorithms';
import { requireGoesOn } from './going-on';
import { unimaginedRates } from './imagine/rates';
import { type Reporting, TrainingReport } from './lab';
import type { Transition } from './replay';
import { KnownRanges } from './representation/known';
import { policySpace } from './representation/space';
import type { Policy } from './representation/types';
import { planningTeacher } from './teacher';
import type { Learned, Teacher, World } from './types';
import { modelledWorld, simulatedWorld } from './world/simulated';

export interface LearnRequest
  extends Pick<Reporting, 'signal' | 'onProgress' | 'checkpoint' | 'evaluate' | 'resumed'> {
  rig: Rig;
  task: TaskFile;
  options: AlgorithmOptions;
  seed: number;
  engine: EngineName;
  threads: number;
  history: number;
  /**
   * Where it acts: in the rig's own simulation; in the model, from where recorded episodes begin; nowhere, learning from what
   * is recorded; or in a world that is given.
   */
  where: 'simulation' | 'model' | 'recorded' | World;
  recorded: readonly Transition[];
  /** A model of the rig to learn in, or to begin with. With one of pictures the policy acts by pictures, through its eyes. */
  model?: DynamicsModel | null;
  /** A policy that it goes on from: its actor and its value, where they are of the same shape. */
  begin?: Pick<Policy, 'arrays' | 'value'>;
  /** Who teaches it; where left out, and the algorithm wants one, the planner of its options. */
  teacher?: Teacher | null;
}

/** A training of a policy from its beginning, or from where it was, to its end. @throws ForesightError */
export async function learn(request: LearnRequest): Promise<{
  learned: Learned;
  curve: TrainingReport['curve'];
  notes: string[];
  seconds: number;
  /** Of what it met while it learned (representation/known.ts); null where that was nothing. */
  known: [number, number][] | null;
}> {
  const { rig, task, options, seed, threads, history, recorded, resumed } = request;
  const eyes = request.model?.eyes;
  const perceived = eyes ? latentRigFile(rig.file, eyes.summary) : rig.file;
  const where = placeOf(request);
  if (where === 'recorded' && !ALGORITHMS[options.name].offline) throw notOffline(options.name);
  if (request.begin) requireGoesOn(options.name);
  const engine = await openEngineOrDefault(request.engine);
  const space = policySpace(perceived, history);
  const random = new Random(seed);
  const own = { space, engine, eyes, seed: random.fork('world').integer(2 ** 31) };
  const simulated =
    where === 'simulation'
      ? await simulatedWorld(rig, task, own)
      : where === 'model'
        ? await modelledWorld(rig, task, requiredModel(request), { ...own, recorded })
        : null;
  // Who learns from what is recorded is judged in the simulation all the same, where the rig has one.
  const judging =
    where === 'recorded' && request.evaluate && rig.file.mujoco
      ? await simulatedWorld(rig, task, { space, engine, eyes, seed: request.evaluate.seed })
      : null;
  const known = new KnownRanges(space.layout, resumed?.known ?? []);
  for (const { state } of recorded) known.add(state);
  const acts = typeof where === 'string' ? simulated : where;
  const world = acts && watched(acts, ({ state }) => known.add(state));
  let planner: Awaited<ReturnType<typeof planningTeacher>> | undefined;
  try {
    if (!request.teacher && options.name === 'distil') {
      const planning = {
        engine,
        model: request.model ?? null,
        seed: random.fork('teacher').integer(2 ** 31),
      };
      planner = await planningTeacher({ rig, task, space, options, ...planning });
    }
    const report = new TrainingReport({
      ...{ ...request, steps: options.steps, world: world ?? judging },
      // What a policy is worth is not asked of a model.
      ...(where === 'model' && !rig.file.mujoco && { evaluate: undefined }),
      known: () => known.ranges,
    });
    const rated = unimaginedRates(rig.file, options.name);
    if (rated && !report.notes.includes(rated)) report.notes.push(rated);
    const learned = await algorithm(options)({
      ...{ options, engine, engineName: request.engine, threads, space, world, recorded },
      ...{
        task: eyes ? latentTask(task, eyes.summary) : task,
        channels: rigChannels(perceived),
        model: request.model ?? null,
        teacher: request.teacher ?? planner ?? null,
        random: random.fork('algorithm'),
        resumed: resumed?.snapshot ?? null,
        begin: request.begin ?? null,
      },
      ...{ report: report.report, note: (sentence) => report.notes.push(sentence) },
    });
    await report.finish(learned);
    const { curve, notes, seconds } = report;
    return { learned, curve, notes, seconds, known: known.ranges };
  } finally {
    await Promise.all([simulated?.close(), judging?.close(), planner?.close()]);
  }
}

/** By pictures, what imagines by itself begins where the recording was, and a model that stays as it is has nothing to do in between. */
function placeOf({ where, model, options }: LearnRequest): LearnRequest['where'] {
  const imagines = ['itself', 'required'].includes(ALGORITHMS[options.name].model);
  return where === 'model' && model?.eyes && imagines ? 'recorded' : where;
}

function requiredModel({ model, rig }: LearnRequest): DynamicsModel {
  if (model) return model;
  throw new ForesightError(
    'wrong-use',
    `A policy can act in a model of "${rig.file.name}" only where there is one.`,
    'Choose a model of the rig, or let the policy act in the simulation.',
  );
}

const notOffline = (name: AlgorithmOptions['name']): ForesightError =>
  new ForesightError(
    'wrong-use',
    `"${name}" learns from what its own policy has just done, so recorded episodes are of no use to it.`,
    'Let it act in simulation or on the rig, or choose a method that learns from recorded episodes.',
  );

/** A world whose steps somebody looks at as they pass. */
function watched(world: World, look: (step: Transition) => void): World {
  return {
    kind: world.kind,
    get ended() {
      return world.ended ?? false;
    },
    async experience(most) {
      const happened = await world.experience(most);
      for (const step of happened.transitions) look(step);
      return happened;
    },
    behave: (behaviour) => world.behave(behaviour),
    ...(world.evaluate && { evaluate: world.evaluate.bind(world) }),
    ...(world.state && { state: world.state.bind(world) }),
    ...(world.restore && { restore: world.restore.bind(world) }),
  };
}
