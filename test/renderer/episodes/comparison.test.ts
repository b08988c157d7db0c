import { describe, expect, test } from 'vitest';
import { comparison, longest, overEachOther } from '../../../src/renderer/episodes/comparison';
import type { ChannelInfo } from '../../../src/shared/episode';
import type { EpisodeWindow, Trace } from '../../../src/shared/episode-window';
import { episode } from '../episode';

const channel = (name: string, unit = 'rad', parts: Partial<ChannelInfo> = {}): ChannelInfo => ({
  ...{ name, unit, angle: false, limits: null },
  ...parts,
});
const EMPTY: Trace = { first: [] };

function windowOf(
  summary: EpisodeWindow['summary'],
  seconds: number[],
  observations: Trace[],
  parts: Partial<EpisodeWindow> = {},
): EpisodeWindow {
  const ends = seconds.at(-1) ?? 0;
  return {
    ...{ summary, from: 0, to: seconds.length, bucket: 1, seconds, endSeconds: ends },
    ...{ wholeSeconds: [seconds[0] ?? 0, ends], observations, actions: [], missed: [] },
    ...{ reward: EMPTY, latenessMs: EMPTY, planMs: EMPTY, events: [], eventCount: 0 },
    ...parts,
  };
}

describe('two episodes', () => {
  test('have in common what has the same name and unit in both, wherever it stands', () => {
    const a = episode({ id: 3, observations: [channel('q'), channel('dq', 'rad/s')] });
    const b = episode({ id: 5, observations: [channel('dq', 'rad/s'), channel('q')] });
    const { channels, differences } = comparison([a, b]);
    expect(channels.map(({ name, places }) => [name, places])).toEqual([
      ['q', [0, 1]],
      ['dq', [1, 0]],
    ]);
    expect(differences).toEqual([]);
  });

  test('show limits only where both have the same', () => {
    const limited = (to: number) => episode({ observations: [channel('q', 'rad', { limits: [-1, to] })] });
    expect(comparison([limited(1), limited(1)]).channels[0]?.limits).toEqual([-1, 1]);
    expect(comparison([limited(1), limited(2)]).channels[0]?.limits).toBeNull();
  });

  test('are told apart in sentences where they cannot be laid over each other', () => {
    const a = episode({
      ...{ id: 3, rig: 'hinge', observations: [channel('q'), channel('tau', 'N m'), channel('x', 'm')] },
    });
    const b = episode({
      ...{ id: 5, rig: 'door', periodSeconds: 0.01, observations: [channel('q', 'deg')] },
      actions: [channel('tau', 'N m'), channel('u', '1')],
    });
    const { channels, differences } = comparison([a, b], (name) => (name === 'q' ? 'Angle' : name));
    expect(channels).toEqual([]);
    expect(differences).toEqual([
      'Episode 3 is of hinge, episode 5 of door: what has the same name need not be the same.',
      'The control period is 20 ms in episode 3 and 10 ms in episode 5: a step is not the same time.',
      'Angle is in rad in episode 3 and in deg in episode 5: not compared.',
      'tau is an observation in episode 3 and an action in episode 5: not compared.',
      'Only episode 3 has x.',
      'Only episode 5 has u.',
    ]);
  });
});

describe('several episodes', () => {
  test('show what two or more have in common, and say what one alone has or has not', () => {
    const channels = (...names: string[]) => names.map((name) => channel(name));
    const a = episode({ id: 3, observations: channels('q', 'dq', 'own') });
    const b = episode({ id: 5, observations: channels('dq', 'q') });
    const c = episode({ id: 9, observations: [channel('q', 'deg'), channel('dq')] });
    const { channels: shared, differences } = comparison([a, b, c]);
    expect(shared.map(({ name, places }) => [name, places])).toEqual([
      ['q', [0, 1, null]],
      ['dq', [1, 0, 1]],
    ]);
    expect(differences).toEqual([
      'q is in rad in episode 3 and in deg in episode 9: not compared.',
      'Only episode 3 has own.',
    ]);
    const without = comparison([a, b, episode({ id: 9, observations: channels('dq') })]);
    expect(without.differences).toContain('Episode 9 has no q.');
    const [q] = shared;
    if (!q) throw new Error('no channel');
    const windows = [a, b, c].map((summary) =>
      windowOf(summary, [0, 1], [{ first: [1, 2] }, { first: [3, 4] }]),
    );
    expect(overEachOther(windows, q)).toEqual([
      [0, 1],
      [1, 2],
      [3, 4],
      [null, null],
    ]);
  });
});

describe('their curves', () => {
  const summary = episode({ observations: [channel('q')] });
  const [q] = comparison([summary, summary]).channels;
  if (!q) throw new Error('no channel');

  test('begin together, whatever the clock said, and neither breaks the other', () => {
    const a = windowOf(summary, [10, 10.5, 11], [{ first: [1, 2, 3] }]);
    const b = windowOf(summary, [0, 0.25, 0.5, 0.75], [{ first: [5, null, 7, 8] }]);
    expect(overEachOther([a, b], q)).toEqual([
      [0, 0.25, 0.5, 0.75, 1],
      [1, undefined, 2, undefined, 3],
      [5, null, 7, 8, undefined],
    ]);
    expect(longest([a, b])).toBe(1);
  });

  test('keep the peaks of an episode that is drawn in buckets beside one that is drawn row by row', () => {
    const long = windowOf(
      summary,
      [0, 10],
      [{ first: [1, 1], more: { last: [1, 1], min: [0, 1], max: [99, 1], gaps: [] } }],
      { bucket: 10, to: 20, endSeconds: 20 },
    );
    const [seconds, first] = overEachOther([long, windowOf(summary, [0, 1], [{ first: [4, 4] }])], q);
    expect(first).toContain(99);
    expect(seconds).toEqual([...seconds].sort((x, y) => x - y));
  });
});
