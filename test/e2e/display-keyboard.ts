import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { lacksProgram } from '../needs';
import type { Desktop } from './desktop';
import { sinceBoot } from './monotonic';

export interface DisplayKeyboard {
  /** Resolves, once the key is up again, to when it went down, ms on the monotonic clock. */
  press(key: string): Promise<number>;
  dispose(): void;
}

/**
 * A person's keyboard on the desktop window. On Linux it is the X display's own: its keys go through everything that a person's go
 * through, and what remote-controls the window has no part in them. Elsewhere, and without Python, it is that remote control.
 */
export async function keyboardOf({ app, page }: Desktop): Promise<DisplayKeyboard> {
  if (process.platform !== 'linux' || lacksProgram('python3')) {
    return {
      press: async (key) => {
        const at = sinceBoot();
        await page.keyboard.press(key);
        return at;
      },
      dispose: () => {},
    };
  }
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.focus());
  return displayKeyboard();
}

function displayKeyboard(): DisplayKeyboard {
  const program = fileURLToPath(new URL('display-keyboard.py', import.meta.url));
  const child = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    press: async (key) => {
      child.stdin.write(`${key}\n`);
      const { value, done } = await lines.next();
      if (done)
        throw new Error('The keyboard of the display has ended: it needs python3, libX11 and libXtst.');
      return Number(value);
    },
    dispose: () => child.stdin.end(),
  };
}
