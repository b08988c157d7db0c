import type { EngineName } from '../../shared/model-options';
import type { AlgorithmOptions } from '../../shared/policy';
import { Random } from '../../shared/random';
import type { Rig } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import type { TaskFile } from '../../shared/task';
import type { DynamicsModel } from '../dynamics/types';
import { openEngineOrDefault } from '../tensor';
import { algorithm } from './algorithms';
import { type Reporting, TrainingReport } from './lab';
import type { Transition } from './replay';
import { policySpace } from './representation/space';
import type { Learned, Teacher } from './types';
import { simulatedWorld } from './world/simulated';

export interface LearnRequest
  extends Pick<Reporting, 'signal' | 'onProgress' | 'checkpoint' | 'evaluate' | 'resumed'> {
  rig: Rig;
  task: TaskFile;
  options: AlgorithmOptions;
  seed: number;
  engine: EngineName;
  threads: number;
  history: number;
  /** Where it acts: in the rig's own simulation, or nowhere, learning from what is recorded. */
  where: 'simulation' | 'recorded';
  recorded: readonly Transition[];
  /** A model of the rig to learn in, or to begin with. */
  model?: DynamicsModel | null;
  /** Who teaches it. */
  teacher?: Teacher | null;
}

/** A training of a policy from its beginning, or from where it was, to its end. @throws ForesightError */
export async function learn(
  request: LearnRequest,
): Promise<{ learned: Learned; curve: TrainingReport['curve']; notes: string[]; seconds: number }> {
  const { rig, task, options, seed, threads, history, recorded, resumed } = request;
  const engine = await openEngineOrDefault(request.engine);
  const space = policySpace(rig.file, history);
  const random = new Random(seed);
  const world =
    request.where === 'simulation'
      ? await simulatedWorld(rig, task, { space, engine, seed: random.fork('world').integer(2 ** 31) })
      : null;
  try {
    const report = new TrainingReport({ ...request, steps: options.steps, world });
    const learned = await algorithm(options)({
      ...{ options, engine, engineName: request.engine, threads, space, task, world, recorded },
      ...{
        channels: rigChannels(rig.file),
        model: request.model ?? null,
        teacher: request.teacher ?? null,
        random: random.fork('algorithm'),
        resumed: resumed?.snapshot ?? null,
      },
      ...{ report: report.report, note: (sentence) => report.notes.push(sentence) },
    });
    return { learned, curve: report.curve, notes: report.notes, seconds: report.seconds };
  } finally {
    await world?.close();
  }
}
