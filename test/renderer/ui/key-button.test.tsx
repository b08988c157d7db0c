import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityState } from '../../../src/shared/telemetry';
import { CoreEnd } from '../link';
import { words } from '../render';

const core = new CoreEnd();
let actions: typeof import('../../../src/renderer/store/actions');
let liveModule: typeof import('../../../src/renderer/live/live');
let KeyButton: typeof import('../../../src/renderer/ui/KeyButton')['KeyButton'];
beforeAll(async () => {
  const api = await import('../../../src/renderer/api');
  actions = await import('../../../src/renderer/store/actions');
  liveModule = await import('../../../src/renderer/live/live');
  ({ KeyButton } = await import('../../../src/renderer/ui/KeyButton'));
  const opened = new Promise<void>((resolve) => api.startLink(() => resolve()));
  core.connect();
  await opened;
});
afterAll(() => core.close());

const goingOn = (kind: ActivityState['kind']) =>
  liveModule.useLive.setState({ activity: { kind } as ActivityState });

describe('the button that ends and keeps', () => {
  test('is the same for a recording and a run, and shows its key', () => {
    const drawn = (content: string) =>
      words(
        <KeyButton command="keep" testId="x">
          {content}
        </KeyButton>,
      );
    expect(drawn('End and keep')).toBe('End and keep E');
    expect(drawn('End run and keep')).toBe('End run and keep E');
  });

  test.each([
    ['recording', 'record.finish'],
    ['running', 'run.finish'],
  ] as const)('asks the core to end what goes on, here a %s', async (kind, path) => {
    goingOn(kind);
    core.asked.length = 0;
    await actions.finish();
    expect(core.asked.map((call) => call.path)).toEqual([path]);
  });

  test('asks for nothing where nothing goes on; only a recording has an episode to discard', async () => {
    core.asked.length = 0;
    goingOn('idle');
    await actions.finish();
    await actions.discardEpisode();
    goingOn('running');
    await actions.discardEpisode();
    expect(core.asked).toEqual([]);
    goingOn('recording');
    await actions.discardEpisode();
    expect(core.asked.map((call) => call.path)).toEqual(['record.discard']);
  });
});
