import { AlgorithmOptions, type AlgorithmOptionsOf } from '../../../shared/policy';
import { Random } from '../../../shared/random';
import type { DynamicsModel, NamedArray } from '../../dynamics/types';
import { compileUpdates, type Updates } from '../../dynamics/updates/updates';
import {
  initialSac,
  type SacMetric,
  sacActorShape,
  sacFeeds,
  sacUpdates,
} from '../../policy/algorithms/sac-update';
import { Imagination } from '../../policy/imagine/rollouts';
import { Replay } from '../../policy/replay';
import type { PolicySpace } from '../../policy/representation/space';
import type { Actor, Arrays } from '../../policy/representation/types';
import type { Engine } from '../../tensor';
import { multiplyAddsOf, type PlanBasis } from '../plan-model';
import { timed } from './contender';
import { modelArrays, type OurRow } from './our-row';
import type { ImaginedRow, SacRow } from './rows';

/** Transitions in the replay that updates draw from. */
const KEPT = 10_000;
/** Calls of the program whose losses are compared. */
const COMPARED_CALLS = 1;
const SAC = AlgorithmOptions.parse({ name: 'sac' }) as AlgorithmOptionsOf<'sac'>;

const spaceOf = (observations: number, actions: number): PolicySpace => ({
  layout: { angles: Array.from({ length: observations }, () => false), actions, history: 1, reward: false },
  limits: Array.from({ length: observations }, () => null),
  actions: Array.from({ length: actions }, (_, i) => ({
    name: `action${i}`,
    low: -1,
    high: 1,
    values: null,
  })),
});

/** A replay of random transitions, SAC's arrays and its program, in the code that trains. */
class SacUpdating {
  readonly replay: Replay;
  readonly initial: Arrays;
  #state: Updates<SacMetric>['initial'] = {};
  #updates = 0;
  readonly #random = new Random(3);

  constructor(
    readonly space: PolicySpace,
    readonly options: AlgorithmOptionsOf<'sac'>,
  ) {
    this.initial = initialSac(space, options, new Random(1));
    this.replay = new Replay(space, KEPT);
    const random = new Random(2);
    const normals = () => random.fillNormal(new Float32Array(space.layout.angles.length));
    for (let i = 0; i < KEPT; i++) {
      const action = Float32Array.from(space.actions, () => random.uniformIn(-1, 1));
      const [state, next] = [normals(), normals()];
      this.replay.add({
        state,
        action,
        reward: random.normal(),
        next,
        terminated: i % 50 === 0,
        last: false,
      });
    }
  }

  compile = (engine: Engine, threads: number) =>
    compileUpdates(engine, sacUpdates(this.space, this.options, this.initial), threads);

  feeds(unroll: number, random = this.#random) {
    const batch = this.replay.sample(unroll * this.options.batchSize, random);
    return sacFeeds(this.space, this.options, batch, unroll, random);
  }

  async call(program: Updates<SacMetric>): Promise<Record<SacMetric, number>> {
    if (this.#updates === 0) this.#state = program.initial;
    const feeds = this.feeds(program.unroll);
    const { state, metrics } = await program.run(this.#state, feeds, this.#updates + 1);
    this.#state = state;
    this.#updates += program.unroll;
    return metrics;
  }

  /** Weights, the same batches and noise for everybody, and what the replay holds. */
  problem(unroll: number): Map<string, NamedArray> {
    const { batchSize } = this.options;
    const shaped = (values: Float32Array, ...rows: number[]): NamedArray => ({
      shape: [...rows, values.length / rows.reduce((a, b) => a * b, 1)],
      values,
    });
    const compared = Object.entries(this.feeds(unroll, new Random(3)));
    const kept = Object.entries(this.replay.sample(KEPT, new Random(4)));
    return new Map([
      ...[...this.initial].filter(([name]) => /^(actor|critic)\/|^temperature$/.test(name)),
      ...compared.map(([name, values]) => [`compared/${name}`, shaped(values, unroll, batchSize)] as const),
      ...kept.map(([name, values]) => [`replay/${name}`, shaped(values, KEPT)] as const),
    ]);
  }
}

export async function ourSac(row: SacRow, engine: Engine): Promise<OurRow> {
  const { batch: batchSize, network } = row;
  const options = { ...SAC, batchSize, hiddenLayers: network.hiddenLayers, hiddenUnits: network.hiddenUnits };
  const make = () => new SacUpdating(spaceOf(row.observations, row.actions), options);
  const first = make();
  const alone = await first.compile(engine, 1);
  const { criticLoss, value, entropy } = await first.call(alone);
  await alone.dispose();
  return {
    problem: { spec: specOf(options, alone.unroll), arrays: first.problem(alone.unroll) },
    expected: { criticLoss: [criticLoss], value: [value], entropy: [entropy] },
    gflop: gflopOfSac(first),
    open: async (threads) => {
      const updating = make();
      const program = await updating.compile(engine, threads);
      return {
        go: async (turn) => {
          const calls = await timed(() => updating.call(program), turn);
          return calls.map((ms) => ms / program.unroll);
        },
        close: () => program.dispose(),
      };
    },
  };
}

const specOf = (options: AlgorithmOptionsOf<'sac'>, unroll: number) => ({
  ...{ kind: 'sac', unroll, calls: COMPARED_CALLS, batch: options.batchSize, discount: options.discount },
  ...{ learningRate: options.learningRate, targetRate: options.targetRate },
});

/** Multiply-adds of one row through all layers, and through those behind the first. */
function multiplyAdds(arrays: Arrays, prefix: string): { all: number; behind: number } {
  let [all, behind] = [0, 0];
  for (const [name, { values }] of arrays) {
    if (!name.startsWith(prefix) || !name.endsWith('/kernel')) continue;
    all += values.length;
    if (!name.startsWith(`${prefix}layer0`)) behind += values.length;
  }
  return { all, behind };
}

/** Critics forward thrice and back twice, actor forward twice and back once; gradients of inputs where they are needed. */
function gflopOfSac({ initial, options }: SacUpdating): number {
  const [critics, actor] = [multiplyAdds(initial, 'critic/'), multiplyAdds(initial, 'actor/')];
  const ofCritics = 3 * critics.all + (critics.all + critics.behind) + critics.all;
  const ofActor = 2 * actor.all + (actor.all + actor.behind);
  return (2 * options.batchSize * (ofCritics + ofActor)) / 1e9;
}

/** Rows stay where they are and nothing is noisy, so that what is imagined can be compared. */
class Still extends Random {
  override shuffle<T extends { length: number; [index: number]: unknown }>(array: T): T {
    return array;
  }
  override fillNormal<T extends Float32Array | Float64Array>(array: T): T {
    array.fill(0);
    return array;
  }
}

export async function ourImagined(
  row: ImaginedRow,
  engine: Engine,
  basis: PlanBasis,
  model: DynamicsModel,
): Promise<OurRow> {
  const { rows, steps, updates } = row;
  const make = () => new SacUpdating(spaceOf(4, 1), SAC);
  const first = make();
  const { space } = first;
  const shape = sacActorShape(space, SAC);
  const own = [...first.initial].filter(([name]) => /^(actor|input)\//.test(name));
  const actor: Actor = { shape, arrays: new Map(own) };
  const starts = new Random(5).fillNormal(new Float32Array(rows * 4)).map((normal) => 0.02 * normal);
  const dreaming = (threads: number) =>
    new Imagination(
      engine,
      { space, task: basis.task, learnedReward: false, penalty: { kind: 'none', weight: 0 } },
      rows,
      threads,
    );
  const still = dreaming(1);
  const found = await still.imagine(actor, model, { starts, steps }, new Still(0));
  await still.dispose();
  const program = await first.compile(engine, 1);
  const { unroll } = program;
  await program.dispose();
  const rollouts =
    2 * ((multiplyAddsOf(model) ?? 0) + multiplyAdds(first.initial, 'actor/').all) * rows * steps;
  return {
    problem: {
      spec: { ...specOf(SAC, unroll), kind: 'imagined', steps, updates },
      arrays: new Map([
        ...first.problem(unroll),
        ...modelArrays(model),
        ['starts', { shape: [rows, 4], values: starts }],
      ]),
    },
    expected: { reward: found.batch.reward, next: found.batch.next },
    gflop: rollouts / 1e9 + updates * gflopOfSac(first),
    open: async (threads) => {
      const updating = make();
      const imagination = dreaming(threads);
      const learning = updates > 0 ? await updating.compile(engine, threads) : null;
      const random = new Random(6);
      return {
        go: (turn) =>
          timed(async () => {
            await imagination.imagine(actor, model, { starts, steps }, random);
            for (let done = 0; learning && done < updates; done += learning.unroll)
              await updating.call(learning);
          }, turn),
        close: async () => void (await Promise.all([imagination.dispose(), learning?.dispose()])),
      };
    },
  };
}
