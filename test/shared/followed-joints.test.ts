import fc from 'fast-check';
import { expect, it } from 'vitest';
import { followedJoints } from '../../src/shared/teleop';

const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}$/);
const number = fc.double({ min: -10, max: 10, noNaN: true });

it('joints that follow others are read as they are written, whatever stands between them', () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.record({ joint: name, scale: number, offset: number })),
      fc.constantFrom(',', ' ', ', ', ' , '),
      (joints, between) => {
        const entries = Object.entries(joints);
        const text = entries.map(([to, from]) => `${to}=${from.joint}:${from.scale}:${from.offset}`);
        const read = Object.entries(followedJoints(text.join(between)) ?? {});
        expect(read.map(([to, from]) => [to, from.joint, from.scale + 0, from.offset + 0])).toEqual(
          entries.map(([to, from]) => [to, from.joint, from.scale + 0, from.offset + 0]),
        );
      },
    ),
  );
});

it('scale and offset may be left out, and anything else is refused', () => {
  expect(followedJoints('elbow=elbow_flex')).toEqual({ elbow: { joint: 'elbow_flex', scale: 1, offset: 0 } });
  expect(followedJoints('elbow=elbow_flex:-1')).toEqual({
    elbow: { joint: 'elbow_flex', scale: -1, offset: 0 },
  });
  expect(followedJoints('')).toEqual({});
  for (const wrong of [
    'elbow',
    'elbow=',
    '=elbow',
    'a=b:x',
    'a=b:1:2:3',
    'a=b=c',
    'a=b::1',
    'a=b:1:Infinity',
  ])
    expect([wrong, followedJoints(wrong)]).toEqual([wrong, null]);
});
