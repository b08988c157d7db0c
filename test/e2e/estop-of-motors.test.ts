import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { quantile } from '../../src/shared/statistics';
import { lacksProgram } from '../needs';
import { ARM, type ArmOnACable, armOnACable, patientArm } from './arm-on-a-cable';
import { type DisplayKeyboard, keyboardOf } from './display-keyboard';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

/**
 * How often the key is pressed in each condition. With FORESIGHT_PRESSES=100 this is the bench of docs/drivers.md: it says how long
 * it took, also while the window draws, beside a training, and while the core stands still or is killed; and judges nothing.
 */
const PRESSES = Number(process.env.FORESIGHT_PRESSES ?? 1);
if (PRESSES > 1) vi.setConfig({ testTimeout: 20_000 * PRESSES });
/** A motor that held keeps its goal, which is no farther than this from where it is (`maxStep`). */
const MAX_STEP_RAD = 0.35;

describe.skipIf(skipDesktop || lacksProgram('socat'))('the e-stop key, and motors on a cable', () => {
  const places = mkdtempSync(join(tmpdir(), 'foresight-arm-'));
  const took = new Map<string, Took[]>();
  let arm: ArmOnACable;
  let keyboard: DisplayKeyboard;
  beforeAll(async () => {
    arm = await armOnACable(patientArm(places));
  });
  const stage = desktopStage('estop-of-motors', { fill: patientArm });
  beforeAll(async () => {
    keyboard = await keyboardOf(stage.desktop);
  });
  afterAll(async () => {
    keyboard?.dispose();
    await arm?.dispose();
    rmSync(places, { recursive: true, force: true });
    if (PRESSES > 1) console.log(table(took));
  });

  const connect = async () => {
    const { journey } = stage;
    await journey.at('nav-rig').click();
    await journey.at(`rig-${ARM}`).click();
    await journey.at('connect').click();
    await journey.at('disconnect').waitFor();
    await journey.phase('ready');
  };
  const goOn = async () => {
    const { journey } = stage;
    // On a busy computer motors may answer too late for one resume, which is refused then.
    await expect
      .poll(
        async () => {
          if (await journey.at('resume').isEnabled()) await journey.at('resume').click();
          return journey.at('phase').getAttribute('data-phase');
        },
        { interval: 1000 },
      )
      .toMatch(/^(ready|running)$/);
  };
  /** A busy computer may bring the rig to hold on its way to the start: then it goes on as a person does. */
  const move = async () => {
    const { journey } = stage;
    await goOn();
    await journey.at('nav-record').click();
    await journey.at('record-episodes').fill('1');
    await journey.at('record-steps').fill('20000');
    await journey.page.getByRole('switch', { name: 'Goes on without this window' }).check();
    await expect
      .poll(async () => {
        const shown = journey.at('record-step');
        if ((await shown.count()) > 0) return shown.textContent();
        await goOn();
        const start = journey.at('record-start');
        if ((await start.count()) > 0 && (await start.isEnabled())) await start.click();
        return null;
      })
      .toMatch(/Step (\d{2,}) /);
  };
  /** Presses the key; the motors have been told and read back when it resolves. */
  const press = async (condition: string) => {
    const { times } = await arm.nextHold();
    const at = await keyboard.press('Escape');
    const { written, readBack } = await times;
    const one = { written: written - at, readBack: readBack - at };
    took.set(condition, [...(took.get(condition) ?? []), one]);
  };
  const expectHeld = async () => {
    const motors = await arm.motors();
    expect(motors).toHaveLength(6);
    for (const { torque, offGoal } of motors) {
      expect(torque).toBe(true);
      expect(offGoal).toBeLessThanOrEqual(MAX_STEP_RAD);
    }
  };
  const stopped = async () => {
    await stage.journey.phase('stopped');
    await expect.poll(() => stage.journey.at('readback').textContent()).toMatch(/torque on, halted/);
    await expectHeld();
  };
  const pressOften = async (condition: string) => {
    for (let i = 0; i < PRESSES; i++) {
      await move();
      await press(condition);
      await stopped();
    }
  };

  it('shows which device is behind the port before it is connected to', async () => {
    const { journey } = stage;
    await journey.at('nav-rig').click();
    await journey.at(`rig-${ARM}`).click();
    await journey.at('ports').getByText('5A46083045').waitFor();
    await journey.at('probe').click();
    await journey
      .at('ports')
      .getByText(/^motors .*\(sts3215\)$/)
      .waitFor();
    await journey.screenshot('ports');
  });

  it('stops all of them, as each of them says when it is read back', async () => {
    await connect();
    await stage.journey.at('link-line').getByText('An answer takes').waitFor();
    await stage.journey.screenshot('connected');
    await pressOften('idle');
  });

  it('stops them although the page hangs, which hears nothing of the key', async () => {
    const page = await stage.desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
    );
    await move();
    process.kill(page as number, 'SIGSTOP');
    try {
      await press('page hangs');
      await expectHeld();
    } finally {
      process.kill(page as number, 'SIGCONT');
    }
    await stopped();
    await stage.journey.page
      .getByText(/Emergency stop by the Esc key/)
      .first()
      .waitFor();
  });

  it.runIf(PRESSES > 1)('stops them while the window is busy drawing', async () => {
    await stage.journey.page.evaluate(() => {
      setInterval(() => {
        const begun = performance.now();
        while (performance.now() - begun < 60);
      }, 100);
    });
    await pressOften('window busy');
    await stage.journey.page.reload();
  });

  it.runIf(PRESSES > 1)('stops them beside a training', async () => {
    const { journey } = stage;
    await journey.at('nav-models').click();
    await journey.at('train-more').click();
    await journey.at('train-epochs').fill('100000');
    await journey.at('train-name').fill('beside');
    await journey.at('train-start').click();
    await pressOften('beside a training');
  });

  it.runIf(PRESSES > 1)('stops them while the core stands still', async () => {
    const [core] = await stage.desktop.processes(/core/);
    for (let i = 0; i < PRESSES; i++) {
      await move();
      process.kill(core as number, 'SIGSTOP');
      try {
        await press('core stands still');
        await expectHeld();
      } finally {
        process.kill(core as number, 'SIGCONT');
      }
      await stopped();
    }
  });

  it.runIf(PRESSES > 1)('stops them when the core is killed at that moment', async () => {
    await move();
    const [core] = await stage.desktop.processes(/core/);
    process.kill(core as number, 'SIGKILL');
    await press('core killed');
    await expectHeld();
  });
});

/** From the press of the key, ms. */
interface Took {
  written: number;
  readBack: number;
}

function table(took: ReadonlyMap<string, readonly Took[]>): string {
  const spread = (ms: readonly number[]) =>
    `p50 ${quantile(ms, 0.5).toFixed(1)}, p99 ${quantile(ms, 0.99).toFixed(1)}, max ${Math.max(...ms).toFixed(1)}`;
  const rows = [...took].map(([condition, all]) => {
    const [written, readBack] = [all.map((one) => one.written), all.map((one) => one.readBack)];
    return `${condition}: n ${all.length}, torque written ${spread(written)}; read back ${spread(readBack)}`;
  });
  return `From the key press until torque was written, and until every motor was read back, ms\n${rows.join('\n')}`;
}
