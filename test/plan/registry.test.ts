import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fitCases } from '../../src/main/bench/plan-fits';
import { addPlannerOptions, plannerOptions } from '../../src/main/cli/options';
import { budgetKnob } from '../../src/main/plan/budget/measure';
import { METHODS } from '../../src/main/plan/methods';
import { PlanSession } from '../../src/main/plan/session/session';
import { openEngine } from '../../src/main/tensor';
import { plannerInfo } from '../../src/renderer/run/planners';
import {
  PLANNER_OPTIONS,
  PLANNERS,
  type PlannerName,
  PlannerOptions,
  PropagationOptions,
  plannersThat,
} from '../../src/shared/plan';
import { driftModel } from '../dynamics/models';

/** Registered as docs/planners says: a schema, its traits, its method. */
vi.mock('../../src/shared/planners', async (importOriginal) => {
  const planners = await importOriginal<typeof import('../../src/shared/planners')>();
  const Toy = planners.RandomShootingOptions.omit({ replan: true })
    .extend({ method: z.literal('toy'), toyness: z.number().default(3).meta({ title: 'Toyness' }) })
    .meta({ title: 'Toy', description: 'Plays.' });
  (planners.PLANNER_OPTIONS as unknown as z.ZodType[]).push(Toy);
  Object.assign(planners.PLANNERS, { toy: planners.PLANNERS.mppi });
  return { ...planners, PlannerOptions: z.discriminatedUnion('method', planners.PLANNER_OPTIONS) };
});
Object.assign(METHODS, { toy: METHODS['random-shooting'] });
const TOY = 'toy' as PlannerName;

describe('a new planner', () => {
  it('is one the compiler asks for: without traits or without a method nothing is built', () => {
    // @ts-expect-error a planner that has no traits
    const traits: Record<PlannerName | 'unregistered', unknown> = PLANNERS;
    // @ts-expect-error a planner that has no method
    const methods: Record<PlannerName | 'unregistered', unknown> = METHODS;
    expect(Object.keys(traits)).toEqual(Object.keys(PLANNERS));
    expect(Object.keys(methods)).toEqual(expect.arrayContaining(Object.keys(PLANNERS)));
  });

  it('has its flags on the command line, and its options are checked there', () => {
    const help = addPlannerOptions(new Command()).helpInformation();
    expect(help).toMatch(/choices:[^)]*"mppi"[^)]*"toy"/s);
    expect(help).toContain('--toyness');
    expect(plannerOptions({ planner: 'toy', toyness: 5 }).planner).toMatchObject({
      method: 'toy',
      toyness: 5,
    });
    expect(() => plannerOptions({ planner: 'mppi', toyness: 5 })).toThrow('has no option "toyness"');
  });

  it('has its form in the window', () => {
    const info = plannerInfo('toy');
    expect(info).toMatchObject({ title: 'Toy', description: 'Plays.', differentiates: false });
    expect(info?.main.map(({ key }) => key)).toContain('horizon');
    expect(info?.more.map(({ key }) => key)).toContain('toyness');
  });

  it('is recommended where its kind is wanted', () => {
    expect(plannersThat(({ differentiates }) => !differentiates)).toMatch(/^mppi, .* or toy$/);
    expect(plannersThat(({ differentiates }) => differentiates)).not.toContain('toy');
  });

  it('is measured and given a budget as others are', () => {
    const cases = fitCases([TOY]);
    expect(cases.map(({ planner }) => planner.method)).toEqual(Array(cases.length).fill('toy'));
    expect(cases.length).toBeGreaterThan(2);
    expect(budgetKnob(PlannerOptions.parse({ method: 'toy' })).name).toBe('candidates');
  });

  it('plans', async () => {
    const session = await PlanSession.compile(
      {
        ...{ modelFile: '', task: { name: 'far', reward: '-u^2', termination: '', maxSteps: 9 } },
        planner: PlannerOptions.parse({ method: 'toy', horizon: 2, candidates: 200 }),
        propagation: PropagationOptions.parse({}),
        ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
      },
      driftModel([1, 1]),
      await openEngine(),
    );
    const request = { id: 0, observation: [0], observedStep: 0, pending: [], fresh: true, draw: false };
    const { actions } = await session.plan(request);
    expect(Math.abs(actions[0]?.[0] ?? 1)).toBeLessThan(0.4);
    await session.close();
  });
});

describe('the documentation', () => {
  it.each(PLANNER_OPTIONS.map(({ shape }) => shape.method.value).filter((name) => name !== TOY))(
    'has a page of %s, and a line in the list',
    async (name) => {
      expect(await readFile(`docs/planners/${name}.md`, 'utf8')).toContain('Code: `src/main/plan/methods/');
      expect(await readFile('docs/planners/README.md', 'utf8')).toContain(`](${name}.md)`);
    },
  );
});
