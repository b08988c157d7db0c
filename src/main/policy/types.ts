import type { EngineName } from '../../shared/model-options';
import type { AlgorithmName, AlgorithmOptionsOf, PolicyPoint } from '../../shared/policy';
import type { Random, RandomState } from '../../shared/random';
import type { TaskFile } from '../../shared/task';
import type { DynamicsModel, ModelChannels } from '../dynamics/types';
import type { Engine } from '../tensor';
import type { Transition } from './replay';
import type { PolicySpace } from './representation/space';
import type { Actor, Arrays, OwnBehaviour, Policy } from './representation/types';

/** Somebody who knows what to do: a planner. Asked once a step, in order of an episode's steps. */
export interface Teacher {
  /**
   * @param now.state [stateWidth] SI units
   * @param now.before [actions] what was executed before it, in units of the ranges; null where an episode begins, and what
   *   was planned until then is forgotten
   * @returns [actions] what it would do now, in units of the ranges
   */
  advise(now: { state: Float32Array; before: Float32Array | null }): Promise<Float32Array>;
}

/** How to act next: by itself, or by what a teacher says. */
export type Behaviour =
  | OwnBehaviour
  /** Asks the teacher at every step, and does what it says at a share of them, drawn by chance; else what the actor does. */
  | { kind: 'taught'; teacher: Teacher; share: number; actor: Actor };

/** An episode that has ended. */
export interface EndedEpisode {
  return: number;
  steps: number;
  terminated: boolean;
  /** Whether its task was done at the last step; null or left out where nothing says so. */
  success?: boolean | null;
}

/** What came of acting. */
export interface Experienced {
  transitions: Transition[];
  ended: EndedEpisode[];
}

/**
 * Where a policy acts: a simulation, which moves when it is asked to, or a rig, which moves by itself. The loop of an algorithm
 * is the same: it says how to act, takes what happened, and learns.
 */
export interface World {
  /** rig: transitions come at the rig's pace, whatever the learner does meanwhile. */
  readonly kind: 'simulation' | 'rig';
  /** Of a rig: nothing more will happen, so that whoever learns comes to an end. */
  readonly ended?: boolean;
  /**
   * What happened since the last call, at least one transition and at most about `most`: a simulation makes so many steps
   * now; a rig is waited for until there is one. Empty where there will be no more.
   */
  experience(most: number): Promise<Experienced>;
  /**
   * From the next step on. Never a pause: what drives goes on until then, so that what comes next may still be of the
   * behaviour before (Transition.taken). @returns the number of this behaviour, from 1
   */
  behave(behaviour: Behaviour): Promise<number>;
  /**
   * Episodes without exploration, which nothing is learned from, from the same starts for the same seed.
   * @param onEnded called after each; what it throws ends the evaluation
   */
  evaluate?(
    actor: Actor,
    episodes: number,
    seed: number,
    onEnded?: (ended: EndedEpisode) => void,
  ): Promise<EndedEpisode[]>;
  /** Plain data, for a checkpoint; a rig has none. */
  state?(): unknown;
  restore?(state: unknown): void;
}

/** Everything that a training needs to go on where it was: what an algorithm puts there, as plain data and arrays. */
export interface TrainingSnapshot {
  arrays: Record<string, Float32Array>;
  counters: Record<string, number>;
  random: Record<string, RandomState>;
  /** Replays and worlds by name. */
  parts: Record<string, unknown>;
}

/** What an algorithm is handed: all infrastructure, none of the method. */
export interface Lab<Name extends AlgorithmName = AlgorithmName> {
  readonly options: AlgorithmOptionsOf<Name>;
  readonly engine: Engine;
  readonly engineName: EngineName;
  readonly threads: number;
  readonly space: PolicySpace;
  readonly task: TaskFile;
  /** Of the rig, with names and units, as a model is tied to them. */
  readonly channels: ModelChannels;
  readonly random: Random;
  /** Null where it is to learn from what is recorded alone. */
  readonly world: World | null;
  /** Transitions of the episodes that were chosen, in their order. */
  readonly recorded: readonly Transition[];
  /** A model of the rig that it was given, null without one. */
  readonly model: DynamicsModel | null;
  /** Who teaches it, null without one. */
  readonly teacher: Teacher | null;
  /** Where it was when it was interrupted; null at the beginning. */
  readonly resumed: TrainingSnapshot | null;
  /** Another policy that it goes on from; null where it begins at random. */
  readonly begin: Pick<Policy, 'arrays' | 'value'> | null;
  /**
   * Says how far it is, after every batch of steps; keeps the curve, evaluates when that is due, writes a checkpoint when that
   * is due. `point` is called when a point of the curve is due, and what it gives is the point beside steps and returns.
   * @throws ForesightError cancelled
   */
  report(now: {
    steps: number;
    updates: number;
    ended: readonly EndedEpisode[];
    /** The policy as it is now. */
    actor(): Actor;
    point(): Partial<PolicyPoint>;
    snapshot(): TrainingSnapshot;
    phase?: 'collecting' | 'learning';
    detail?: string;
    /** Updates that the steps made so far are owed; left out where it makes none a step. */
    owed?: number;
  }): Promise<void>;
  note(sentence: string): void;
}

/** What a training comes to. */
export interface Learned {
  actor: Actor;
  value: Arrays | null;
  steps: number;
  updates: number;
}

/** An algorithm is one file: its loop from top to bottom. @throws ForesightError cancelled, bad-data, wrong-use */
export type Algorithm<Name extends AlgorithmName> = (lab: Lab<Name>) => Promise<Learned>;
