import { expect, it } from 'vitest';
import { rigsFound } from '../../../src/renderer/rig/rigs-found';

const RIGS = [
  { name: 'so101', title: 'SO-101 arm', driver: 'feetech' },
  { name: 'ur5', title: 'UR5 arm', driver: 'mujoco' },
  { name: 'ur5-rosbridge', title: 'UR5 arm behind rosbridge', driver: 'rosbridge' },
];

it('a rig is found by words of its name, its title, its driver and how it is reached, in any order', () => {
  const names = (sought: string) => rigsFound(RIGS, sought).map(({ name }) => name);
  expect(names('')).toEqual(['so101', 'ur5', 'ur5-rosbridge']);
  expect(names('  ARM ur5 ')).toEqual(['ur5', 'ur5-rosbridge']);
  expect(names('arm simulated')).toEqual(['ur5']);
  expect(names('feetech serial')).toEqual(['so101']);
  expect(names('hopper')).toEqual([]);
});
