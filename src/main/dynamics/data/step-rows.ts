import { createHash } from 'node:crypto';
import { wrapAngle } from '../../../shared/angles';
import { type ModelLayout, stateWidth, targetCount } from '../layout';
import { sharedFloats, sharedIntegers } from './shared-arrays';
import { inputsOf, type TransitionNames } from './transitions';

/**
 * What a training learns from, in little room: every recorded step once, in single precision, shared by all threads. Ten
 * million steps of twelve channels take less than 1 GB. Everything else is computed from them where it is needed: states
 * with their history, a network's inputs, normalised or not.
 *
 * What single precision would lose is computed before: changes are differences of the recorded numbers, observations lie
 * beside an origin (a position of 1000 m that moves by millimetres), angles are wrapped.
 */
export interface StepRows {
  layout: ModelLayout;
  /** [observations] what was subtracted; 0 for an angle. */
  origin: Float64Array;
  /** [actions] */
  actionOrigin: Float64Array;
  /** [steps, observations] */
  observations: Float32Array;
  /** [steps, actions] */
  actions: Float32Array;
  /** [steps, targets] s′ − s, of angles wrapped to [−π, π); then the reward where it is learned. */
  targets: Float32Array;
}

/** States that were not recorded but predicted, and what was to follow them (losses/dad.ts). */
export interface AddedRows {
  count: number;
  /** [count, stateWidth] SI units */
  states: Float32Array;
  /** [count, actions] */
  actions: Float32Array;
  /** [count, targets] */
  targets: Float32Array;
}

/** Transitions (s, a, s') as a training learns them (layout.ts says what they mean), by index; the added ones behind the recorded. */
export interface Transitions extends TransitionNames {
  count: number;
  /** Recorded steps left out because they did not take one control period. */
  irregular: number;
  rows: StepRows;
  /** [recorded] the step that each is at; null where it is the one of the same index. */
  steps: Int32Array | null;
  added: AddedRows | null;
  /**
   * [count] the transition that begins where this one ends, −1 where there is none. Of a recorded one it is the next index.
   */
  following: Int32Array;
}

/** Bytes of a step, with everything that a training keeps by step. */
export function bytesAStep(layout: ModelLayout): number {
  const numbers = layout.angles.length + layout.actions + targetCount(layout);
  // Following, the step of a transition with a history, and the index of one that is learned from.
  return 4 * (numbers + (layout.history > 1 ? 3 : 2)) + 1;
}

/** Step rows under construction. */
export class StepWriter {
  readonly rows: StepRows;
  readonly #following: Int32Array;
  readonly #steps: Int32Array | null;
  #step = 0;
  #count = 0;
  /** Steps of the run in hand. */
  #run = 0;

  /** @param capacity steps there can be at most */
  constructor(layout: ModelLayout, capacity: number) {
    this.rows = {
      layout,
      origin: new Float64Array(layout.angles.length),
      actionOrigin: new Float64Array(layout.actions),
      observations: sharedFloats(capacity * layout.angles.length),
      actions: sharedFloats(capacity * layout.actions),
      targets: sharedFloats(capacity * targetCount(layout)),
    };
    this.#following = sharedIntegers(capacity);
    this.#steps = layout.history > 1 ? sharedIntegers(capacity) : null;
  }

  /**
   * @param row of the columns that the step goes out from
   * @param continues whether the step before it is the one that was added last
   */
  add(
    columns: { observations: Float64Array; actions: Float64Array; reward?: Float64Array | undefined },
    row: number,
    continues: boolean,
  ): void {
    const { layout, origin, actionOrigin, observations, actions, targets } = this.rows;
    const { angles, history } = layout;
    const [width, size] = [angles.length, targetCount(layout)];
    for (let channel = 0; channel < width; channel++) {
      const now = columns.observations[row * width + channel];
      const change = columns.observations[(row + 1) * width + channel] - now;
      const at = this.#step * width + channel;
      const angle = angles[channel] === true;
      if (this.#step === 0 && !angle) origin[channel] = now;
      observations[at] = angle ? wrapAngle(now) : now - origin[channel];
      targets[this.#step * size + channel] = angle ? wrapAngle(change) : change;
    }
    if (layout.reward) targets[this.#step * size + width] = columns.reward?.[row + 1] ?? Number.NaN;
    for (let channel = 0; channel < layout.actions; channel++) {
      const value = columns.actions[row * layout.actions + channel];
      if (this.#step === 0) actionOrigin[channel] = value;
      actions[this.#step * layout.actions + channel] = value - actionOrigin[channel];
    }
    this.#run = continues ? this.#run + 1 : 1;
    if (this.#run >= history) {
      if (this.#run > history) this.#following[this.#count - 1] = this.#count;
      this.#following[this.#count] = -1;
      if (this.#steps) this.#steps[this.#count] = this.#step;
      this.#count++;
    }
    this.#step++;
  }

  transitions(names: TransitionNames, steps: number): Transitions {
    const { layout } = this.rows;
    const cut = (values: Float32Array, width: number) => values.subarray(0, this.#step * width);
    return {
      ...names,
      ...{ count: this.#count, irregular: steps - this.#step, added: null },
      rows: {
        ...this.rows,
        observations: cut(this.rows.observations, layout.angles.length),
        actions: cut(this.rows.actions, layout.actions),
        targets: cut(this.rows.targets, targetCount(layout)),
      },
      steps: this.#steps?.subarray(0, this.#count) ?? null,
      following: this.#following.subarray(0, this.#count),
    };
  }
}

const recordedCount = ({ count, added }: Transitions): number => count - (added?.count ?? 0);
const stepAt = ({ steps }: Transitions, index: number): number => (steps === null ? index : steps[index]);

type Numbers = Float32Array | Float64Array;

/** The state that a transition goes out from, SI units, [stateWidth] from `at` on. */
export function readState(transitions: Transitions, index: number, to: Numbers, at = 0): void {
  const { rows, added } = transitions;
  const { angles, actions, history } = rows.layout;
  const width = angles.length;
  const recorded = recordedCount(transitions);
  if (added && index >= recorded) {
    const size = stateWidth(rows.layout);
    for (let i = 0; i < size; i++) to[at + i] = added.states[(index - recorded) * size + i];
    return;
  }
  const step = stepAt(transitions, index);
  let next = at;
  for (let age = 0; age < history; age++) {
    for (let channel = 0; channel < width; channel++) {
      to[next++] = rows.observations[(step - age) * width + channel] + rows.origin[channel];
    }
  }
  for (let age = 1; age < history; age++) {
    for (let channel = 0; channel < actions; channel++) {
      to[next++] = rows.actions[(step - age) * actions + channel] + rows.actionOrigin[channel];
    }
  }
}

/** The action of a transition, [actions] from `at` on. */
export function readAction(transitions: Transitions, index: number, to: Numbers, at = 0): void {
  const { rows, added } = transitions;
  const { actions } = rows.layout;
  const recorded = recordedCount(transitions);
  if (added && index >= recorded) {
    const row = index - recorded;
    for (let channel = 0; channel < actions; channel++) {
      to[at + channel] = added.actions[row * actions + channel];
    }
    return;
  }
  const row = stepAt(transitions, index);
  for (let channel = 0; channel < actions; channel++) {
    to[at + channel] = rows.actions[row * actions + channel] + rows.actionOrigin[channel];
  }
}

/** What is to be predicted, SI units, [targets] from `at` on. */
export function readTargets(transitions: Transitions, index: number, to: Numbers, at = 0): void {
  const { rows, added } = transitions;
  const size = targetCount(rows.layout);
  const recorded = recordedCount(transitions);
  const own = added && index >= recorded;
  const from = own ? added.targets : rows.targets;
  const row = own ? index - recorded : stepAt(transitions, index);
  for (let target = 0; target < size; target++) to[at + target] = from[row * size + target];
}

/** The network's inputs in the order of `expandInputs`, not normalised, [inputs] from `at` on. */
export function readInputs(transitions: Transitions, index: number, to: Numbers, at = 0): void {
  const { rows, added } = transitions;
  const { layout, origin, actionOrigin, observations, actions, targets } = rows;
  if (added && index >= recordedCount(transitions)) {
    const state = new Float64Array(stateWidth(layout));
    const action = new Float64Array(layout.actions);
    readState(transitions, index, state);
    readAction(transitions, index, action);
    to.set(inputsOf(layout, state, action), at);
    return;
  }
  const { angles, history } = layout;
  const [width, size] = [angles.length, targetCount(layout)];
  const step = stepAt(transitions, index);
  let next = at;
  for (let channel = 0; channel < width; channel++) {
    const value = observations[step * width + channel];
    if (angles[channel]) {
      to[next++] = Math.sin(value);
      to[next++] = Math.cos(value);
    } else to[next++] = value + origin[channel];
  }
  // How a channel changed up to a step is what the step before was to predict.
  for (let age = 1; age < history; age++) {
    for (let channel = 0; channel < width; channel++) to[next++] = targets[(step - age) * size + channel];
  }
  for (let age = 1; age <= history; age++) {
    // The past actions, the newest first, and at last the one of the step itself.
    const row = age === history ? step : step - age;
    for (let channel = 0; channel < layout.actions; channel++) {
      to[next++] = actions[row * layout.actions + channel] + actionOrigin[channel];
    }
  }
}

/** sha256 of all numbers that are learned from. */
export function hashTransitions({ rows, inputNames, targetNames, following }: Transitions): string {
  const hash = createHash('sha256').update(JSON.stringify([inputNames, targetNames, rows.layout]));
  for (const values of [
    rows.origin,
    rows.actionOrigin,
    rows.observations,
    rows.actions,
    rows.targets,
    following,
  ]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
