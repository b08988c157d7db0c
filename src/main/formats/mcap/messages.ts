import { faultsOf } from '../faults';
import type { McapFile } from './file';

/** JSON messages of topics, in the order of their times; of a range of these (ns, ends included) where one is given. */
export async function* messages(
  { reader, name }: McapFile,
  topics: readonly string[],
  range: { startTime?: bigint; endTime?: bigint } = {},
): AsyncGenerator<{ topic: string; message: unknown; time: bigint; at: string }, void, void> {
  const iterator = reader.readMessages({ topics, ...range, validateCrcs: true });
  for (;;) {
    const { done, value } = await faultsOf(name, 'messages', () => iterator.next());
    if (done) return;
    const topic = reader.channelsById.get(value.channelId)?.topic ?? '';
    const at = `${topic}, message ${value.sequence}`;
    const message = await faultsOf(
      name,
      at,
      () => JSON.parse(new TextDecoder().decode(value.data)) as unknown,
    );
    yield { topic, message, time: value.logTime, at };
  }
}
