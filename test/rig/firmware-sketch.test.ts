import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DeviceLink } from '../../src/main/rig/drivers/microcontroller/device-link';
import { startSerialDriver } from '../../src/main/rig/drivers/microcontroller/driver';
import { askHello } from '../../src/main/rig/drivers/microcontroller/hello';
import { encodeFrame } from '../../src/main/rig/drivers/microcontroller/protocol/frame';
import { encodeHostMessage } from '../../src/main/rig/drivers/microcontroller/protocol/messages';
import { checkRig, loadRig } from '../../src/main/rig/index';
import { goneError, type Transport } from '../../src/main/rig/transport/transport';
import { TransportEvents } from '../../src/main/rig/transport/transport-events';
import { Random } from '../../src/shared/random';
import { eventually } from '../eventually';
import { lacksProgram } from '../needs';
import { observations } from './bench';
import { rejection } from './rig-helpers';

const run = promisify(execFile);
const firmware = fileURLToPath(new URL('../../resources/firmware/', import.meta.url));
const library = join(firmware, 'foresight', 'src');
const arduino = fileURLToPath(new URL('./firmware/arduino/', import.meta.url));
const harness = fileURLToPath(new URL('./firmware/', import.meta.url));
const force = (value: number) => Float64Array.of(value);

const missing = lacksProgram('g++');
const SANITIZED = ['-fsanitize=address,undefined', '-fno-sanitize-recover'];
let folder: string;

async function compile(...options: string[]): Promise<void> {
  const sentence =
    'The sketches’ tests need the C++ compiler g++; install it (Debian, Ubuntu: apt-get install g++).';
  const strict = ['-Wall', '-Wextra', '-Werror', '-I', library, '-I', harness, '-I', arduino];
  await run('g++', [...strict, ...options]).catch((error) => {
    throw error.code === 'ENOENT' ? new Error(sentence) : error;
  });
}

/** A sketch as it is flashed, with the pins and the plant of the harness behind it. */
async function build(name: string, ...options: string[]): Promise<void> {
  const sketch = join(firmware, `foresight_${name}`);
  const own = [join(harness, 'main.cpp'), join(harness, 'plants', `${name}.cpp`)];
  const shared = ['foresight_protocol.cpp', 'foresight_board.cpp'].map((file) => join(library, file));
  const ino = ['-x', 'c++', join(sketch, `foresight_${name}.ino`)];
  await compile('-std=c++17', ...options, '-I', sketch, '-o', join(folder, name), ...own, ...shared, ...ino);
}

beforeAll(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), 'foresight-sketch-'));
  // What all of them share is looked at closely once.
  await build('cartpole', ...SANITIZED);
  await build('furuta');
  await build('joints');
});

afterAll(async () => {
  if (!missing) await rm(folder, { recursive: true, force: true });
});

function stdioTransport(child: ChildProcessWithoutNullStreams): Transport {
  const events = new TransportEvents();
  child.stdout.on('data', (chunk: Buffer) => events.receive(chunk));
  child.once('exit', (code, signal) => events.close(goneError('stdio', `ended with ${code ?? signal}`)));
  child.stdin.on('error', () => {});
  return {
    description: 'stdio',
    write: (bytes) => void child.stdin.write(bytes),
    onData: (listener) => events.onData(listener),
    onClose: (listener) => events.onClose(listener),
    close: async () => void child.stdin.end(),
  };
}

/** The compiled sketch as a process, and a link to it. What a sanitizer says makes the test fail. */
function startSketch(name = 'cartpole') {
  const child = spawn(join(folder, name), { stdio: 'pipe' });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  onTestFinished(() => {
    child.kill();
    expect(complaints).toBe('');
  });
  const transport = stdioTransport(child);
  return { child, transport, link: new DeviceLink(transport) };
}

async function openSketch(name = 'cartpole', rig = 'cartpole-serial') {
  const { child, transport, link } = startSketch(name);
  const hello = await askHello(link);
  const driver = await startSerialDriver(await loadRig(rig), link, hello);
  onTestFinished(() => driver.close());
  await driver.resume();
  return { child, transport, hello, driver };
}

describe.skipIf(missing)('the cart-pole’s sketch, compiled on this machine', () => {
  it('says hello with the channels of the rig cartpole-serial', async () => {
    const { hello, driver } = await openSketch();
    expect(hello.firmware).toBe('foresight-cartpole');
    expect(hello.observations[0]?.limits[1]).toBeCloseTo(2.4, 6);
    expect(hello.observations[1]?.limits).toEqual([Number.NaN, Number.NaN]);
    expect(driver.info.version).toBe('1.1.0');
  });

  it('streams at 50 Hz, and its time runs on where the µs counter wraps', async () => {
    const { driver } = await openSketch();
    const seen = await observations(driver, 110);
    const periods = seen.slice(1).map((o, i) => o.deviceSeconds - seen[i]!.deviceSeconds);
    expect(Math.min(...periods)).toBeGreaterThan(0);
    expect(periods.toSorted((a, b) => a - b)[54]).toBeCloseTo(0.02, 2);
    expect(seen[0]!.deviceSeconds).toBeLessThan(2 ** 32 / 1e6);
    expect(seen[109]!.deviceSeconds).toBeGreaterThan(2 ** 32 / 1e6);
    expect(driver.counters()).toMatchObject({ badCrc: 0, malformed: 0, lost: 0, unreadable: 0 });
  });

  it('obeys commands, and stops by itself when they stop', async () => {
    const { driver } = await openSketch();
    const pushed = await observations(driver, 12, () => driver.act(force(-1), 0.3));
    expect(pushed[11]!.values[1]! - pushed[0]!.values[1]!).toBeLessThan(-0.3);
    while (driver.counters().expired === 0) await observations(driver, 1);
    await eventually(async () => {
      const [seen] = await observations(driver, 1);
      expect(Math.abs(seen!.values[1]!)).toBeLessThan(0.05);
    }, 5);
  });

  it('holds, releases and resumes, and refuses what it must', async () => {
    const { driver } = await openSketch();
    driver.act(force(0.5), 5);
    expect(await driver.hold()).toEqual({ torque: true, halted: true, applied: force(0) });
    expect(await driver.release()).toEqual({ torque: false, halted: true, applied: force(0) });
    expect((await rejection(driver.reset(1))).message).toContain('refused to reset: released');
    expect(await driver.resume()).toEqual({ torque: true, halted: false, applied: force(0) });
    driver.act(force(0.5), 5);
    await observations(driver, 2);
    expect(driver.counters().refused).toBe(1);
  });

  it('drives the cart to the middle at a reset, and waits there for the pole', async () => {
    const { driver } = await openSketch();
    await observations(driver, 12, () => driver.act(force(1), 0.3));
    const start = await driver.reset(7);
    expect(Math.abs(start.values[0]!)).toBeLessThan(0.01);
    expect(Math.abs(start.values[2]!)).toBeLessThan(0.05);
  });

  it('holds when the button on the rig is pressed, and refuses commands', async () => {
    const { child, driver } = await openSketch();
    child.kill('SIGUSR1');
    await eventually(async () => expect(await driver.status()).toMatchObject({ halted: true }), 5);
  });

  it('cuts its motor when its own loop is stuck', async () => {
    const { child, driver } = await openSketch();
    driver.act(force(0.1), 5);
    child.kill('SIGUSR2');
    await eventually(async () => expect(await driver.status()).toMatchObject({ torque: false }), 5);
  });

  it('is held in the middle of a reset', async () => {
    const { driver } = await openSketch();
    const reset = rejection(driver.reset(7));
    expect(await driver.hold()).toMatchObject({ halted: true });
    expect((await reset).code).toBe('stopped');
  });

  it('survives garbage, bad CRCs, half frames and floods', async () => {
    const { driver, transport } = await openSketch();
    const random = new Random(4);
    const good = encodeFrame({ ...encodeHostMessage({ kind: 'hold' }), sequence: 5, timeMicros: 0 });
    for (let i = 0; i < 300; i++) {
      const kind = random.integer(4);
      if (kind === 0)
        transport.write(Uint8Array.from({ length: random.integer(60) }, () => random.integer(256)));
      else if (kind === 1) transport.write(good.map((byte, k) => (k === 3 ? byte ^ 0x40 : byte)));
      else if (kind === 2) transport.write(good.subarray(0, 4));
      else transport.write(new Uint8Array(2000).fill(1 + random.integer(255)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    transport.write(Uint8Array.of(0));
    expect(await driver.resume()).toEqual({ torque: true, halted: false, applied: force(0) });
    await observations(driver, 3);
  });

  it('refuses frames of an unknown type, a wrong payload and another version', async () => {
    const { link, transport } = startSketch();
    await askHello(link);
    const errors: { answers: number; code: number }[] = [];
    const three = new Promise<void>((resolve) => {
      link.onMessage(({ message }) => {
        if (message.kind === 'error') errors.push({ answers: message.answers, code: message.code });
        if (errors.length === 3) resolve();
      });
    });
    transport.write(encodeFrame({ type: 0x55, sequence: 71, timeMicros: 0, payload: new Uint8Array(0) }));
    transport.write(encodeFrame({ type: 0x02, sequence: 72, timeMicros: 0, payload: new Uint8Array(3) }));
    const other = encodeHostMessage({ kind: 'helloRequest', version: 9 });
    transport.write(encodeFrame({ ...other, sequence: 73, timeMicros: 0 }));
    await three;
    expect(errors).toEqual([
      { answers: 71, code: 3 },
      { answers: 72, code: 2 },
      { answers: 73, code: 4 },
    ]);
  });

  it('understands the test vectors of docs/protocol.md', async () => {
    const document = await readFile(
      fileURLToPath(new URL('../../docs/protocol.md', import.meta.url)),
      'utf8',
    );
    const vectors = [
      ...document.matchAll(/^\{"sequence":(\d+),.*"kind":"(\w+)".*\}\n((?:[0-9A-F]{2} ?)+)$/gm),
    ]
      .map(([, sequence, kind, hex]) => ({
        sequence: Number(sequence),
        kind,
        bytes: Buffer.from(hex!.replaceAll(' ', ''), 'hex'),
      }))
      // A command has no answer, and a device's own messages are not for a device.
      .filter(({ kind }) => !['command', 'hello', 'observation', 'status', 'error'].includes(kind!));
    expect(vectors).toHaveLength(7);
    const { link, transport } = startSketch();
    await askHello(link);
    for (const { sequence, kind, bytes } of vectors) {
      const answer = new Promise<string>((resolve) => {
        const listening = link.onMessage(({ message }) => {
          if (!('answers' in message) || message.answers !== sequence) return;
          listening.dispose();
          resolve(message.kind);
        });
      });
      transport.write(bytes);
      expect([kind, await answer]).toEqual([kind, kind === 'helloRequest' ? 'hello' : 'status']);
    }
  });

  it('gone is an unplug', async () => {
    const { child, driver } = await openSketch();
    const fault = new Promise<string>((resolve) => driver.onFault(({ code }) => resolve(code)));
    child.kill('SIGKILL');
    expect(await fault).toBe('rig-gone');
  });

  it('has a protocol part that any C++11 compiler takes, without Arduino', async () => {
    const file = join(library, 'foresight_protocol.cpp');
    await expect(compile('-std=c++11', '-fsyntax-only', file)).resolves.toBeUndefined();
  });
});

describe.skipIf(missing)('the sketches of other rigs', () => {
  const rigOf = (name: string) => join(firmware, `foresight_${name}`, 'rig');

  it.each(['furuta', 'joints'])('%s has a rig file in its folder that is in order', async (name) => {
    expect((await checkRig(rigOf(name))).file.serial?.firmware).toBe(`foresight-${name}`);
  });

  it('the Furuta pendulum swings when its arm is driven, which ends where its cable does', async () => {
    const { driver } = await openSketch('furuta', rigOf('furuta'));
    const swung: number[] = [];
    await eventually(async () => {
      const [seen] = await observations(driver, 1, () => driver.act(force(1), 0.5));
      swung.push(Math.abs(Math.abs(seen!.values[2]!) - Math.PI));
      expect(seen!.values[0]).toBeGreaterThan(2.5);
    }, 1);
    expect(Math.max(...swung)).toBeGreaterThan(0.05);
    // Nothing drives it further out.
    const driven = await driver.status();
    expect(driven.applied).toEqual(force(0));
    const start = await driver.reset(1);
    expect(Math.abs(start.values[0]!)).toBeLessThan(0.1);
  });

  it('joints are driven each for itself, held by themselves when commands stop, and go home', async () => {
    const { driver } = await openSketch('joints', rigOf('joints'));
    const both = Float64Array.of(0.5, -0.5);
    await eventually(async () => {
      const [seen] = await observations(driver, 1, () => driver.act(both, 0.2));
      expect(seen!.values[0]).toBeGreaterThan(0.2);
      expect(seen!.values[2]).toBeLessThan(-0.2);
    }, 1);
    while (driver.counters().expired === 0) await observations(driver, 1);
    expect((await driver.status()).applied).toEqual(Float64Array.of(0, 0));
    const start = await driver.reset(1);
    expect(Math.abs(start.values[0]!)).toBeLessThan(0.05);
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
  });
});
