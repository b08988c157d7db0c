import { latentRigFile } from '../../../shared/eyes';
import { Random, type RandomState } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import { rigChannels } from '../../../shared/rig-channels';
import type { TaskFile } from '../../../shared/task';
import { guardAction, holdAction } from '../../control/guard';
import { stateAfter, stateFrom } from '../../dynamics/layout';
import type { DynamicsModel, Eyes } from '../../dynamics/types';
import { openPlant } from '../../rig/drivers/mujoco/plant';
import { type CompiledTask, compileTask } from '../../task';
import type { Engine } from '../../tensor';
import { requireModelOf } from '../imagine/model';
import type { Transition } from '../replay';
import { type Acting, compileActing } from '../representation/acting';
import { nextAction } from '../representation/exploring';
import { type PolicySpace, toPhysical, toUnit } from '../representation/space';
import type { Actor } from '../representation/types';
import type { Behaviour, EndedEpisode, Experienced, World } from '../types';
import { type Moving, movingModel } from './modelled';
import { seenPlant } from './seen';
import { taughtAction } from './taught';

/** Where a world's episode stands. */
interface Under {
  state: Float32Array;
  observation: Float64Array;
  previous: Float64Array;
  return: number;
  /** Whether its task was done at the newest step; null where nothing says so. */
  success: boolean | null;
  episode: number;
  steps: number;
}

interface SimulatedState {
  episodes: number;
  random: RandomState;
}

interface Surroundings {
  /** Of whoever acts by pictures, of latent states. */
  space: PolicySpace;
  engine: Engine;
  seed: number;
  /** Of whoever acts by pictures: what it looks through. */
  eyes?: Eyes | undefined;
}

/**
 * A rig's simulation as a world: with its noise, its delays and its changes, through the same guard as on a rig. One that goes
 * on from a checkpoint begins a new episode in place of the one that it was in.
 */
export async function simulatedWorld(
  rig: Rig,
  task: TaskFile,
  around: Surroundings,
): Promise<SimulatedWorld> {
  return new SimulatedWorld(rig, task, around, await openSimulation(rig, task, around));
}

/** What moves in a simulation, as it is or as the rig's camera shows it. */
const openSimulation = (
  rig: Rig,
  task: TaskFile,
  { engine, seed, eyes }: Omit<Surroundings, 'space'>,
): Promise<Moving> => (eyes ? seenPlant(rig, task, { eyes, engine, seed }) : openPlant(rig, seed));

/** The same in a learned model of the rig (modelled.ts). @throws ForesightError wrong-use, bad-data */
export async function modelledWorld(
  rig: Rig,
  task: TaskFile,
  model: DynamicsModel,
  { recorded, ...around }: Surroundings & { recorded: readonly Transition[] },
): Promise<SimulatedWorld> {
  const { space, engine, eyes } = around;
  requireModelOf(model, rigChannels(eyes ? latentRigFile(rig.file, eyes.summary) : rig.file), space);
  const moving = await movingModel(model, engine, { recorded, rest: holdAction(rig.file.actions) });
  return new SimulatedWorld(rig, task, around, moving);
}

class SimulatedWorld implements World {
  readonly kind = 'simulation';
  readonly #task: CompiledTask;
  #behaviour: Behaviour = { kind: 'random' };
  #behaviours = 0;
  #acting: { key: string; acting: Acting } | undefined;
  #evaluation: Moving | undefined;
  readonly #starts: Random;
  readonly #random: Random;
  #episodes = 0;
  #under: Under | undefined;

  constructor(
    private readonly rig: Rig,
    private readonly task: TaskFile,
    private readonly around: Surroundings,
    private readonly plant: Moving,
  ) {
    this.#task = compileTask(task, rig.file);
    const random = new Random(around.seed);
    this.#starts = random.fork('starts');
    this.#random = random.fork('exploration');
  }

  async behave(behaviour: Behaviour): Promise<number> {
    if (behaviour.kind !== 'random') await this.#actingFor(behaviour.actor);
    this.#behaviour = behaviour;
    return ++this.#behaviours;
  }

  async experience(most: number): Promise<Experienced> {
    const transitions: Transition[] = [];
    const ended: EndedEpisode[] = [];
    while (transitions.length < most) {
      const under = this.#under ?? (await this.#begin(this.plant, this.#episodes++));
      const { transition, after } = await this.#step(this.plant, under, this.#behaviour, this.#random);
      transitions.push(transition);
      this.#under = transition.last ? undefined : after;
      if (transition.last) ended.push(endOf(after, transition));
    }
    return { transitions, ended };
  }

  async evaluate(
    actor: Actor,
    episodes: number,
    seed: number,
    onEnded?: (ended: EndedEpisode) => void,
  ): Promise<EndedEpisode[]> {
    return this.drive({ kind: 'actor', actor, explore: false }, episodes, seed, onEnded);
  }

  /** Episodes of any behaviour from the starts of `evaluate`, which nothing is learned from either. */
  async drive(
    behaviour: Behaviour,
    episodes: number,
    seed: number,
    onEnded?: (ended: EndedEpisode) => void,
  ): Promise<EndedEpisode[]> {
    this.#evaluation ??= await openSimulation(this.rig, this.task, { ...this.around, seed });
    if (behaviour.kind !== 'random') await this.#actingFor(behaviour.actor);
    const random = new Random(seed);
    const ended: EndedEpisode[] = [];
    for (let episode = 0; episode < episodes; episode++) {
      let under = await this.#begin(this.#evaluation, episode, random);
      for (;;) {
        const { transition, after } = await this.#step(this.#evaluation, under, behaviour, random);
        under = after;
        if (!transition.last) continue;
        const end = endOf(after, transition);
        ended.push(end);
        onEnded?.(end);
        // Whoever wants to cancel is heard between two episodes.
        await new Promise((resolve) => setImmediate(resolve));
        break;
      }
    }
    return ended;
  }

  state(): SimulatedState {
    return { episodes: this.#episodes, random: this.#random.state() };
  }

  restore(state: unknown): void {
    const { episodes, random } = state as SimulatedState;
    this.#episodes = episodes;
    this.#random.restore(random);
    this.#under = undefined;
  }

  async close(): Promise<void> {
    await this.#acting?.acting.dispose();
    await this.#evaluation?.dispose();
    await this.plant.dispose();
  }

  /** Compiled once for every shape of actor. */
  async #actingFor(actor: Actor): Promise<Acting> {
    const key = JSON.stringify([actor.shape, [...actor.arrays].map(([name, { shape }]) => [name, shape])]);
    if (this.#acting?.key === key) return this.#acting.acting;
    await this.#acting?.acting.dispose();
    const acting = await compileActing(this.around.engine, this.around.space, actor);
    this.#acting = { key, acting };
    return acting;
  }

  async #begin(plant: Moving, episode: number, starts = this.#starts): Promise<Under> {
    const observation = await plant.reset(starts.fork(`start ${episode}`).integer(2 ** 31));
    const rest = holdAction(this.rig.file.actions);
    const state = stateFrom(this.around.space.layout, [observation], [], rest);
    return { state, observation, previous: rest, return: 0, episode, steps: 0, success: null };
  }

  async #step(plant: Moving, under: Under, behaviour: Behaviour, random: Random) {
    const { file } = this.rig;
    const { wanted, advice } = await this.#choose(under, behaviour, random);
    const asked = toPhysical(this.around.space, wanted);
    const { action } = guardAction(file.actions, file.periodSeconds, under.previous, asked, under.steps);
    const observation = await plant.step(action);
    const {
      reward,
      terminated,
      success = null,
    } = plant.judged?.() ?? {
      reward: this.#task.reward(under.observation, action, observation),
      terminated: this.#task.terminated(under.observation, action, observation),
      success: this.#task.succeeded?.(under.observation, action, observation) ?? null,
    };
    const steps = under.steps + 1;
    const next = stateAfter(
      this.around.space.layout,
      under.state,
      Float32Array.from(action),
      Float32Array.from(observation),
    );
    const transition: Transition = {
      ...{ state: under.state, action: toUnit(this.around.space, action), reward, next, terminated },
      last: terminated || steps >= this.task.maxSteps,
      taken: {
        ...{ episode: under.episode, step: under.steps, behaviour: this.#behaviours },
        ...{ asked: wanted, advice },
      },
    };
    const after: Under = {
      ...{ state: next, observation, previous: action, episode: under.episode, steps },
      ...{ return: under.return + reward, success },
    };
    return { transition, after };
  }

  async #choose({ state, previous, steps }: Under, behaviour: Behaviour, random: Random) {
    const acting = this.#acting?.acting ?? null;
    if (behaviour.kind !== 'taught') {
      const wanted = await nextAction(this.around.space, behaviour, acting, state, random);
      return { wanted, advice: null };
    }
    const before = steps === 0 ? null : toUnit(this.around.space, previous);
    const { action, advice } = await taughtAction(behaviour, acting, { state, before }, random);
    return { wanted: action, advice };
  }
}

const endOf = (after: Under, { terminated }: Transition): EndedEpisode => ({
  return: after.return,
  steps: after.steps,
  success: after.success,
  terminated,
});
