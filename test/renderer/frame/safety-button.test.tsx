import '../window';
import { describe, expect, test } from 'vitest';
import { SafetyButton } from '../../../src/renderer/frame/SafetyButton';
import { isPossible } from '../../../src/renderer/store/safety';
import type { LinkState } from '../../../src/shared/telemetry';
import { html, words } from '../render';

const PHASES: LinkState['phase'][] = [
  ...(['closed', 'opening', 'ready', 'running', 'held', 'released', 'stopped', 'lost'] as const),
];
const possibleIn = (command: Parameters<typeof isPossible>[0]) =>
  PHASES.filter((phase) => isPossible(command, phase, phase !== 'closed'));

describe('the buttons of the safety bar', () => {
  test('are one: a word, what it means, and pressed only where it can be asked', () => {
    for (const command of ['resume', 'release', 'hold'] as const) {
      const word = command[0]?.toUpperCase() + command.slice(1);
      expect(words(<SafetyButton command={command} enabled />)).toContain(word);
      expect(html(<SafetyButton command={command} enabled />)).not.toContain('disabled=""');
      expect(html(<SafetyButton command={command} enabled={false} />)).toContain('disabled=""');
    }
  });

  test('hold with a rig in any phase, release it but once, and resume only what stands', () => {
    expect(possibleIn('hold')).toEqual(PHASES.slice(1));
    expect(possibleIn('release')).toEqual(PHASES.slice(1).filter((phase) => phase !== 'released'));
    expect(possibleIn('resume')).toEqual(['held', 'released', 'stopped']);
  });
});
