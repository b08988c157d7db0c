import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Outlet } from '../../src/main/api/outlet';
import { contract } from '../../src/shared/contract';
import { takenMessage } from '../../src/shared/flow';
import { withTestCore } from '../core/workspace';
import { attach, contractOver } from './client';

/** Calls that start other programs or whole episodes; what they are given is parsed by the same schemas. */
const HEAVY = ['rig/ports', 'rig/connect', 'rig/list', 'record/start', 'run/start', 'app/info'];
const PROCEDURES = Object.entries(contract).flatMap(([room, calls]) =>
  Object.keys(calls)
    .map((call) => `${room}/${call}`)
    .filter((name) => !HEAVY.includes(name)),
);

it('lives on whatever comes on a port, and answers the next client', async () => {
  const failures = vi.spyOn(console, 'error').mockImplementation(() => {});
  const unhandled: unknown[] = [];
  const onUnhandled = (thrown: unknown) => unhandled.push(thrown);
  process.on('unhandledRejection', onUnhandled);
  await withTestCore(async (core) => {
    const key = fc.constantFrom(
      ...['rig', 'id', 'ids', 'model', 'formula', 'by', 'job', 'kind', 'name', 'tags', '__proto__'],
    );
    const input = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()));
    const id = fc.oneof(fc.integer(), fc.string({ maxLength: 5 }));
    const call = fc
      .record({ i: id, u: fc.constantFrom(...PROCEDURES), json: input, meta: fc.jsonValue() })
      .map(({ i, u, json, meta }) => JSON.stringify({ i, p: { u: `/${u}`, b: { json, meta } } }));
    const almost = fc
      .record({ i: fc.jsonValue(), t: fc.jsonValue(), p: fc.jsonValue() }, { requiredKeys: [] })
      .map((message) => JSON.stringify(message));
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(call, almost, fc.string(), fc.json(), anything)),
        async (messages) => {
          const port = attach(core);
          for (const message of messages) port.postMessage(message);
          expect((await contractOver(port).rig.status()).connected).toBe(false);
          port.close();
        },
      ),
      { numRuns: 60 },
    );
  });
  process.off('unhandledRejection', onUnhandled);
  failures.mockRestore();
  expect(unhandled).toEqual([]);
});

it('cuts off a client that sends nothing but nonsense', async () => {
  const failures = vi.spyOn(console, 'error').mockImplementation(() => {});
  await withTestCore(async (core) => {
    const port = attach(core);
    const closed = once(port, 'close');
    for (let i = 0; i < 200; i += 1) port.postMessage('nonsense');
    await closed;
    expect((await contractOver(attach(core)).rig.status()).connected).toBe(false);
  });
  expect(failures.mock.calls.length).toBeLessThan(5);
  failures.mockRestore();
});

it('stops for whoever asks, however long the name that they give', async () => {
  await withTestCore(async (core) => {
    const api = contractOver(attach(core));
    await api.rig.connect({ rig: 'cartpole-balance', mode: 'lockstep', seed: 0 });
    const { link } = await api.rig.stop({ by: 'x'.repeat(500_000) });
    expect(link.phase).toBe('stopped');
    expect(link.reason.length).toBeLessThan(1000);
  });
});

it('answers about a rig that is a device file, a folder of the system or no path at all', async () => {
  await withTestCore(async (core) => {
    const api = contractOver(attach(core));
    for (const rig of ['/dev/zero', '/dev/stdin', '/etc', '../../../..', '', '.', 'x'.repeat(4000)]) {
      const failed: unknown = await api.rig.scene({ rig }).catch((thrown: unknown) => thrown);
      expect(failed).toMatchObject({ code: 'FORESIGHT', data: { code: 'not-found' } });
    }
    const zero: unknown = await api.rig.show({ rig: 'a\0b' }).catch((thrown: unknown) => thrown);
    expect(zero).toMatchObject({ data: { code: 'wrong-use' } });
  });
});

it('gives no drawing from outside the folder of a rig, and answers for a device', async () => {
  await withTestCore(async (core) => {
    const api = contractOver(attach(core));
    const { file, folder } = await api.rig.show({ rig: 'pendulum' });
    for (const model of ['/etc/hostname', '../../../../../../../etc/hostname', '/dev/zero', '/dev/stdin']) {
      const own = join(core.options.folder, 'rigs', 'mine');
      cpSync(folder, own, { recursive: true });
      const text = readFileSync(join(own, 'rig.json'), 'utf8');
      const rig = { ...JSON.parse(text), name: 'mine', scene: { ...file.scene, model } };
      writeFileSync(join(own, 'rig.json'), JSON.stringify(rig));
      const failed: unknown = await api.rig.scene({ rig: 'mine' }).catch((thrown: unknown) => thrown);
      expect([model, failed]).toEqual([model, expect.objectContaining({ code: 'FORESIGHT' })]);
    }
  });
});

it('answers about formulas that are nothing but brackets, signs or one long name', async () => {
  await withTestCore(async (core) => {
    const api = contractOver(attach(core));
    for (const piece of ['(', '-', 'x', '1+', 'abs(', '!', '1^', 'a?', '[', '"']) {
      const formula = piece.repeat(Math.floor(20_000 / piece.length));
      const check = await api.task.check({ rig: 'pendulum', formula, kind: 'reward' });
      expect([piece, check.ok, typeof check.problem]).toEqual([piece, false, 'string']);
    }
    const tooLong = { rig: 'pendulum', formula: '1'.repeat(30_000), kind: 'reward' } as const;
    expect(await api.task.check(tooLong).catch((thrown: unknown) => thrown)).toMatchObject({
      data: { code: 'wrong-use' },
    });
  });
});

it('holds no more for a client that stands still than its window, and loses nothing for one that goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 2 ** 21 }), { maxLength: 40 }), async (lengths) => {
      const posted: string[] = [];
      const outlet = new Outlet((message) => posted.push(message));
      outlet.hears(takenMessage(0));
      const sends = lengths.map((length, i) => outlet.send(String(i % 10).repeat(length)));
      const onItsWay = () => posted.reduce((sum, { length }) => sum + length, 0);
      await Promise.resolve();
      expect(onItsWay()).toBeLessThanOrEqual(6 * 2 ** 20);
      let taken = 0;
      while (taken < posted.length) {
        outlet.hears(takenMessage(posted[taken]?.length ?? 0));
        taken += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(sends);
      expect(posted.map(({ length }) => length)).toEqual(lengths);
    }),
    { numRuns: 20 },
  );
});
