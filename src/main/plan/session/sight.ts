import { ForesightError } from '../../../shared/errors';
import { latentTask } from '../../../shared/eyes';
import { decodePicture } from '../../camera/picture-file';
import { looker } from '../../camera/training/look';
import { Seeing } from '../../dynamics/latent/seeing';
import { pixelsOf } from '../../dynamics/latent/size';
import type { Eyes } from '../../dynamics/types';
import type { Engine } from '../../tensor';
import type { PlanSetup } from '../types';

/** Pictures, as they come from a camera, to the latent state that a plan begins in. */
export class Sight {
  readonly #show: ReturnType<typeof looker>;

  private constructor(
    private readonly seeing: Seeing,
    private readonly eyes: Eyes,
  ) {
    const { size, colour, width, height } = eyes.summary;
    this.#show = looker({ width: size, height: size, colour }, { width, height });
  }

  static async open(engine: Engine, eyes: Eyes): Promise<Sight> {
    return new Sight(await Seeing.open(engine, eyes, 1), eyes);
  }

  /**
   * @param files [stack] PNG or JPEG, oldest first
   * @param observation of the rig
   * @returns the state (shared/eyes.ts)
   * @throws ForesightError unavailable: nothing was seen yet; bad-data: another camera's pictures
   */
  async state(files: readonly Uint8Array[] | undefined, observation: readonly number[]): Promise<number[]> {
    const { camera, stack, beside, observations } = this.eyes.summary;
    if (files?.length !== stack) {
      throw new ForesightError(
        'unavailable',
        `Camera "${camera}" has shown nothing yet, and this model plans by what it sees.`,
        'Look at the camera in the room Rig, then start again.',
      );
    }
    const pictures = files.map((file) => {
      const picture = new Uint8Array(pixelsOf(this.eyes.summary));
      this.#show(decodePicture(file), picture);
      return picture;
    });
    const channels = beside.map(({ name }) => observation[observations.indexOf(name)] ?? Number.NaN);
    return [...(await this.seeing.state(pictures, channels))];
  }

  dispose(): Promise<void> {
    return this.seeing.dispose();
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
