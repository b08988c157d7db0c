import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRig } from '../../../../src/main/rig';
import { builtInPlant } from '../../rig-helpers';

const inRange = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true });

/** Gym's CartPole with a continuous action, semi-implicit Euler branch: [x, ẋ, θ, θ̇] one step of 0.02 s later. */
function textbookBalance([x, xDot, theta, thetaDot]: number[], force: number): number[] {
  const gravity = 9.8;
  const masscart = 1;
  const masspole = 0.1;
  const length = 0.5;
  const tau = 0.02;
  const total = masscart + masspole;
  const temp = (force + masspole * length * thetaDot! ** 2 * Math.sin(theta!)) / total;
  const thetaAcc =
    (gravity * Math.sin(theta!) - Math.cos(theta!) * temp) /
    (length * (4 / 3 - (masspole * Math.cos(theta!) ** 2) / total));
  const xAcc = temp - (masspole * length * thetaAcc * Math.cos(theta!)) / total;
  const nextXDot = xDot! + tau * xAcc;
  const nextThetaDot = thetaDot! + tau * thetaAcc;
  return [x! + tau * nextXDot, nextXDot, theta! + tau * nextThetaDot, nextThetaDot];
}

/** Gym's Pendulum-v1: [θ, θ̇] one step of 0.05 s later. */
function textbookPendulum([theta, thetaDot]: number[], torque: number): number[] {
  const g = 10;
  const m = 1;
  const l = 1;
  const dt = 0.05;
  const unclipped = thetaDot! + (((3 * g) / (2 * l)) * Math.sin(theta!) + (3 / (m * l ** 2)) * torque) * dt;
  const next = Math.min(Math.max(unclipped, -8), 8);
  return [theta! + next * dt, next];
}

/**
 * PETS's cart-pole from its capsules, with damping 1 on both joints and classical Runge–Kutta at 0.02 s:
 * [x, θ, ẋ, θ̇] one control period (two steps) later. θ = 0 hangs; lengths in m, density 1000 kg/m³.
 */
function textbookSwingup(state: number[], drive: number): number[] {
  const density = 1000;
  const capsule = (radius: number, length: number) => {
    const cylinder = density * Math.PI * radius ** 2 * length;
    const ball = density * (4 / 3) * Math.PI * radius ** 3;
    return {
      mass: cylinder + ball,
      // About the middle, across the axis; hemispheres by Steiner, centre of mass 3r/8 from their flat side.
      inertia:
        cylinder * (length ** 2 / 12 + radius ** 2 / 4) +
        ball * ((2 / 5) * radius ** 2 + length ** 2 / 4 + (3 / 8) * length * radius),
    };
  };
  const end = { x: 0.001, z: -0.6 };
  const cart = capsule(0.1, 0.2);
  const pole = capsule(0.049, Math.hypot(end.x, end.z));
  const toMiddle = { x: end.x / 2, z: end.z / 2 };
  const inertia = pole.inertia + pole.mass * (toMiddle.x ** 2 + toMiddle.z ** 2);
  const derivative = ([, theta, xDot, thetaDot]: number[]): number[] => {
    const sin = Math.sin(theta!);
    const cos = Math.cos(theta!);
    // Middle of the pole relative to the hinge, turned by θ about +y, and its derivative by θ.
    const middle = { x: cos * toMiddle.x + sin * toMiddle.z, z: -sin * toMiddle.x + cos * toMiddle.z };
    const coupling = pole.mass * middle.z;
    const forceX = 100 * drive - xDot! + pole.mass * middle.x * thetaDot! ** 2;
    const torque = pole.mass * 9.81 * middle.x - thetaDot!;
    const a = cart.mass + pole.mass;
    const determinant = a * inertia - coupling ** 2;
    return [
      xDot!,
      thetaDot!,
      (inertia * forceX - coupling * torque) / determinant,
      (a * torque - coupling * forceX) / determinant,
    ];
  };
  const add = (s: number[], d: number[], h: number) => s.map((v, i) => v + h * d[i]!);
  const h = 0.02;
  let s = state;
  for (let i = 0; i < 2; i++) {
    const k1 = derivative(s);
    const k2 = derivative(add(s, k1, h / 2));
    const k3 = derivative(add(s, k2, h / 2));
    const k4 = derivative(add(s, k3, h));
    s = s.map((v, j) => v + (h / 6) * (k1[j]! + 2 * k2[j]! + 2 * k3[j]! + k4[j]!));
  }
  return s;
}

function expectClose(actual: ArrayLike<number>, expected: number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  });
}

describe('cartpole-balance', () => {
  it('moves as the textbook cart-pole with Gym’s constants does', async () => {
    const plant = await builtInPlant('cartpole-balance');
    fc.assert(
      fc.property(
        fc.tuple(inRange(-2.4, 2.4), inRange(-5, 5), inRange(-Math.PI, Math.PI), inRange(-8, 8)),
        inRange(-1, 1),
        ([x, xDot, theta, thetaDot], action) => {
          plant.setState([x, theta], [xDot, thetaDot]);
          expectClose(plant.step([action]), textbookBalance([x, xDot, theta, thetaDot], 10 * action), 1e-9);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('starts every coordinate uniformly within ±0.05', async () => {
    const plant = await builtInPlant('cartpole-balance');
    const starts = Array.from({ length: 2000 }, (_, seed) => plant.reset(seed));
    for (let channel = 0; channel < 4; channel++) {
      const values = starts.map((start) => start[channel]!);
      expect(Math.max(...values)).toBeLessThanOrEqual(0.05);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.05);
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      expect(Math.sqrt(variance)).toBeCloseTo(0.1 / Math.sqrt(12), 3);
    }
  });

  it('has the period, the action range and the step limit of the literature', async () => {
    const { file } = await loadRig('cartpole-balance');
    expect(file.periodSeconds).toBe(0.02);
    expect(file.actions.map((action) => [...action.limits, action.scale])).toEqual([[-1, 1, 10]]);
    expect([file.task.maxSteps, file.task.maxReturn]).toEqual([200, 200]);
  });
});

describe('cartpole-swingup', () => {
  it('moves as the cart-pole equations with damping do', async () => {
    const plant = await builtInPlant('cartpole-swingup');
    fc.assert(
      fc.property(
        fc.tuple(inRange(-1.5, 1.5), inRange(-6, 6), inRange(-4, 4), inRange(-10, 10)),
        inRange(-3, 3),
        ([x, theta, xDot, thetaDot], drive) => {
          plant.setState([x, theta], [xDot, thetaDot]);
          expectClose(plant.step([drive]), textbookSwingup([x, theta, xDot, thetaDot], drive), 1e-7);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stops at the ends of the rail', async () => {
    const plant = await builtInPlant('cartpole-swingup');
    plant.setState([0, 0], [0, 0]);
    const positions = Array.from({ length: 60 }, () => plant.step([3])[0]!);
    expect(Math.max(...positions)).toBeLessThan(2.7);
    expect(positions.at(-1)).toBeGreaterThan(2.3);
  });

  it('starts hanging, every coordinate normal with deviation 0.1', async () => {
    const plant = await builtInPlant('cartpole-swingup');
    const starts = Array.from({ length: 2000 }, (_, seed) => plant.reset(seed));
    for (let channel = 0; channel < 4; channel++) {
      const values = starts.map((start) => start[channel]!);
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.01);
      const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
      expect(Math.abs(Math.sqrt(variance) - 0.1)).toBeLessThan(0.006);
    }
  });
});

describe('pendulum', () => {
  it('moves as Gym’s Pendulum-v1 does, speed limit included', async () => {
    const plant = await builtInPlant('pendulum');
    fc.assert(
      fc.property(fc.tuple(inRange(-10, 10), inRange(-8, 8)), inRange(-2, 2), ([theta, thetaDot], torque) => {
        plant.setState([theta], [thetaDot]);
        expectClose(plant.step([torque]), textbookPendulum([theta, thetaDot], torque), 1e-9);
      }),
      {
        numRuns: 500,
        examples: [
          [[1.5, 7.9], 2],
          [[-1.5, -7.9], -2],
        ],
      },
    );
  });

  it('starts anywhere on the circle with up to ±1 rad/s', async () => {
    const plant = await builtInPlant('pendulum');
    const starts = Array.from({ length: 2000 }, (_, seed) => plant.reset(seed));
    const angles = starts.map((start) => start[0]!);
    const speeds = starts.map((start) => start[1]!);
    expect(Math.max(...angles.map(Math.abs))).toBeLessThanOrEqual(Math.PI);
    expect(Math.max(...speeds.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(angles.filter((angle) => angle > 0).length / 2000).toBeCloseTo(0.5, 1);
    expect(Math.max(...angles)).toBeGreaterThan(3);
    expect(Math.max(...speeds)).toBeGreaterThan(0.95);
  });
});

describe('every plant', () => {
  it.each(['cartpole-balance', 'cartpole-swingup', 'pendulum'])(
    '%s repeats itself for the same seed',
    async (name) => {
      const [first, second] = [await builtInPlant(name), await builtInPlant(name)];
      const trajectory = (plant: typeof first, seed: number) => {
        plant.reset(seed);
        return Array.from({ length: 50 }, (_, k) => [...plant.step([Math.sin(k)])]);
      };
      expect(trajectory(first, 3)).toEqual(trajectory(second, 3));
      expect(trajectory(first, 3)).not.toEqual(trajectory(second, 4));
    },
  );

  it('exerts nothing while its torque is off', async () => {
    const plant = await builtInPlant('cartpole-balance');
    plant.setTorque(false);
    plant.setState([0, 0], [0, 0]);
    expect(plant.step([1])[1]).toBe(0);
    plant.setTorque(true);
    expect(plant.step([1])[1]).toBeGreaterThan(0.1);
  });
});
