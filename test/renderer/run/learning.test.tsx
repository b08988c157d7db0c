import '../window';
import { describe, expect, test } from 'vitest';
import { endedRun, isLearning } from '../../../src/renderer/live/live';
import { LearnForm } from '../../../src/renderer/run/LearnForm';
import {
  keptWords,
  learnInput,
  learningLight,
  learnSetup,
  leftOutWords,
  OFFERED_HERE,
} from '../../../src/renderer/run/learning';
import { type RunForm, useRunForm } from '../../../src/renderer/run/run-form';
import { restored } from '../../../src/renderer/store/kept-form';
import { LearnInput } from '../../../src/shared/contract';
import { ALGORITHMS } from '../../../src/shared/policy';
import { ActivityState, LearningState } from '../../../src/shared/telemetry';
import { model } from '../model';
import { html } from '../render';
import { rigFile } from '../rig-file';

const rig = rigFile('cartpole-balance');
const usual = useRunForm.getInitialState();
const form = (learn: Partial<RunForm['learn']> = {}, more: Partial<RunForm> = {}): RunForm => ({
  ...{ ...usual, driver: 'learner' as const, learn: { ...usual.learn, ...learn } },
  ...more,
});
const models = [model({ hash: 'c1', rig: 'cartpole-balance' })];
const setup = (...parts: Parameters<typeof form>) =>
  learnSetup(form(...parts), rig, models, { phase: 'ready', activity: 'idle' });

const learning = (parts: Partial<LearningState> = {}): LearningState =>
  LearningState.parse({
    ...{ phase: 'learning', steps: 500, stepsInAll: 20_000, updates: 450, secondsElapsed: 10, points: [] },
    ...{ stage: 'driving', algorithm: 'sac', waiting: 0, leftOut: 0, swaps: 7, episodes: 3 },
    ...{ returns: [20, 31, 40], lost: null, kept: null },
    ...parts,
  });
const LOST = { code: 'internal' as const, message: 'The learner was killed by SIGKILL.', next: '' };

describe('the form of a run that learns', () => {
  test('offers what can learn while a rig moves, and a model where it may begin with one', () => {
    const names = Object.entries(ALGORITHMS).flatMap(([name, { onRig }]) => (onRig ? [name] : []));
    expect(OFFERED_HERE.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(names).not.toContain('clone');
    expect(setup().models).toEqual([]);
    expect(setup({ algorithm: 'mbpo', model: 'c1' })).toMatchObject({ model: { hash: 'c1' }, problem: null });
  });

  test('has the options of the schema, and asks the core for what was entered', () => {
    const entered = form(
      { name: ' stand ', options: { sac: { steps: 900, hiddenUnits: 16 }, td3: { steps: 5 } } },
      { seed: 3, unattended: true },
    );
    const asked = LearnInput.parse(learnInput(entered, rig, setup()));
    expect(asked).toMatchObject({
      ...{ name: 'stand', seed: 3, unattended: true },
      algorithm: { name: 'sac', steps: 900, hiddenUnits: 16 },
    });
    expect(asked.task).toBeUndefined();
    expect(LearnInput.parse(learnInput(form(), rig, setup())).name).toBe('cartpole-balance-sac');
    const shown = html(<LearnForm form={form()} rig={rig} setup={setup()} />);
    // Without a window nothing is drawn of what is folded away.
    for (const id of ['steps', 'more', 'name', 'algorithm'])
      expect(shown).toContain(`data-testid="run-learn-${id}"`);
  });

  test('is not started with what the form refuses, or on a rig that is not ready', () => {
    expect(setup({ options: { sac: { steps: 0 } } }).problem).toMatch(/^Steps must be/);
    expect(setup({}, { seed: Number.NaN }).problem).toMatch(/^Seed must be/);
    const held = learnSetup(form(), rig, models, { phase: 'held', activity: 'idle' });
    expect(held.problem).toContain('Resume');
  });

  test('is kept over a reload, and one of another version does no harm', () => {
    const kept = JSON.parse(JSON.stringify(form({ name: 'a', options: { sac: { steps: 7 } } })));
    expect(restored(usual, kept)).toMatchObject({
      ...{ driver: 'learner' },
      learn: { name: 'a', options: { sac: { steps: 7 } } },
    });
    const gone = form({ algorithm: 'gone' as 'sac' });
    expect(learnSetup(gone, rig, [], { phase: 'ready', activity: 'idle' }).algorithm.name).toBe('sac');
  });
});

describe('the light of a run that learns', () => {
  test('is green while the learner keeps up, and yellow when it is behind', () => {
    expect(learningLight(learning())).toMatchObject({ tone: 'good', answer: 'Yes' });
    expect(learningLight(learning({ owed: 99 })).tone).toBe('good');
    expect(learningLight(learning({ owed: 800 }))).toMatchObject({
      tone: 'tight',
      reason: expect.stringMatching(/^800 updates are due for steps that the rig has made/),
    });
  });

  test('says nothing before anything was learned', () => {
    expect(learningLight(learning({ phase: 'loading', swaps: 0 })).answer).toBe('Not yet');
    expect(learningLight(learning({ phase: 'collecting', swaps: 0, steps: 120 })).reason).toMatch(
      /moves at random .*: 120 steps so far\.$/,
    );
  });

  test('is red when the learner is lost, and says who drives on', () => {
    expect(learningLight(learning({ lost: LOST }))).toMatchObject({
      tone: 'bad',
      reason: expect.stringMatching(
        /^The learner is lost; the last policy drives on, without exploring.* SIGKILL\.$/,
      ),
    });
    expect(learningLight(learning({ lost: LOST, swaps: 0 })).reason).toContain('the run ends');
  });

  test('says that a pause of a person is no transition, and how much was left out', () => {
    expect(leftOutWords(learning())).toBe(
      'A pause, a hold or a stop by a person is no transition, and nothing is learned from it.',
    );
    expect(leftOutWords(learning({ leftOut: 4 }))).toContain('4 steps left out so far');
  });
});

describe('the end of a run that learned', () => {
  test('says which policy was kept, the last one of a lost learner too, and that none was', () => {
    const kept = { hash: 'a'.repeat(64), name: 'stand' };
    expect(keptWords(learning({ kept }))).toBe('Kept as policy “stand”: 500 steps, 450 updates.');
    expect(keptWords(learning({ kept, lost: LOST }))).toMatch(
      /^The learner was lost; its last policy is kept/,
    );
    expect(keptWords(learning())).toMatch(/^No policy was kept/);
  });

  test('is known from what the activity was', () => {
    const activity = ActivityState.parse({
      ...{ kind: 'running', episode: 4, step: 1, maxSteps: 2, return: 0, done: 3, wanted: 1_000_000 },
      ...{ unattended: false, model: null, planner: null, policy: null, driver: 'policy', beside: false },
      ...{ propagation: null, adapting: 'Learning.' },
    });
    expect(endedRun(activity, 'bench')).toMatchObject({ learned: true, episode: 4 });
    expect(isLearning({ ...activity, policy: 'stand' })).toBe(false);
    expect(isLearning({ ...activity, driver: 'planner' })).toBe(false);
  });
});
