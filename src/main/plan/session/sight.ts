import { ForesightError } from '../../../shared/errors';
import { camerasInWords, latentTask } from '../../../shared/eyes';
import { eyesLooker } from '../../../shared/look';
import { decodePicture } from '../../camera/picture-file';
import { newestActs } from '../../dynamics/latent/acts';
import { sameEyes } from '../../dynamics/latent/eyes';
import { Seeing } from '../../dynamics/latent/seeing';
import { camerasOf, pixelsOf } from '../../dynamics/latent/size';
import type { DynamicsModel, Eyes } from '../../dynamics/types';
import type { Policy } from '../../policy/representation/types';
import type { Engine } from '../../tensor';
import type { PlanRequest, PlanResult, PlanSetup } from '../types';
import { CarriedSight } from './carried-sight';

/** What of a request says what was seen. */
type Seen = Pick<PlanRequest, 'pictures' | 'glimpses' | 'observation' | 'past' | 'fresh'>;

/** Calls of the encoder before the first that counts. */
const WARM = 3;

/** Pictures, as they come from a camera, to the latent state that a plan begins in. */
export class Sight {
  readonly #show: ReturnType<typeof eyesLooker>;
  /** Of eyes that carry on what they saw. */
  readonly #carried: CarriedSight | null;

  private constructor(
    private readonly seeing: Seeing,
    private readonly eyes: Eyes,
  ) {
    this.#show = eyesLooker(eyes.summary);
    this.#carried = seeing.filter && new CarriedSight(seeing.filter);
  }

  static async open(engine: Engine, eyes: Eyes): Promise<Sight> {
    const sight = new Sight(await Seeing.open(engine, eyes, 1), eyes);
    await sight.#warmUp();
    return sight;
  }

  /** The first calls allocate the engine's arenas; a rig in motion must not wait for that. */
  async #warmUp(): Promise<void> {
    const { stack, recurrent } = this.eyes.summary;
    for (let i = 0; recurrent && i < WARM; i++) {
      await this.seeing.filter?.after(null, new Float32Array(recurrent.actions), null);
    }
    if (recurrent) return;
    const dark = Array.from({ length: stack }, () => new Uint8Array(pixelsOf(this.eyes.summary)));
    for (let i = 0; i < WARM; i++) await this.seeing.state(dark);
  }

  /**
   * @returns the state (shared/eyes.ts)
   * @throws ForesightError unavailable: nothing was seen yet; bad-data: another camera's pictures
   */
  async state({ pictures, glimpses, observation, past, fresh }: Seen): Promise<number[]> {
    const { stack, beside, observations } = this.eyes.summary;
    const channels = beside.map(({ name }) => observation[observations.indexOf(name)] ?? Number.NaN);
    const decode = (...files: readonly (Uint8Array | null)[]): Uint8Array => {
      const picture = new Uint8Array(pixelsOf(this.eyes.summary));
      this.#show(
        files.map((file) => file && decodePicture(file)),
        picture,
      );
      return picture;
    };
    if (this.#carried) {
      if (!glimpses || glimpses.length === 0) throw this.#blind();
      const inferred = await this.#carried.through(glimpses, fresh, (files) => decode(...files));
      return [...this.seeing.stateOf(inferred, channels)];
    }
    const cameras = camerasOf(this.eyes.summary);
    if (pictures?.length !== stack * cameras) throw this.#blind();
    const moments = Array.from({ length: stack }, (_, age) =>
      decode(...pictures.slice(age * cameras, (age + 1) * cameras)),
    );
    const done = newestActs(this.eyes.summary, past?.actions ?? []);
    return [...(await this.seeing.state(moments, [...channels, ...done]))];
  }

  dispose(): Promise<void> {
    return this.seeing.dispose();
  }

  #blind(): ForesightError {
    return new ForesightError(
      'unavailable',
      `Nothing has been seen by ${camerasInWords(this.eyes.summary)} yet, and what drives decides by what it sees.`,
      'Look at the camera in the room Rig, then start again.',
    );
  }
}

/** The same plan with a model that learned from pictures. No limit can be written in the numbers of a latent state. */
export function latentSetup(setup: PlanSetup, { summary }: Eyes): PlanSetup {
  const { observationLimits: _, ...rest } = setup;
  return {
    ...rest,
    task: latentTask(setup.task, summary),
    propagation: { ...setup.propagation, reward: 'learned' },
  };
}

/** The same request from a latent state: of the rows before, which are the rig's, only what was executed last says something. */
export const fromLatent = (asked: PlanRequest, observation: number[]): PlanRequest => ({
  ...{ ...asked, observation },
  ...(asked.past && { past: { observations: [], actions: asked.past.actions.slice(-1) } }),
});

/** Of what is foreseen in latent space: its futures are no channels of the rig, and are kept apart. */
export const latentFutures = (
  { mean }: Pick<PlanResult, 'mean'>,
  { draw }: Pick<PlanRequest, 'draw'>,
): Pick<PlanResult, 'mean' | 'std' | 'candidates' | 'latent'> => ({
  ...{ mean: new Float32Array(0), std: new Float32Array(0), candidates: [] },
  ...(draw && mean.length > 0 && { latent: mean }),
});

/** @throws ForesightError wrong-use for a policy that sees otherwise than the model beside it, or in place of the rig's channels */
export function requireSameEyes(eyes: Eyes | undefined, model: DynamicsModel): void {
  if (eyes === undefined && model.eyes === undefined) return;
  if (eyes && model.eyes && sameEyes(eyes, model.eyes)) return;
  throw new ForesightError(
    'wrong-use',
    `The policy does not see as the model "${model.summary.name}" does: it learned through another encoder, so that they do not mean the same by a latent state.`,
    'Choose the model that the policy was learned in, one that was trained on from it, or a policy that was learned in this model.',
  );
}

/** A policy beside a plan in latent states: both are on the reward that was learned with them. */
export const latentGuide = (policy: Policy): Policy =>
  policy.eyes
    ? {
        ...policy,
        summary: { ...policy.summary, task: latentTask(policy.summary.task, policy.eyes.summary) },
      }
    : policy;
