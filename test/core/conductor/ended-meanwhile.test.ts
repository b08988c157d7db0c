import { expect, it, vi } from 'vitest';
import type { FromRig, TickMessage } from '../../../src/main/control/messages';
import { conductEpisode, type EpisodeOrder } from '../../../src/main/core/conductor';
import { Telemetry } from '../../../src/main/core/telemetry';
import { loadRig } from '../../../src/main/rig/index';
import { compileTask } from '../../../src/main/task';

/** A rig process in lockstep that says what the test has it say. */
function heldRig() {
  const heard = new Map<string, (message: never) => void>();
  const on = (type: string) => (listener: (message: never) => void) => {
    heard.set(type, listener);
    return { dispose: () => heard.delete(type) };
  };
  return {
    say: <Message extends FromRig>(message: Message) => heard.get(message.type)?.(message as never),
    session: {
      ...{ mode: 'lockstep', begin: () => Promise.resolve(), plan: vi.fn(), end: vi.fn(), next: vi.fn() },
      ...{ onAwaiting: on('awaiting'), onTick: on('tick'), onEnded: on('ended') },
    },
  };
}

it('an episode that is held while a plan waits for its pictures is planned for no more', async () => {
  const rig = await loadRig('pendulum');
  const { say, session } = heldRig();
  const planner = {
    ...{ begin: () => undefined, looks: false, observed: vi.fn(), rememberedOf: () => undefined },
    planFor: vi.fn(() => Promise.reject(new Error('planned from a row without an action'))),
  };
  let ready = () => {};
  const order = {
    ...{ session, rig, planner, telemetry: new Telemetry(), permit: new AbortController().signal },
    ...{ source: 'mpc', run: null, maxSteps: 10, useTermination: true, seed: 0 },
    ...{ controller: { kind: 'planned', missedPlansToHold: 10 } },
    task: () => compileTask(rig.file.task, rig.file),
    log: { beginEpisode: async () => 1, appendRows: () => undefined, endEpisode: async () => ({}) },
    beforePlan: () =>
      new Promise<void>((resolve) => {
        ready = resolve;
      }),
  } as unknown as EpisodeOrder;
  const { done } = await conductEpisode(order);
  const observation = [0, 0];
  say({ type: 'awaiting', episode: 1, step: 0, observation });
  const last: TickMessage = {
    ...{ type: 'tick', episode: 1, step: 0, observation, action: [Number.NaN], requested: [Number.NaN] },
    ...{
      hostSeconds: 0,
      deviceSeconds: 0,
      latenessSeconds: 0,
      planId: -1,
      planOffset: 0,
      planMs: Number.NaN,
    },
    ...{ missed: false, events: [], last: true },
  };
  say(last);
  say({ type: 'ended', episode: 1, reason: 'held', message: 'Held.', rows: 1, events: [] });
  ready();
  expect((await done).endedBy).toBe('held');
  expect(planner.observed).toHaveBeenCalledOnce();
  expect(planner.planFor).not.toHaveBeenCalled();
});
