import { join } from 'node:path';
import { FIXTURES } from './template';

export interface Place {
  /** Of this kill alone; `workspace`, the studies and the rig folder lie in it. */
  folder: string;
  /** Serial port with a simulated device behind it. */
  port: string;
}

export interface KillCommand {
  name: string;
  args(place: Place): string[];
  /** Of 1: how often it is taken; what takes long is taken less often. */
  weight?: number;
  /** It goes on until it is ended: how long it is watched, ms. */
  endlessMs?: number;
  /** A browser comes, connects the rig on the line and records. */
  browser?: boolean;
  /** It says what is at this port. */
  line?: boolean;
}

const SMALL = ['--planner', 'random-shooting', '--horizon', '5', '--candidates', '20'];
const SHORT = ['--episodes', '3', '--no-termination', '--max-steps', '40'];
const serial = ({ port }: Place) => ['--rig', 'cartpole-serial', '--port', port];

/** Every command of the command line, on small things. */
export const COMMANDS: readonly KillCommand[] = [
  { name: 'record, serial', line: true, args: (p) => ['record', ...serial(p), ...SHORT] },
  {
    name: 'record, simulated device',
    args: () => ['record', '--rig', 'cartpole-serial', '--port', 'simulated', ...SHORT],
  },
  { name: 'record, real time', args: () => ['record', '--rig', 'pendulum', '--realtime', ...SHORT] },
  {
    name: 'record, lockstep',
    args: () => ['record', '--rig', 'pendulum', '--episodes', '20', '--max-steps', '200'],
  },
  {
    name: 'run, serial',
    line: true,
    args: (p) => ['run', ...serial(p), '--dynamics', 'simulator', ...SMALL, '--episodes', '3'],
  },
  {
    name: 'run, model',
    args: () => ['run', '--rig', 'cartpole-balance', '--model', 'm', ...SMALL, '--episodes', '3'],
  },
  {
    name: 'run, learning between',
    args: () => [
      'run',
      '--rig',
      'cartpole-balance',
      '--model',
      'm',
      ...SMALL,
      '--episodes',
      '2',
      '--retrain',
      'between',
    ],
  },
  { name: 'train', args: () => ['train', '--name', 'n', '--epochs', '200', '--members', '2'] },
  { name: 'train from', args: () => ['train', '--from', 'm', '--epochs', '50'] },
  { name: 'evaluate', args: (p) => ['evaluate', '--model', 'm', '--figures', join(p.folder, 'figures')] },
  { name: 'export', args: () => ['export', '--model', 'm'] },
  {
    name: 'import',
    args: () => [
      ...['import', join(FIXTURES, 'hinge.csv'), '--name', 'hinge', '--time', 'time'],
      ...['--observation', 'q:rad:angle', '--observation', 'dq:rad/s', '--action', 'tau:N m'],
    ],
  },
  { name: 'demo', weight: 0.5, args: () => ['demo', '--trials', '1'] },
  {
    name: 'demo, serial',
    weight: 0.5,
    line: true,
    args: ({ port }) => ['demo', '--realtime', '--port', port, '--trials', '1'],
  },
  { name: 'experiment, control', args: (p) => ['experiment', join(p.folder, 'control.yaml')] },
  { name: 'experiment, models', args: (p) => ['experiment', join(p.folder, 'models.yaml'), '--jobs', '2'] },
  {
    name: 'experiment, reported',
    args: (p) => ['experiment', join(p.folder, 'reported.yaml'), '--jobs', '1'],
  },
  { name: 'serve', endlessMs: 3000, args: () => ['serve', '--json'] },
  { name: 'serve, recording', endlessMs: 7000, browser: true, line: true, args: () => ['serve', '--json'] },
  { name: 'rig check', args: (p) => ['rig', 'check', join(p.folder, 'my-rig')] },
  { name: 'rig list', args: () => ['rig', 'list'] },
  { name: 'rig ports', args: () => ['rig', 'ports', '--probe'] },
  { name: 'episode list', weight: 0.3, args: () => ['episode', 'list'] },
  { name: 'episode check', weight: 0.3, args: () => ['episode', 'check'] },
  { name: 'models', weight: 0.3, args: () => ['models'] },
  { name: 'engines', weight: 0.3, args: () => ['engines', '--no-time'] },
  {
    name: 'bench plan',
    weight: 0.3,
    endlessMs: 12_000,
    args: () => ['bench', 'plan', '--small', '--plans', '5'],
  },
  { name: 'bench train', weight: 0.3, endlessMs: 12_000, args: () => ['bench', 'train'] },
  { name: 'bench load', weight: 0.3, endlessMs: 12_000, args: () => ['bench', 'load'] },
];
