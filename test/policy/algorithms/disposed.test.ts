import { describe, expect, it } from 'vitest';
import { algorithm } from '../../../src/main/policy/algorithms';
import type { Lab } from '../../../src/main/policy/types';
import { type Engine, openEngineOrDefault } from '../../../src/main/tensor';
import { ForesightError } from '../../../src/shared/errors';
import { LINE } from '../../dynamics/models';
import { disagreeing } from '../../plan/smooth-models';
import { LineWorld, labFor, transition } from '../trainings';

/** An engine that counts what is compiled and not disposed of. */
async function counting(): Promise<{ engine: Engine; open(): number; compiled(): number }> {
  const engine = await openEngineOrDefault('native');
  let [open, compiled] = [0, 0];
  const counted: Engine = Object.create(engine, {
    compile: {
      value: async (...given: Parameters<Engine['compile']>) => {
        const program = await engine.compile(...given);
        open++;
        compiled++;
        return {
          ...program,
          run: program.run.bind(program),
          dispose: async () => {
            open--;
            await program.dispose();
          },
        };
      },
    },
  });
  return { engine: counted, open: () => open, compiled: () => compiled };
}

const recorded = Array.from({ length: 64 }, (_, i) => transition({ at: i / 64, last: true }));
const small = { hiddenUnits: 8, batchSize: 16 };
const CASES: [Parameters<typeof labFor>[0], Partial<Lab>][] = [
  [{ name: 'clone', ...small, steps: 208 }, { recorded }],
  [
    { name: 'distil', ...small, updatesPerRound: 208 },
    { recorded, teacher: { advise: async () => Float32Array.of(0) } },
  ],
  [{ name: 'reinforce', hiddenUnits: 8, baseline: true }, { world: new LineWorld() }],
  [
    { name: 'fitted-value', ...small, steps: 8, candidates: 4 },
    {
      ...{ recorded, channels: LINE, model: disagreeing([0.2, 0.2]) },
      task: { name: 'stay', reward: '-square(x)', termination: '', maxSteps: 20 },
    },
  ],
];

describe.each(CASES)('a training with $name', (options, more) => {
  it('that is cancelled leaves no program behind', async () => {
    const { engine, open, compiled } = await counting();
    const cancelled = new ForesightError('cancelled', 'The training was cancelled.', '');
    const lab = await labFor(options, {
      ...{ ...more, engine },
      report: async () => {
        throw cancelled;
      },
    });
    await expect(algorithm(lab.options)(lab)).rejects.toBe(cancelled);
    expect(compiled()).toBeGreaterThan(0);
    expect(open()).toBe(0);
  });

  it('that an engine fails leaves no program behind', async () => {
    const { engine, open, compiled } = await counting();
    const fails: Engine = Object.create(engine, {
      compile: {
        value: (...given: Parameters<Engine['compile']>) =>
          compiled() === 1 ? Promise.reject(new Error('no more')) : engine.compile(...given),
      },
    });
    const lab = await labFor(options, { ...more, engine: fails });
    await algorithm(lab.options)(lab).catch(() => undefined);
    expect(open()).toBe(0);
  });
});
