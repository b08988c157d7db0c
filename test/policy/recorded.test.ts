import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/main/dynamics/data/episode-source';
import type { TrainingEpisode } from '../../src/main/dynamics/types';
import { recordedSteps } from '../../src/main/policy/recorded';
import { policySpace } from '../../src/main/policy/representation/space';
import { simulatedWorld } from '../../src/main/policy/world/simulated';
import { loadRig } from '../../src/main/rig';
import { openEngine } from '../../src/main/tensor';
import type { Rig } from '../../src/shared/rig';
import type { TaskFile } from '../../src/shared/task';

let rig: Rig;
beforeAll(async () => {
  rig = await loadRig('cartpole-balance');
});

const FAR: TaskFile = {
  name: 'far',
  reward: 'cart_position - 2 * before(cart_position) + force',
  termination: 'cart_position > 100',
  maxSteps: 50,
};

/** An episode whose cart is at these places, pushed by 0.1, 0.2, …; one row a control period unless times are given. */
const episode = (places: number[], { id = 1, firstRow = 0, times = null as number[] | null } = {}) =>
  ({
    ...{ id, firstRow },
    columns: {
      rows: places.length,
      observations: Float64Array.from(places.flatMap((place) => [place, 0, 0, 0])),
      actions: Float64Array.from(places, (_, row) =>
        row === places.length - 1 ? Number.NaN : Math.min(1, (row + 1) / 10),
      ),
      ...(times && { deviceSeconds: Float64Array.from(times) }),
      reward: new Float64Array(places.length).fill(99),
    },
  }) satisfies TrainingEpisode;
const line = (rows: number) => Array.from({ length: rows }, (_, row) => row);
const read = (episodes: TrainingEpisode[], { task = FAR, history = 1 } = {}) =>
  recordedSteps({ rig, task, space: policySpace(rig.file, history) }, sourceOf(episodes));
const placesOf = ({ transitions }: ReturnType<typeof read>) =>
  transitions.map(({ state, next }) => [state[0], next[0]]);

describe('steps out of recorded episodes', () => {
  it('have the reward of the task, computed anew, whatever was paid when they were recorded', () => {
    const { transitions, notes } = read([episode(line(10))]);
    expect(transitions).toHaveLength(9);
    transitions.forEach(({ reward, action, terminated, last }, row) => {
      expect(action[0]).toBeCloseTo((row + 1) / 10, 6);
      expect(reward).toBeCloseTo(row + 1 - 2 * row + (row + 1) / 10, 9);
      expect({ terminated, last }).toEqual({ terminated: false, last: row === 8 });
    });
    expect(notes).toEqual([]);
  });

  it('end where the task would have ended, and not where the recording does', () => {
    const task = { ...FAR, termination: 'cart_position > 3' };
    const { transitions, notes } = read([episode([0, 1, 2, 4, 5, 2, 1, 0, 1, 2, 1, 0])], { task });
    expect(transitions.map(({ state }) => state[0])).toEqual([0, 1, 2, 2, 1, 0, 1, 2, 1]);
    expect(transitions.map(({ terminated }) => terminated).indexOf(true)).toBe(2);
    expect(transitions.filter(({ terminated }) => terminated)).toHaveLength(1);
    expect(transitions.map(({ last }) => Number(last))).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(notes).toEqual(['2 steps from states in which the task is over were left out.']);
  });

  it('took one control period each', () => {
    const period = rig.file.periodSeconds;
    const times = line(12).map((row) => (row < 6 ? row : row + 3) * period);
    const found = read([episode(line(12), { times })]);
    expect(placesOf(found).map(([from]) => from)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10]);
    expect(found.transitions[4]?.last).toBe(true);
    expect(found.notes[0]).toContain('1 step that did not take one control period');
  });

  it('look back as far as a state does, and begin with the rig at rest only where the episode does', () => {
    const history = 3;
    const whole = read([episode(line(12))], { history });
    expect(whole.transitions).toHaveLength(11);
    // [o_t, o_t−1, o_t−2, a_t−1, a_t−2]
    const at = (row: number, found = whole) => [...(found.transitions[row]?.state ?? [])];
    expect(at(0)).toEqual([...[0, 0, 0, 0], ...[0, 0, 0, 0], ...[0, 0, 0, 0], 0, 0]);
    expect(at(5).filter((_, i) => i % 4 === 0)).toEqual([5, 4, 3, expect.closeTo(0.5, 6)]);
    expect(at(5)[13]).toBeCloseTo(0.4, 6);
    const part = read([episode(line(12), { firstRow: 30 })], { history });
    expect(part.transitions).toHaveLength(9);
    expect(at(0, part).filter((_, i) => i % 4 === 0 && i < 12)).toEqual([2, 1, 0]);
  });

  it('are one chain within a run, whatever the history: every state is the one that the step before led to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 14, max: 30 }), (history, rows) => {
        const { transitions } = read([episode(line(rows))], { history });
        transitions.slice(1).forEach(({ state }, i) => {
          expect(state).toEqual(transitions[i]?.next);
        });
      }),
    );
  });

  it('are those that the simulation gave, when its episodes are recorded', async () => {
    const space = policySpace(rig.file, 2);
    const world = await simulatedWorld(rig, rig.file.task, { space, engine: await openEngine(), seed: 3 });
    const { transitions } = await world.experience(200);
    await world.close();
    const end = transitions.findIndex(({ last }) => last);
    const given = transitions.slice(0, end + 1);
    expect(given.length).toBeGreaterThan(8);
    const width = rig.file.observations.length;
    const rows = [...given.map(({ state }) => state), given.at(-1)?.next ?? new Float32Array()];
    const recorded: TrainingEpisode = {
      id: 1,
      columns: {
        rows: rows.length,
        observations: Float64Array.from(rows.flatMap((state) => [...state.subarray(0, width)])),
        actions: Float64Array.from([...given.map(({ action }) => action[0] ?? 0), Number.NaN]),
      },
    };
    const found = read([recorded], { task: rig.file.task, history: 2 });
    expect(found.transitions).toEqual(given.map(({ taken, ...transition }) => transition));
  });

  it('are refused with a sentence where they cannot teach this rig this task', () => {
    const whole = episode(line(10));
    const without = { ...whole, columns: { ...whole.columns, actions: new Float64Array(0) } };
    expect(() => read([without])).toThrow(
      'Episode 1 has 0 actions a row, and the rig "cartpole-balance" has 1 (force).',
    );
    expect(() => read([whole], { task: { ...FAR, reward: ' ' } })).toThrow(
      'The reward of task "far" has a problem: it is empty.',
    );
    expect(() => read([episode(line(4))])).toThrow(
      'There are 3 steps to learn from in 1 episodes; a policy needs at least 8.',
    );
    expect(() => read([whole], { task: { ...FAR, reward: 'log(cart_position - 3)' } })).toThrow(
      'The reward of task "far" is NaN at row 1 of episode 1.',
    );
    const hole = episode([0, 1, 2, Number.NaN, 4, 5, 6, 7, 8, 9, 10]);
    expect(() => read([hole])).toThrow('Episode 1 has NaN in observation channel "cart_position" at row 3.');
  });
});
