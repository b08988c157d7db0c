import type { Random } from '../../shared/random';
import { stateWidth } from '../dynamics/layout';
import type { PolicySpace } from './representation/space';

/** How a step came about, in a world that policies act in. */
export interface Taken {
  /** Counted from 0 in the world. */
  episode: number;
  /** From 0 in the episode: a step that is missing shows. */
  step: number;
  /** Which `behave` its action is of, as that was answered; 0 before the first. */
  behaviour: number;
  /** [actions] what was asked for, before the guard, in units of the ranges. */
  asked: Float32Array;
  /** [actions] what the teacher would have done, where the behaviour has one. */
  advice: Float32Array | null;
}

/** One step that happened, or was imagined. */
export interface Transition {
  /** [stateWidth] SI units (dynamics/layout.ts). */
  state: Float32Array;
  /** [actions] as it was executed, in units of the ranges (space.ts). */
  action: Float32Array;
  reward: number;
  /** [stateWidth] the state that it led to. */
  next: Float32Array;
  /** The task ended here: nothing is earned after it. A step limit or an interruption is none. */
  terminated: boolean;
  /** Nothing follows it in its episode, whatever the reason. */
  last: boolean;
  /** Left out of what was recorded or imagined. */
  taken?: Taken;
}

/** Batches as a training graph is fed with them, row-major, of `rows` transitions. */
export interface TransitionBatch {
  /** [rows, stateWidth] */
  state: Float32Array;
  /** [rows, actions] */
  action: Float32Array;
  /** [rows, 1] */
  reward: Float32Array;
  /** [rows, stateWidth] */
  next: Float32Array;
  /** [rows, 1] 1 where the task goes on, 0 where it terminated. */
  continues: Float32Array;
}

/** All of a replay as plain data, for a checkpoint. */
export interface ReplayState extends TransitionBatch {
  size: number;
  position: number;
  last: Uint8Array;
}

/** Transitions to learn from again and again: a ring that forgets the oldest. Grows as it is filled. */
export class Replay {
  readonly #width: number;
  readonly #actions: number;
  #rows = 0;
  #arrays: TransitionBatch & { last: Uint8Array };
  #size = 0;
  #position = 0;

  constructor(
    readonly space: PolicySpace,
    readonly capacity: number,
  ) {
    this.#width = stateWidth(space.layout);
    this.#actions = space.actions.length;
    this.#arrays = { ...this.#empty(0), last: new Uint8Array(0) };
  }

  get size(): number {
    return this.#size;
  }

  add({ state, action, reward, next, terminated, last }: Transition): void {
    const row = this.#position;
    if (row === this.#rows) this.#grow();
    const arrays = this.#arrays;
    arrays.state.set(state, row * this.#width);
    arrays.next.set(next, row * this.#width);
    arrays.action.set(action, row * this.#actions);
    arrays.reward[row] = reward;
    arrays.continues[row] = terminated ? 0 : 1;
    arrays.last[row] = last ? 1 : 0;
    this.#position = (row + 1) % this.capacity;
    this.#size = Math.min(this.#size + 1, this.capacity);
  }

  /** Many at once, row-major as in a batch, which nothing follows one another in. */
  addBatch(batch: TransitionBatch, rows: number): void {
    for (let row = 0; row < rows; row++) {
      this.add({
        state: batch.state.subarray(row * this.#width, (row + 1) * this.#width),
        action: batch.action.subarray(row * this.#actions, (row + 1) * this.#actions),
        reward: batch.reward[row] ?? 0,
        next: batch.next.subarray(row * this.#width, (row + 1) * this.#width),
        terminated: batch.continues[row] === 0,
        last: true,
      });
    }
  }

  clear(): void {
    this.#size = 0;
    this.#position = 0;
  }

  /** `rows` transitions drawn with replacement. @throws RangeError when there is none */
  sample(rows: number, random: Random): TransitionBatch {
    const batch = this.#empty(rows);
    this.sampleInto(batch, { from: 0, rows }, random);
    return batch;
  }

  /** The same into a part of a batch, so that batches can be mixed from several replays. */
  sampleInto(batch: TransitionBatch, part: { from: number; rows: number }, random: Random): void {
    if (this.#size === 0) throw new RangeError('an empty replay has nothing to sample');
    for (let to = part.from; to < part.from + part.rows; to++) {
      this.#copy(random.integer(this.#size), batch, to);
    }
  }

  /** Mean reward of the newest transitions; null of none. */
  meanReward(newest: number): number | null {
    const count = Math.min(newest, this.#size);
    let sum = 0;
    for (let age = 1; age <= count; age++) {
      sum += this.#arrays.reward[(this.#position - age + this.capacity) % this.capacity] ?? 0;
    }
    return count === 0 ? null : sum / count;
  }

  /** [rows, stateWidth] states drawn with replacement. */
  sampleStates(rows: number, random: Random): Float32Array {
    const states = new Float32Array(rows * this.#width);
    for (let to = 0; to < rows; to++) {
      const row = random.integer(this.#size);
      states.set(this.#arrays.state.subarray(row * this.#width, (row + 1) * this.#width), to * this.#width);
    }
    return states;
  }

  /** An empty batch of so many rows, to be sampled into. */
  batch(rows: number): TransitionBatch {
    return this.#empty(rows);
  }

  state(): ReplayState {
    const { last, ...arrays } = this.#arrays;
    const cut = (values: Float32Array, width: number) => values.slice(0, this.#size * width);
    return {
      ...{ size: this.#size, position: this.#position, last: last.slice(0, this.#size) },
      state: cut(arrays.state, this.#width),
      next: cut(arrays.next, this.#width),
      action: cut(arrays.action, this.#actions),
      reward: cut(arrays.reward, 1),
      continues: cut(arrays.continues, 1),
    };
  }

  restore(state: ReplayState): void {
    const { size, position, last, ...arrays } = state;
    this.#rows = 0;
    this.#arrays = { ...this.#empty(0), last: new Uint8Array(0) };
    while (this.#rows < size) this.#grow();
    for (const name of ['state', 'next', 'action', 'reward', 'continues'] as const) {
      this.#arrays[name].set(arrays[name]);
    }
    this.#arrays.last.set(last);
    this.#size = size;
    this.#position = position;
  }

  #copy(row: number, batch: TransitionBatch, to: number): void {
    const [width, actions] = [this.#width, this.#actions];
    const { state, next, action, reward, continues } = this.#arrays;
    batch.state.set(state.subarray(row * width, (row + 1) * width), to * width);
    batch.next.set(next.subarray(row * width, (row + 1) * width), to * width);
    batch.action.set(action.subarray(row * actions, (row + 1) * actions), to * actions);
    batch.reward[to] = reward[row] ?? 0;
    batch.continues[to] = continues[row] ?? 0;
  }

  #grow(): void {
    const rows = Math.min(this.capacity, Math.max(1024, 2 * this.#rows));
    const grown = this.#empty(rows);
    for (const name of ['state', 'next', 'action', 'reward', 'continues'] as const) {
      grown[name].set(this.#arrays[name]);
    }
    const last = new Uint8Array(rows);
    last.set(this.#arrays.last);
    this.#arrays = { ...grown, last };
    this.#rows = rows;
  }

  #empty(rows: number): TransitionBatch {
    return {
      state: new Float32Array(rows * this.#width),
      next: new Float32Array(rows * this.#width),
      action: new Float32Array(rows * this.#actions),
      reward: new Float32Array(rows),
      continues: new Float32Array(rows),
    };
  }
}
