import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAfter, stateFrom } from '../../../src/main/dynamics/layout';
import { episodesIn } from '../../../src/main/policy/imagine/episodes';
import { Replay } from '../../../src/main/policy/replay';
import { toUnit } from '../../../src/main/policy/representation/space';
import { Random } from '../../../src/shared/random';
import { lineSpace, transition } from '../trainings';
import { spaceOf, TURNING } from './imagining';

describe('episodes in a replay', () => {
  it('are those that went in, oldest first, as far as the replay remembers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 5, max: 60 }),
        fc.integer({ min: 0, max: 1000 }),
        (lengths, history, capacity, seed) => {
          const space = spaceOf(TURNING, history);
          const random = new Random(seed);
          const replay = new Replay(space, capacity);
          const lived: { observations: Float32Array[]; actions: Float64Array[]; rewards: number[] }[] = [];
          for (const steps of lengths) {
            const observe = () => random.fillNormal(new Float32Array(2));
            const observations = [observe()];
            const [actions, rewards]: [Float64Array[], number[]] = [[], []];
            let state = stateFrom(space.layout, observations, [], [0, 0]);
            for (let step = 0; step < steps; step++) {
              const action = Float64Array.from([random.uniformIn(-2, 6), random.uniformIn(-1, 1)]);
              const observation = observe();
              const next = stateAfter(space.layout, state, Float32Array.from(action), observation);
              const reward = Math.fround(random.normal());
              replay.add({
                ...{ state, action: toUnit(space, action), reward, next },
                ...{ terminated: false, last: step === steps - 1 },
              });
              state = next;
              observations.push(observation);
              actions.push(action);
              rewards.push(reward);
            }
            lived.push({ observations, actions, rewards });
          }
          const found = episodesIn(replay);
          const kept = Math.min(
            capacity,
            lengths.reduce((sum, steps) => sum + steps, 0),
          );
          expect(found.reduce((sum, { columns }) => sum + columns.rows - 1, 0)).toBe(kept);
          // From the end, because the oldest episode may have lost its beginning.
          found.reverse().forEach(({ columns }, age) => {
            const { observations, actions, rewards } = lived[lived.length - 1 - age] as (typeof lived)[0];
            const lost = observations.length - columns.rows;
            expect([...columns.observations]).toEqual(observations.slice(lost).flatMap((one) => [...one]));
            actions.slice(lost).forEach((action, row) => {
              for (const a of [0, 1])
                expect(columns.actions[2 * row + a]).toBeCloseTo(action[a] as number, 5);
            });
            expect([...(columns.reward ?? [])].slice(1)).toEqual(rewards.slice(lost));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are the newest alone where only those are asked for', () => {
    const space = spaceOf(TURNING);
    const replay = new Replay(space, 100);
    for (let step = 0; step < 10; step++) {
      const [state, next] = [Float32Array.of(step, 0), Float32Array.of(step + 1, 0)];
      const last = step === 4 || step === 9;
      replay.add({ state, next, action: Float32Array.of(0, 0), reward: step, terminated: false, last });
    }
    const [first, second] = episodesIn(replay, 7);
    expect([...(first?.columns.observations ?? [])].filter((_, i) => i % 2 === 0)).toEqual([3, 4, 5]);
    expect(second?.columns.rows).toBe(6);
    expect(replay.meanReward(3)).toBe(8);
    expect(new Replay(space, 5).meanReward(3)).toBeNull();
  });

  it('end where what follows begins elsewhere, as after a training that was interrupted within an episode', () => {
    const replay = new Replay(lineSpace(), 10);
    replay.add(transition({ at: 0, to: 1 }));
    replay.add(transition({ at: 1, to: 2 }));
    replay.add(transition({ at: -5, to: -4 }));
    const found = episodesIn(replay).map(({ columns }) => [...columns.observations]);
    expect(found).toEqual([
      [0, 1, 2],
      [-5, -4],
    ]);
  });
});
