import { z } from 'zod';
import { ErrorShape } from '../../../shared/errors';
import type { EngineName } from '../../../shared/model-options';
import { ActorShape, type AlgorithmOptions, PolicyProgress, PolicySummary } from '../../../shared/policy';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import { stateWidth } from '../../dynamics/layout';
import type { Transition } from '../../policy/replay';
import { actorArrayShapes } from '../../policy/representation/actor';
import type { PolicySpace } from '../../policy/representation/space';
import type { OwnBehaviour } from '../../policy/representation/types';
import type { EndedEpisode } from '../../policy/types';

/**
 * Between the core, which drives a rig, and a learner in a process of its own. Transitions go there, ways to behave come back;
 * neither waits for the other. Everything is parsed where it arrives: a weight that is no number never drives.
 */
export interface LearnerJob {
  name: string;
  rig: Rig;
  task: TaskFile;
  algorithm: AlgorithmOptions;
  seed: number;
  engine: EngineName;
  history: number;
  /** File of a model that it is given, and its hash; null without one. */
  model: { file: string; hash: string } | null;
  /** Folder that the policy goes into. */
  folder: string;
  /** Niceness, 0 to 19, and threads. */
  nice: number;
  threads: number;
}

export type ToLearner =
  | { type: 'begin'; job: LearnerJob }
  | { type: 'experience'; transitions: Transition[]; ended: EndedEpisode[] }
  /** Nothing more will happen: keep what there is. `episodes` of the log that it was learned from. */
  | { type: 'finish'; episodes: number[] };

export type FromLearner =
  | { type: 'behave'; behaviour: OwnBehaviour; number: number }
  /** So many transitions have gone into its learning, in all. */
  | { type: 'took'; transitions: number }
  | { type: 'progress'; progress: PolicyProgress }
  /** It has learned from as many steps as it was to; it waits for `finish`. */
  | { type: 'done' }
  | { type: 'learned'; file: string; summary: PolicySummary }
  | { type: 'failed'; error: ErrorShape };

const floats = (length: number) =>
  z.custom<Float32Array>(
    (value) => value instanceof Float32Array && value.length === length && value.every(Number.isFinite),
    `expected ${length} finite numbers`,
  );
const count = z.number().int().min(0);

/** What a learner may be told after `begin`, of this space. */
export function experienceSchema(space: PolicySpace): z.ZodType<Exclude<ToLearner, { type: 'begin' }>> {
  const [state, action] = [floats(stateWidth(space.layout)), floats(space.actions.length)];
  const transition = z.strictObject({
    ...{ state, action, reward: z.number(), next: state, terminated: z.boolean(), last: z.boolean() },
    taken: z.strictObject({
      ...{ episode: count, step: count, behaviour: count, asked: action, advice: z.null() },
    }),
  });
  const ended = z.strictObject({ return: z.number(), steps: count, terminated: z.boolean() });
  return z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('experience'),
      transitions: z.array(transition),
      ended: z.array(ended),
    }),
    z.strictObject({ type: z.literal('finish'), episodes: z.array(count) }),
  ]);
}

/** What a learner may say, of this space: an actor has the arrays that its shape asks for, and nothing but finite numbers. */
export function learnerSchema(space: PolicySpace): z.ZodType<FromLearner> {
  const array = z.strictObject({
    shape: z.array(count),
    values: z.custom<Float32Array>((value) => value instanceof Float32Array, 'expected an array of numbers'),
  });
  const actor = z
    .strictObject({ shape: ActorShape, arrays: z.map(z.string(), array) })
    .refine(
      ({ shape, arrays }) => fits(actorArrayShapes(space, shape), arrays),
      'not the arrays of its shape',
    );
  const number = count;
  const behaviour: z.ZodType<OwnBehaviour> = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('random') }),
    z.strictObject({
      ...{ kind: z.literal('actor'), actor, explore: z.boolean() },
      ...{ noise: z.number().min(0).exactOptional(), limit: z.number().min(0).exactOptional() },
    }),
  ]);
  return z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('behave'), behaviour, number }),
    z.strictObject({ type: z.literal('progress'), progress: PolicyProgress }),
    z.strictObject({ type: z.literal('took'), transitions: count }),
    z.strictObject({ type: z.literal('done') }),
    z.strictObject({ type: z.literal('learned'), file: z.string(), summary: PolicySummary }),
    z.strictObject({ type: z.literal('failed'), error: ErrorShape }),
  ]);
}

function fits(
  shapes: ReadonlyMap<string, readonly number[]>,
  arrays: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>,
): boolean {
  if (shapes.size !== arrays.size) return false;
  return [...shapes].every(([name, shape]) => {
    const array = arrays.get(name);
    if (array === undefined || JSON.stringify(array.shape) !== JSON.stringify(shape)) return false;
    const size = shape.reduce((product, one) => product * one, 1);
    return array.values.length === size && array.values.every(Number.isFinite);
  });
}
