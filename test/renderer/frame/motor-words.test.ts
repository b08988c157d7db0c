import { describe, expect, test } from 'vitest';
import { motorSummary, motorWords } from '../../../src/renderer/frame/motor-words';

const motor = {
  ...{ name: 'elbow_flex', id: 3, torque: true, goal: 0.5, position: 0.4951, current: 0.1, voltage: 12.04 },
  ...{ temperature: 31, confirmedMs: 12.3, doubt: null },
};

describe('what the safety bar says of motors', () => {
  test('is what each of them has answered', () => {
    const { name, cells, confirmed } = motorWords(motor);
    expect(name).toBe('elbow flex (3)');
    expect(cells.map(({ text }) => text)).toEqual([
      'on',
      '0.500 rad',
      '0.495 rad',
      '0.10 A',
      '12.0 V',
      '31 °C',
    ]);
    expect(confirmed).toBe('confirmed after 12 ms');
    const silent = { ...motor, torque: null, goal: null, confirmedMs: null, doubt: 'it does not answer' };
    expect(
      motorWords(silent)
        .cells.slice(0, 2)
        .map(({ text }) => text),
    ).toEqual(['not known', '–']);
    expect(motorWords(silent).confirmed).toBe('NOT confirmed: it does not answer');
  });

  test('counts those that do not confirm, where something is claimed', () => {
    const both = [motor, { ...motor, doubt: 'its torque is off' }];
    expect(motorSummary(both, 'held')).toEqual({ text: '1 of 2 motors NOT confirmed', doubtful: true });
    expect(motorSummary(both, 'ready')).toEqual({ text: '2 motors', doubtful: false });
    expect(motorSummary([motor, motor], 'held')).toEqual({ text: '2 motors', doubtful: false });
  });
});
