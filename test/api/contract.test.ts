import { MessageChannel } from 'node:worker_threads';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { afterEach, expect, it } from 'vitest';
import { serveContract } from '../../src/main/api';
import type { Core } from '../../src/main/core';
import type { Contract } from '../../src/shared/contract';
import type { TelemetryBatch } from '../../src/shared/telemetry';
import { BALANCE, RANDOM_MOTION, withTestCore } from '../core/workspace';

type Client = ContractRouterClient<Contract>;
const open: MessageChannel[] = [];

afterEach(() => {
  for (const { port1, port2 } of open.splice(0)) {
    port1.close();
    port2.close();
  }
});

/** A client as the window has one: over a message port. */
function clientOf(core: Core): Client {
  const channel = new MessageChannel();
  open.push(channel);
  serveContract(core, channel.port1 as unknown as MessagePort);
  channel.port1.start();
  const client = createORPCClient<Client>(new RPCLink({ port: channel.port2 as unknown as MessagePort }));
  channel.port2.start();
  return client;
}

it('serves two windows at once: one records, the other sees it', async () => {
  await withTestCore(async (core) => {
    const [first, second] = [clientOf(core), clientOf(core)];
    await first.rig.connect(BALANCE);
    const seen: TelemetryBatch[] = [];
    const watching = (async () => {
      for await (const batch of await second.rig.telemetry()) {
        seen.push(batch);
        // A short episode may begin and end within one batch, so its samples tell that it was, not the activity.
        const recorded = seen.some((b) => b.samples.some((sample) => sample.episode !== null));
        if (batch.activity?.kind === 'idle' && recorded) return;
      }
    })();
    await first.record.start(RANDOM_MOTION);
    await watching;
    const samples = seen.flatMap((b) => b.samples).filter((s) => s.episode !== null);
    const [episode] = await second.episodes.list({});
    expect(new Set(samples.map((s) => s.step)).size).toBe(episode!.steps + 1);
    expect((await second.episodes.view({ id: episode!.id })).reward).toHaveLength(episode!.steps + 1);
  });
});

it('sends what a room throws as the one typed error: code, sentence, what to do next', async () => {
  await withTestCore(async (core) => {
    const client = clientOf(core);
    const error: unknown = await client.rig.connect({ ...BALANCE, rig: 'no-such-rig' }).catch((e) => e);
    expect(error).toBeInstanceOf(ORPCError);
    expect(error).toMatchObject({ code: 'FORESIGHT', data: { code: 'not-found' } });
    const { data } = error as ORPCError<string, { message: string; next: string }>;
    expect(data.message).toContain('no-such-rig');
    expect(data.next).not.toBe('');
  });
});

it('says which field of a request does not fit the contract', async () => {
  await withTestCore(async (core) => {
    const error: unknown = await clientOf(core)
      .record.start({ ...RANDOM_MOTION, amplitude: 7 })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'FORESIGHT', data: { code: 'wrong-use' } });
    expect((error as Error).message).toContain('amplitude');
  });
});

it('marks where a formula is wrong', async () => {
  await withTestCore(async (core) => {
    const check = await clientOf(core).task.check({
      rig: 'pendulum',
      formula: '1 - pendulem^2',
      kind: 'reward',
    });
    expect(check.ok).toBe(false);
    expect([check.from, check.to]).toEqual([4, 12]);
  });
});
