import type { Excitation } from '../../../shared/model-study';
import type { Random } from '../../../shared/random';
import type { ActionChannel } from '../../../shared/rig';

/** What to command at each step of one episode, [actions]. Steps are asked for in order. */
export type Excite = (step: number) => number[];

/** An excitation for one episode. Everything random comes from the generator that is handed in. */
export function excitation(
  spec: Excitation,
  actions: readonly Pick<ActionChannel, 'limits'>[],
  periodSeconds: number,
  random: Random,
): Excite {
  const ranges = actions.map(({ limits: [low, high] }) => ({
    middle: (low + high) / 2,
    half: (spec.amplitude * (high - low)) / 2,
  }));
  switch (spec.kind) {
    case 'random-hold':
      return held(spec.holdSteps, () =>
        ranges.map(({ middle, half }) => random.uniformIn(middle - half, middle + half)),
      );
    case 'prbs':
      return held(spec.holdSteps, () =>
        ranges.map(({ middle, half }) => (random.uniform() < 0.5 ? middle - half : middle + half)),
      );
    case 'sine': {
      const [short, long] = spec.periodSeconds;
      const waves = ranges.map(({ middle, half }) => ({
        ...{ middle, half },
        radiansPerStep: (2 * Math.PI * periodSeconds) / (short * (long / short) ** random.uniform()),
        phase: 2 * Math.PI * random.uniform(),
      }));
      return (step) =>
        waves.map(
          ({ middle, half, radiansPerStep, phase }) =>
            middle + half * Math.sin(phase + radiansPerStep * step),
        );
    }
  }
}

function held(steps: number, draw: () => number[]): Excite {
  let current: number[] = [];
  return (step) => {
    if (step % steps === 0) current = draw();
    return current;
  };
}
