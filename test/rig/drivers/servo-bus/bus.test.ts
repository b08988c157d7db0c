import { describe, expect, it, onTestFinished } from 'vitest';
import { encodePacket, FeetechDecoder, INSTRUCTION } from '../../../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../../../src/main/rig/drivers/feetech/protocol';
import { ServoBus } from '../../../../src/main/rig/drivers/servo-bus/bus';
import { memoryPair } from '../../../../src/main/rig/transport/memory';
import { rejection } from '../../rig-helpers';

const NOTHING = new Uint8Array(0);

interface Bench {
  bus: ServoBus;
  /** What has been asked so far: instructions, in order. */
  asked: number[];
  /** What becomes of an answer, with the number of the question that it belongs to. */
  spoil: (answer: Uint8Array, id: number) => Uint8Array;
  /** Something that nobody asked for. */
  say(bytes: Uint8Array): void;
  close(): void;
}

/** Motors 1 to 3 that answer a read with their number in every byte, and a saboteur on the line. */
function openBus(series: 'STS' | 'SCS' = 'STS', echoes = false): Bench {
  const [host, device] = memoryPair('the test bench');
  const decoder = new FeetechDecoder();
  const bus = new ServoBus(host, feetechProtocol(series), 1_000_000);
  const bench: Bench = {
    bus,
    asked: [],
    spoil: (answer) => answer,
    say: (bytes) => device.write(bytes),
    close: () => void device.close(),
  };
  const answer = (id: number, length: number) => {
    if (id < 1 || id > 3) return;
    const parameters = new Uint8Array(length).fill(id);
    const said = bench.spoil(encodePacket({ id, code: 0, parameters }), id);
    if (said.length > 0) device.write(said);
  };
  device.onData((bytes) => {
    if (echoes) device.write(bytes);
    for (const { id, code, parameters } of decoder.push(bytes)) {
      bench.asked.push(code);
      if (code === INSTRUCTION.syncRead)
        for (const one of parameters.subarray(2)) answer(one, parameters[1] ?? 0);
      else answer(id, code === INSTRUCTION.read ? (parameters[1] ?? 0) : 0);
    }
  });
  onTestFinished(() => bus.dispose());
  return bench;
}

const values = (answers: readonly ({ parameters: Uint8Array } | undefined)[]) =>
  answers.map((answer) => answer && [...answer.parameters]);

describe('a servo bus', () => {
  it('reads several motors in one go', async () => {
    const { bus, asked } = openBus();
    expect(values(await bus.readAll([1, 2, 3], 56, 2))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(asked).toEqual([INSTRUCTION.syncRead]);
  });

  it('reads one after the other those that know no other way', async () => {
    const { bus, asked } = openBus('SCS');
    expect(values(await bus.readAll([1, 3], 56, 2))).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect(asked).toEqual([INSTRUCTION.read, INSTRUCTION.read]);
  });

  it('asks a motor again whose answer was lost or damaged, and the others not', async () => {
    const bench = openBus();
    const lost = new Set([2, 3]);
    bench.spoil = (answer, id) => {
      if (!lost.delete(id)) return answer;
      return id === 2 ? NOTHING : answer.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    };
    expect(values(await bench.bus.readAll([1, 2, 3], 56, 2))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(bench.asked).toEqual([INSTRUCTION.syncRead, INSTRUCTION.read, INSTRUCTION.read]);
    expect(bench.bus.counters()).toMatchObject({ badChecksum: 1, unanswered: 2 });
  });

  it('asks again without waiting when the only answer that is missing came damaged', async () => {
    const bench = openBus();
    let damaged = 0;
    bench.spoil = (answer) => (damaged++ > 0 ? answer : answer.map((byte, i) => (i === 5 ? byte ^ 1 : byte)));
    // Whoever waited would do so for an hour.
    expect(values([await bench.bus.read(1, 56, 2, { seconds: 3600 })])).toEqual([[1, 1]]);
    expect(bench.asked).toEqual([INSTRUCTION.read, INSTRUCTION.read]);
    expect(bench.bus.counters()).toMatchObject({ badChecksum: 1, unanswered: 1, answeredLate: 0 });
  });

  it('says which motor does not answer, and goes on with the others', async () => {
    const { bus } = openBus();
    expect(values(await bus.readAll([1, 9, 3], 56, 2))).toEqual([[1, 1], undefined, [3, 3]]);
    expect(await bus.ping(9)).toBeUndefined();
    expect(await bus.ping(2)).toMatchObject({ id: 2 });
  });

  it('tells an answer that came late from one that was lost', async () => {
    const bench = openBus();
    const late: (() => void)[] = [];
    bench.spoil = (answer, id) => {
      if (id !== 2 || late.length > 0) return answer;
      late.push(() => bench.say(answer));
      return NOTHING;
    };
    expect(values(await bench.bus.readAll([1, 2], 56, 2))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(bench.bus.counters()).toMatchObject({ unanswered: 1, answeredLate: 0 });
    for (const say of late) say();
    await bench.bus.read(1, 56, 2);
    expect(bench.bus.counters()).toMatchObject({ unanswered: 0, answeredLate: 1, strays: 1 });
  });

  it('takes an answer that comes twice once', async () => {
    const bench = openBus();
    bench.spoil = (answer) => Uint8Array.of(...answer, ...answer);
    expect(values(await bench.bus.readAll([1, 2], 56, 2))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(values([await bench.bus.read(2, 56, 3)])).toEqual([[2, 2, 2]]);
  });

  it('finds an answer that stands behind what looks like the beginning of another one', async () => {
    const bench = openBus();
    bench.spoil = (answer) => Uint8Array.of(0xff, 0xff, 1, 200, ...answer);
    expect(values([await bench.bus.read(1, 56, 2)])).toEqual([[1, 1]]);
  });

  it('does not blame a motor when this computer itself stood still while the answer came', async () => {
    const { bus } = openBus();
    await bus.read(1, 56, 2);
    const answer = bus.read(2, 56, 2);
    const until = performance.now() + 150;
    while (performance.now() < until);
    expect(values([await answer])).toEqual([[2, 2]]);
    expect(bus.counters()).toMatchObject({ unanswered: 0 });
  });

  it('lets a hold go before all else that waits', async () => {
    const { bus } = openBus();
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    await Promise.all([
      bus.read(1, 56, 2).then(note('under way')),
      bus.read(2, 56, 2).then(note('waiting')),
      bus.read(3, 40, 1, { urgent: true }).then(note('urgent')),
      bus.read(1, 40, 1, { urgent: true }).then(note('urgent, later')),
    ]);
    expect(order).toEqual(['under way', 'urgent', 'urgent, later', 'waiting']);
  });

  it.each([true, false])(
    'takes no question of its own for an answer (adapter repeats: %s)',
    async (echoes) => {
      const { bus } = openBus('STS', echoes);
      await bus.begin();
      expect(await bus.ping(9, { attempts: 1 })).toBeUndefined();
      expect(await bus.ping(1)).toMatchObject({ id: 1, error: 0 });
      expect(values(await bus.readAll([1, 2, 3], 56, 2))).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
      expect((bus.counters().echoed ?? 0) > 0).toBe(echoes);
    },
  );

  it('ends what waits when the line is gone', async () => {
    const bench = openBus();
    bench.spoil = () => NOTHING;
    const waiting = [bench.bus.read(1, 56, 2), bench.bus.ping(2)].map(rejection);
    bench.close();
    for (const one of waiting) expect((await one).code).toBe('rig-gone');
    expect((await rejection(bench.bus.ping(1))).code).toBe('rig-gone');
  });
});
