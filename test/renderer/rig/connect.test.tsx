import '../window';
import { expect, test } from 'vitest';
import { ConnectPanel } from '../../../src/renderer/rig/ConnectPanel';
import { html } from '../render';
import { rigFile } from '../rig-file';

const lockstepOf = (rig: string): string =>
  /<input[^>]*value="lockstep"[^>]*>/.exec(html(<ConnectPanel rig={rigFile(rig)} />))?.[0] ?? 'not offered';

test.each(['cartpole-serial', 'so101', 'dynamixel-pendulum'])(
  'lockstep is not to be chosen for %s, simulated or not: whatever is behind a line has a time of its own',
  (rig) => expect(lockstepOf(rig)).toContain('disabled'),
);

test('lockstep is to be chosen for a simulated rig without a line', () => {
  expect(lockstepOf('pendulum')).toContain('value="lockstep"');
  expect(lockstepOf('pendulum')).not.toContain('disabled');
});
