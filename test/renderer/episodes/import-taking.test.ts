import '../window';
import { notificationsStore } from '@mantine/notifications';
import { beforeEach, expect, test } from 'vitest';

const { importFiles } = await import('../../../src/renderer/episodes/import/taking');
const { useUi } = await import('../../../src/renderer/store/ui-state');

const file = (name: string) => new File(['t,q,u\n0,0,0\n'], name);
const [one, two] = [file('one.csv'), file('two.csv')];
const said = () => notificationsStore.getState().notifications.map(({ title }) => title);

beforeEach(() => {
  useUi.setState({ room: 'run', importing: null });
  notificationsStore.setState({ notifications: [], queue: [], defaultPosition: 'bottom-right', limit: 4 });
});

test('a file that is dropped is imported in Episodes', () => {
  importFiles([one]);
  expect(useUi.getState()).toMatchObject({ room: 'episodes', importing: one });
  expect(said()).toEqual([]);
});

test('of several files the first is imported, and it is said that the others wait', () => {
  importFiles([one, two]);
  expect(useUi.getState().importing).toBe(one);
  expect(said()).toEqual(['One file is imported at a time.']);
});

test('a file beside one that is being imported changes nothing, and it is said that it waits', () => {
  useUi.setState({ importing: one });
  importFiles([two]);
  expect(useUi.getState()).toMatchObject({ room: 'run', importing: one });
  expect(said()).toEqual(['One file is imported at a time.']);
});

test('a chooser that is left without a file changes nothing', () => {
  importFiles([]);
  expect(useUi.getState()).toMatchObject({ room: 'run', importing: null });
});
