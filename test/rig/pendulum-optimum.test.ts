import { describe, expect, it } from 'vitest';
import { Random } from '../../src/shared/random';
import { mean, median } from '../../src/shared/statistics';
import { lacksStudies } from '../needs';
import { builtInPlant } from './rig-helpers';

const STEPS = 200;
const PERIOD = 0.05;
const [ANGLES, SPEEDS] = [241, 161];
const FASTEST = 8;
const TURN = 2 * Math.PI;
const torques = (count: number) => Array.from({ length: count }, (_, i) => -2 + (4 * i) / (count - 1));
/** For the values of all states, and for acting on them. */
const [FEW, MANY] = [torques(9), torques(81)];
const wrapped = (angle: number) => angle - TURN * Math.floor((angle + Math.PI) / TURN);
/** Gym's Pendulum-v1, which pays for the state before the step. */
const reward = (angle: number, speed: number, torque: number) =>
  -(wrapped(angle) ** 2 + 0.1 * speed ** 2 + 0.001 * torque ** 2);
const nextSpeed = (angle: number, speed: number, torque: number) =>
  Math.max(-FASTEST, Math.min(FASTEST, speed + (15 * Math.sin(angle) + 3 * torque) * PERIOD));

/** A value between the grid's points, bilinear. */
function valueAt(values: Float64Array, angle: number, speed: number): number {
  const x = ((wrapped(angle) + Math.PI) / TURN) * (ANGLES - 1);
  const y = ((speed + FASTEST) / (2 * FASTEST)) * (SPEEDS - 1);
  const i = Math.min(Math.floor(x), ANGLES - 2);
  const j = Math.min(Math.floor(y), SPEEDS - 2);
  const [low, high] = [i * SPEEDS + j, (i + 1) * SPEEDS + j];
  const b = y - j;
  const near = (1 - b) * values[low]! + b * values[low + 1]!;
  const far = (1 - b) * values[high]! + b * values[high + 1]!;
  return near + (x - i) * (far - near);
}

/** What is left to earn from each state, by the steps that are left: dynamic programming (Bellman 1957). */
function solve(): Float64Array[] {
  const values = [new Float64Array(ANGLES * SPEEDS)];
  for (let left = 1; left <= STEPS; left++) {
    const after = values[left - 1] as Float64Array;
    const now = new Float64Array(ANGLES * SPEEDS).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < ANGLES; i++) {
      const angle = -Math.PI + (TURN * i) / (ANGLES - 1);
      for (let j = 0; j < SPEEDS; j++) {
        const speed = -FASTEST + (2 * FASTEST * j) / (SPEEDS - 1);
        for (const torque of FEW) {
          const next = nextSpeed(angle, speed, torque);
          const sum = reward(angle, speed, torque) + valueAt(after, angle + next * PERIOD, next);
          const place = i * SPEEDS + j;
          if (sum > now[place]) now[place] = sum;
        }
      }
    }
    values.push(now);
  }
  return values;
}

/** Return of acting by `values` on the rig's own plant. */
function earned(
  plant: Awaited<ReturnType<typeof builtInPlant>>,
  start: number[],
  values: readonly Float64Array[],
): number {
  let [angle = 0, speed = 0] = start;
  let sum = 0;
  for (let left = STEPS; left > 0; left--) {
    let [best, bestSum] = [0, Number.NEGATIVE_INFINITY];
    for (const torque of MANY) {
      const next = nextSpeed(angle, speed, torque);
      const worth =
        reward(angle, speed, torque) + valueAt(values[left - 1] as Float64Array, angle + next * PERIOD, next);
      if (worth > bestSum) [best, bestSum] = [torque, worth];
    }
    sum += reward(angle, speed, best);
    [angle = 0, speed = 0] = [...plant.step([best])];
  }
  return sum;
}

describe('the best that can be earned on the pendulum', () => {
  it.skipIf(lacksStudies)(
    'is what dynamic programming on Gym’s formulas says, also from the starts that the pendulum’s study evaluates',
    async () => {
      const plant = await builtInPlant('pendulum');
      const values = solve();
      // As a study's evaluation draws them (core/study.ts, core/run.ts).
      const returns = [0, 1, 2, 3, 4].map((seed) => {
        const run = new Random(seed).fork('evaluation').integer(2 ** 31);
        return Array.from({ length: 50 }, (_, i) => {
          const start = [...plant.reset(new Random(run).fork(`start ${i}`).integer(2 ** 31))];
          return earned(plant, start, values);
        });
      });
      const [ten, fifty] = [10, 50].map((episodes) => returns.map((one) => mean(one.slice(0, episodes))));
      for (const [words, means] of Object.entries({ ten, fifty })) {
        const said = means?.map((one) => one.toFixed(1)).join(', ');
        console.log(`best mean returns of ${words} episodes, seeds 0 to 4: ${said}`);
      }
      expect(median(ten ?? [])).toBeGreaterThan(-160);
      expect(median(ten ?? [])).toBeLessThan(-154);
      expect(median(fifty ?? [])).toBeGreaterThan(-145);
      expect(median(fifty ?? [])).toBeLessThan(-139);
    },
  );
});
