import { describe, expect, test } from 'vitest';
import {
  formProblem,
  guessed,
  identifier,
  importInput,
  withClock,
  withRole,
} from '../../../src/renderer/episodes/import/import-form';
import type { ImportHead } from '../../../src/shared/import';

const column = (label: string, parts: Partial<ImportHead['columns'][number]> = {}) => ({
  ...{ column: label, label, unit: '', kind: 'number' as const, step: null },
  ...parts,
});
const HEAD: ImportHead = {
  delimiter: ';',
  headerLine: 2,
  columns: [
    column('Stamp [ms]', { label: 'Stamp', unit: 'ms', step: 20.1 }),
    column('Joint 2 [deg]', { label: 'Joint 2', unit: 'deg' }),
    column('Motor torque', { unit: 'N m' }),
    column('remark', { kind: 'text' }),
  ],
  rows: [],
};
const FORM = guessed(HEAD, 'Lab log 3.csv');

describe('what a file is taken for', () => {
  test('is guessed from headings and samples, and can be imported so', () => {
    expect(FORM).toMatchObject({ rig: 'lab-log-3', timeUnit: 'ms', rate: 50 });
    expect(FORM.columns.map(({ role }) => role)).toEqual(['time', 'observation', 'action', 'left out']);
    expect(formProblem(FORM)).toBeNull();
    expect(importInput('u', HEAD, FORM)).toEqual({
      ...{ upload: 'u', rig: 'lab-log-3', rate: 50, timeUnit: 'ms', delimiter: ';', headerLine: 2 },
      time: 'Stamp [ms]',
      observations: [{ column: 'Joint 2 [deg]', name: 'joint_2', unit: 'deg', angle: false }],
      actions: [{ column: 'Motor torque', name: 'motor_torque', unit: 'N m', angle: false }],
    });
  });

  test('has one time, or a rate of its samples', () => {
    const moved = { ...FORM, columns: withRole(FORM.columns, 1, 'time') };
    expect(moved.columns.map(({ role }) => role)).toEqual(['left out', 'time', 'action', 'left out']);
    const without = { ...FORM, columns: withRole(FORM.columns, 0, 'left out'), sampleRate: Number.NaN };
    expect(formProblem(without)).toMatch('Choose the column with the time');
    expect(importInput('u', HEAD, { ...without, sampleRate: 50 })).toMatchObject({ sampleRate: 50 });
    expect(importInput('u', HEAD, { ...without, sampleRate: 50 })).not.toHaveProperty('time');
  });

  test('keeps to the rate that the clock shows, in whichever unit, until somebody says another', () => {
    expect(withClock(HEAD, FORM, { timeUnit: 's' }).rate).toBe(100);
    expect(withClock(HEAD, withClock(HEAD, FORM, { timeUnit: 's' }), { timeUnit: 'us' }).rate).toBe(50_000);
    expect(withClock(HEAD, { ...FORM, rate: 25 }, { timeUnit: 'us' }).rate).toBe(25);
    const written = {
      ...HEAD,
      columns: [column('at', { kind: 'time', step: 0.5 }), ...HEAD.columns.slice(1)],
    };
    expect(guessed(written, 'a.csv').rate).toBe(2);
  });

  test('has the unit of its clock from its name where nothing else says it', () => {
    const named = (label: string) =>
      guessed({ ...HEAD, columns: [column(label, { step: 5000 }), ...HEAD.columns.slice(1)] }, 'a');
    expect(named('stamp_us')).toMatchObject({ timeUnit: 'us', rate: 200 });
    expect(named('times')).toMatchObject({ timeUnit: 's' });
  });

  test('has one column that numbers its episodes, a gap and a counter where they are said', () => {
    const numbered = {
      ...HEAD,
      columns: [...HEAD.columns, column('trial'), column('Episode id', { kind: 'text' })],
    };
    const form = guessed(numbered, 'a.csv');
    expect(form.columns.slice(4).map(({ role }) => role)).toEqual(['episode number', 'left out']);
    const other = withRole(form.columns, 5, 'episode number');
    expect(other.slice(4).map(({ role }) => role)).toEqual(['left out', 'episode number']);
    expect(importInput('u', HEAD, form)).not.toHaveProperty('gapSeconds');
    const said = { ...form, gapSeconds: 0.5, counter: '32 bits' as const };
    expect(importInput('u', HEAD, said)).toMatchObject({
      episode: 'trial',
      gapSeconds: 0.5,
      timeBits: 32,
    });
    const clockless = { ...said, columns: withRole(said.columns, 0, 'left out') };
    expect(importInput('u', HEAD, clockless)).not.toHaveProperty('timeBits');
    expect(formProblem({ ...form, gapSeconds: 0 })).toMatch('step that begins an episode');
  });

  test('is refused in a sentence before it is sent', () => {
    const named = (name: string) => ({
      ...FORM,
      columns: FORM.columns.map((c) => (c.role === 'observation' ? { ...c, name } : c)),
    });
    expect(formProblem({ ...FORM, rig: 'My rig' })).toMatch('name of the rig');
    expect(formProblem({ ...FORM, rate: Number.NaN })).toMatch('Rows a second must be a number from 0.1 to');
    expect(formProblem({ ...FORM, columns: withRole(FORM.columns, 2, 'left out') })).toMatch('as action');
    expect(formProblem(named('2nd'))).toMatch('"2nd" cannot be the name of a channel');
    expect(formProblem(named('motor_torque'))).toBe('Two columns are called "motor_torque".');
  });

  test('marks only observations in rad or degrees as angles', () => {
    const angles = { ...FORM, columns: FORM.columns.map((c) => ({ ...c, angle: true })) };
    const { observations, actions } = importInput('u', HEAD, angles);
    expect([observations[0]?.angle, actions[0]?.angle]).toEqual([true, false]);
  });

  test('calls channels by names that formulas can have', () => {
    expect(['Joint 2', '2nd', 'mod', 'é'].map(identifier)).toEqual(['joint_2', 'c_2nd', 'c_mod', 'c_']);
  });
});
