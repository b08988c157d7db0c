import { describe, expect, it } from 'vitest';
import { appArguments } from '../../src/main/desktop/arguments';

describe('what the desktop app was asked for', () => {
  it('is the window when only options are given', () => {
    expect(appArguments(['/opt/foresight'], false)).toEqual({ data: undefined, command: undefined });
    expect(appArguments(['/opt/foresight', '--data', '/lab'], false)).toEqual({
      data: '/lab',
      command: undefined,
    });
    expect(appArguments(['/opt/foresight', '--data=/lab'], false).data).toBe('/lab');
  });

  it('is a command when the first word is one', () => {
    const { command } = appArguments(['/opt/foresight', 'demo', '--seed', '1'], false);
    expect(command).toEqual(['demo', '--seed', '1']);
  });

  it("follows Electron's own options", () => {
    const start = ['/opt/foresight', '--no-sandbox', '--ozone-platform=headless'];
    expect(appArguments([...start, 'rig', 'list', '--json'], false).command).toEqual([
      'rig',
      'list',
      '--json',
    ]);
    expect(appArguments([...start, '--data', '/lab'], false)).toEqual({ data: '/lab', command: undefined });
    expect(appArguments(start, false)).toEqual({ data: undefined, command: undefined });
  });

  it('comes after the app in a start from a checkout', () => {
    const start = ['electron', '--inspect=0', '--no-sandbox', '-r', 'before-ready.cjs', '/src/foresight'];
    expect(appArguments(start, true)).toEqual({ data: undefined, command: undefined });
    expect(appArguments([...start, '--data', '/lab'], true)).toEqual({ data: '/lab', command: undefined });
    expect(appArguments([...start, 'rig', 'list'], true).command).toEqual(['rig', 'list']);
  });
});
