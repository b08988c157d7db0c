import type { Eyes } from '../../../shared/eyes';
import { Random } from '../../../shared/random';
import { eyesLearning } from '../../dynamics/latent/fit-eyes';
import { filterLearning } from '../../dynamics/latent/recurrent/fit-filter';
import type { NamedArray } from '../../dynamics/types';
import { compileHalves, type HalvedShape } from '../../dynamics/updates/halves';
import type { Engine } from '../../tensor';
import { ACTIONS, eyesOfStep, type StepCase, stepGflop } from '../latent/steps';
import type { OurRow } from './our-row';
import type { LatentRow } from './rows';

const LEARNING_RATE = 1e-3;
/** Steps whose losses are compared: that of the second says what the first has changed. */
const COMPARED_STEPS = 2;
/** In a call of the program that is timed, the first and the last two apart. */
const TIMED_STEPS = 8;

/**
 * Learning steps of an encoder and its decoder in the code that trains, from the same weights on the same batch again and again, which
 * lies there: drawing windows is not part of it.
 */
export async function ourLatent({ step }: LatentRow, engine: Engine): Promise<OurRow> {
  const shape = learningOf(step);
  const batch = batchOf(shape);
  const alone = await compileHalves(engine, shape, 1);
  const compared: Record<string, number>[] = [];
  await alone
    .run(COMPARED_STEPS, filling(batch), async (_, metrics) => void compared.push(metrics))
    .finally(() => alone.dispose());
  return {
    problem: {
      spec: {
        ...specOf(step),
        kind: 'latent',
        steps: COMPARED_STEPS,
        learningRate: LEARNING_RATE,
        clipNorm: shape.clipNorm,
      },
      arrays: new Map([...shape.weights, ...batch]),
    },
    expected: Object.fromEntries(Object.entries(compared[0] ?? {}).map(([name, value]) => [name, [value]])),
    gflop: stepGflop(step),
    open: async (threads) => {
      const halves = await compileHalves(engine, shape, threads);
      const fill = filling(batch);
      return {
        async go({ ms, least }) {
          const taken: number[] = [];
          const until = performance.now() + ms;
          while (taken.length < least || performance.now() < until) {
            let before = 0;
            await halves.run(TIMED_STEPS, fill, async (done) => {
              const now = performance.now();
              if (before > 0 && done < TIMED_STEPS) taken.push((now - before) / 2);
              before = now;
            });
          }
          return taken;
        },
        close: () => halves.dispose(),
      };
    },
  };
}

function learningOf(step: StepCase): HalvedShape<string> {
  const request = { summary: eyesOfStep(step), learningRate: LEARNING_RATE, random: new Random(1) };
  return step.options.name === 'latent-frame'
    ? eyesLearning({ ...request, options: step.options, actions: ACTIONS })
    : filterLearning({ ...request, options: step.options });
}

/** What the other needs to know of the network beside its arrays. */
function specOf({ options, ...step }: StepCase) {
  const { size, encoder, decoder, latent }: Eyes = eyesOfStep({ options, ...step });
  const common = { class: options.name, size, encoder, decoder, latent, unroll: options.unroll };
  if (options.name === 'latent-frame') return { ...common, stack: options.stack };
  const { remembered, inferred, klWeight, klBalance, freeNats } = options;
  return { ...common, remembered, inferred, klWeight, klBalance, freeNats };
}

/** Both halves of a batch [2, …] by name, normal numbers; there is a picture at every step. */
function batchOf({ feeds }: HalvedShape<string>): Map<string, NamedArray> {
  const random = new Random(2);
  return new Map(
    feeds.map(({ name, shape }): [string, NamedArray] => {
      const values = new Float32Array(2 * shape.reduce((a, b) => a * b, 1));
      return [
        `given/${name}`,
        { shape: [2, ...shape], values: name === 'saw' ? values.fill(1) : random.fillNormal(values) },
      ];
    }),
  );
}

/** Writes the batch once into all the places that there are for one, half by half; what was written stays. */
function filling(batch: ReadonlyMap<string, NamedArray>): (into: Record<string, Float32Array>) => void {
  let half = 0;
  const written = new Set<Float32Array>();
  return (into) => {
    for (const [name, place] of Object.entries(into)) {
      const { values } = batch.get(`given/${name}`) as NamedArray;
      if (written.has(place)) continue;
      place.set(values.subarray(half * place.length, (half + 1) * place.length));
      written.add(place);
    }
    half = 1 - half;
  };
}
