import { placeInParent } from '../../../shared/body-places';
import type { Scene } from '../../../shared/drawing';
import type { ChannelInfo } from '../../../shared/episode';
import { bindJoints, jointsOf, jointValues } from '../../../shared/joints';

/** foxglove.FrameTransform as JSON, but for its time. */
export interface Transform {
  parent_frame_id: string;
  child_frame_id: string;
  translation: { x: number; y: number; z: number };
  rotation: { x: number; y: number; z: number; w: number };
}

/** Where a rig's bodies are, each in its parent's frame, by what it observes. */
export class Transforms {
  /** Of the bodies that stand where they are. */
  readonly still: Transform[];
  readonly #moving: number[];
  readonly #source: number[];
  readonly #values: Float64Array;
  readonly #names: string[];

  constructor(
    private readonly scene: Scene,
    observations: readonly ChannelInfo[],
  ) {
    const { drawing, joints } = scene;
    this.#source = bindJoints(
      drawing,
      joints,
      observations.map(({ name }) => name),
    ).source;
    this.#values = new Float64Array(drawing.joints.length);
    this.#names = namesOf(drawing.bodies.map(({ name }) => name));
    const isObserved = (body: number) =>
      jointsOf(drawing, body).some((joint) => (this.#source[joint] ?? -1) >= 0);
    const bodies = [...drawing.bodies.keys()].filter((body) => (drawing.bodies[body]?.parent ?? -1) >= 0);
    this.#moving = bodies.filter(isObserved);
    jointValues(drawing, this.#source, [], this.#values);
    this.still = bodies.filter((body) => !isObserved(body)).map((body) => this.#of(body));
  }

  /** Of the bodies that move. @param observation [observations] */
  moving(observation: ArrayLike<number>): Transform[] {
    jointValues(this.scene.drawing, this.#source, observation, this.#values);
    return this.#moving.map((body) => this.#of(body));
  }

  #of(body: number): Transform {
    const { position, quaternion } = placeInParent(this.scene.drawing, body, this.#values);
    return {
      parent_frame_id: this.#names[this.scene.drawing.bodies[body]?.parent ?? 0] ?? '',
      child_frame_id: this.#names[body] ?? '',
      translation: { x: position[0], y: position[1], z: position[2] },
      rotation: { x: quaternion[0], y: quaternion[1], z: quaternion[2], w: quaternion[3] },
    };
  }
}

/** Frames are told apart by their names. */
function namesOf(names: readonly string[]): string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} ${i}`));
}
