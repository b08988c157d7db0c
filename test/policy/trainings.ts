import type { Transition } from '../../src/main/policy/replay';
import type { PolicySpace } from '../../src/main/policy/representation/space';
import type { Lab, World } from '../../src/main/policy/types';
import { openEngineOrDefault } from '../../src/main/tensor';
import type { AlgorithmName, AlgorithmOptionsOf } from '../../src/shared/policy';
import { AlgorithmOptions } from '../../src/shared/policy';
import { Random } from '../../src/shared/random';

/** A plain space of one observation and one action from −1 to 1, which is discrete where it has `values`. */
export const lineSpace = (values: number[] | null = null): PolicySpace => ({
  layout: { angles: [false], actions: 1, history: 1, reward: false },
  limits: [null],
  actions: [{ name: 'push', low: -1, high: 1, values }],
});

export const transition = (given: Partial<Transition> & { at: number; to?: number }): Transition => ({
  state: Float32Array.of(given.at),
  next: Float32Array.of(given.to ?? given.at),
  ...{ action: Float32Array.of(0), reward: 1, terminated: false, last: false },
  ...given,
});

type Point = Parameters<Lab['report']>[0];

/** A lab without a rig, for algorithms that are tried by themselves; what is reported last is kept. */
export async function labFor<Name extends AlgorithmName>(
  given: { name: Name } & Record<string, unknown>,
  { space = lineSpace(), ...more }: Partial<Omit<Lab, 'options'>> = {},
): Promise<Lab<Name> & { last(): Point; notes: string[] }> {
  let last: Point | undefined;
  const notes: string[] = [];
  return {
    options: AlgorithmOptions.parse({ hiddenUnits: 16, ...given }) as AlgorithmOptionsOf<Name>,
    ...{ engine: await openEngineOrDefault('native'), engineName: 'native', threads: 1, space },
    task: { name: 'task', reward: '0', maxSteps: 20, until: [] } as unknown as Lab['task'],
    channels: { observations: [], actions: [] } as unknown as Lab['channels'],
    ...{
      random: new Random(1),
      world: null,
      recorded: [],
      model: null,
      teacher: null,
      resumed: null,
      begin: null,
      notes,
    },
    report: async (now) => {
      last = now;
    },
    note: (sentence) => notes.push(sentence),
    last: () => last as Point,
    ...more,
  };
}

/**
 * A cart on a line that a push moves, rewarded for being at 0, as a world: episodes of 20 steps without an end of their own. All of
 * its state goes into a snapshot, so that a training can go on within an episode.
 */
export class LineWorld implements World {
  readonly kind: World['kind'];
  ended = false;
  readonly behaviours: Parameters<World['behave']>[0][] = [];
  /** Of every behaviour, the steps that had been made before it. */
  readonly begun: number[] = [];
  #random = new Random(7);
  #at = 1;
  #step = 0;

  constructor(kind: World['kind'] = 'simulation') {
    this.kind = kind;
  }

  async behave(behaviour: Parameters<World['behave']>[0]): Promise<number> {
    this.begun.push(this.#step);
    return this.behaviours.push(behaviour);
  }

  async experience(): ReturnType<World['experience']> {
    const push = this.#random.uniformIn(-1, 1);
    const to = this.#at + 0.1 * push;
    const last = ++this.#step % 20 === 0;
    const made = transition({ at: this.#at, to, action: Float32Array.of(push), reward: -to * to, last });
    this.#at = last ? this.#random.uniformIn(-1, 1) : to;
    return { transitions: [made], ended: [] };
  }

  state(): unknown {
    return { random: this.#random.state(), at: this.#at, step: this.#step };
  }

  restore(state: unknown): void {
    const { random, at, step } = state as {
      random: ReturnType<Random['state']>;
      at: number;
      step: number;
    };
    this.#random.restore(random);
    [this.#at, this.#step] = [at, step];
  }
}
