import { expect, test } from 'vitest';
import { misfit } from '../../src/shared/fits';

const rig = {
  observations: [{ name: 'angle', unit: 'rad', angle: true }],
  actions: [{ name: 'torque', unit: 'N m', limits: [-2, 2] as [number, number], hold: 0, scale: 1 }],
  periodSeconds: 0.05,
};
const model = {
  observations: [{ name: 'angle', unit: 'rad', angle: true, limits: null }],
  actions: [{ name: 'torque', unit: 'N m', angle: false, limits: null }],
  periodSeconds: 0.05,
};

test('a model fits a rig with the same channels, units and period, whatever the rig is called', () => {
  expect(misfit(model, rig)).toBeNull();
});

test('what differs is said: another channel, another unit, another period', () => {
  const other = { ...model, observations: [{ name: 'q', unit: 'rad', angle: true, limits: null }] };
  expect(misfit(other, rig)).toEqual({ what: 'observations', learned: 'q (rad)', has: 'angle (rad)' });
  const degrees = { ...model, observations: [{ name: 'angle', unit: 'deg', angle: true, limits: null }] };
  expect(misfit(degrees, rig)?.learned).toBe('angle (deg)');
  expect(misfit({ ...model, periodSeconds: 0.02 }, rig)).toMatchObject({
    what: 'control period',
    has: '0.05 s',
  });
});
