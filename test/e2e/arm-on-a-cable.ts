import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fakeSystem } from '../rig/fake-system';
import type { Answer, Asked, HandDoes, HoldTimes, MotorNow, Question } from './arm-process';

export const ARM = 'arm-on-a-cable';

/** `so101` with patience for a busy computer, and quick at its start. */
export function patientArm(workspace: string): string {
  const from = 'resources/rigs/so101';
  const to = join(workspace, 'rigs', ARM);
  cpSync(from, to, { recursive: true });
  const file = JSON.parse(readFileSync(join(from, 'rig.json'), 'utf8'));
  const changed = {
    ...{ ...file, name: ARM, title: 'Arm on a cable' },
    servos: { ...file.servos, startSpeed: 2 },
    safety: { ...file.safety, missedPlansToHold: 1e6, watchdogSeconds: 5 },
  };
  writeFileSync(join(to, 'rig.json'), JSON.stringify(changed));
  return to;
}

export interface ArmOnACable {
  /** A person's hand at the joints, which moves nothing until it is asked to. */
  hand: { ask(does: HandDoes): Promise<void>; doing(): Promise<string | null> };
  /** What each motor says of itself, asked past everybody. */
  motors(): Promise<MotorNow[]>;
  /** When torque was written next, and when every motor has been read back after that. It is listened for once this has resolved. */
  nextHold(): Promise<{ times: Promise<HoldTimes> }>;
  dispose(): Promise<void>;
}

/**
 * Simulated motors on a pseudo-terminal that is a USB adapter for every program with the environment of this one. In a process of
 * their own, as motors are: what keeps this one busy does not make them late.
 */
export async function armOnACable(folder: string): Promise<ArmOnACable> {
  const removals: (() => void)[] = [];
  const system = fakeSystem((remove) => removals.push(remove));
  const program = fileURLToPath(new URL('arm-process.ts', import.meta.url));
  const child = fork(program, [folder], { execArgv: ['--import', import.meta.resolve('tsx')] });
  const ask = questions(child);
  const { path } = await ask('terminal');
  process.env.FORESIGHT_SYSTEM_ROOT = system.root;
  system.plug({ name: 'ttyACM0', serialNumber: '5A46083045', socket: '1-1', target: path });
  return {
    hand: { ask: (does) => ask(does), doing: () => ask('doing') },
    motors: () => ask('motors'),
    nextHold: async () => {
      await ask('listen');
      return { times: ask('hold') };
    },
    dispose: async () => {
      delete process.env.FORESIGHT_SYSTEM_ROOT;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
      for (const remove of removals) remove();
    },
  };
}

function questions(child: ChildProcess) {
  const open = new Map<number, { resolve(value: never): void; reject(reason: Error): void }>();
  child.on('message', ({ question, value }: Answer) => {
    open.get(question)?.resolve(value as never);
    open.delete(question);
  });
  child.once('exit', (code) => {
    for (const { reject } of open.values())
      reject(new Error(`The simulated motors ended with code ${code}.`));
  });
  let asked = 0;
  return <K extends keyof Asked>(what: K) =>
    new Promise<Asked[K]>((resolve, reject) => {
      const question = ++asked;
      open.set(question, { resolve, reject });
      child.send({ question, what } satisfies Question);
    });
}
