import { expect, it } from 'vitest';
import { type BeatClock, Client } from '../../src/main/core/clients';

/** Time that stands until it is moved; what is due then is called on the way. */
function handClock() {
  let now = 0;
  const repeated: { every: number; next: number; call: () => void }[] = [];
  const clock: BeatClock = {
    now: () => now,
    every: (every, call) => {
      const one = { every, next: every, call };
      repeated.push(one);
      return { dispose: () => repeated.splice(repeated.indexOf(one), 1) };
    },
  };
  return {
    clock,
    /** Moves on by 1 ms at a time; what a process does that stands still is `stand`. */
    move(ms: number): void {
      for (const until = now + ms; now < until; ) {
        now += 1;
        for (const one of [...repeated]) {
          if (now < one.next) continue;
          one.next = now + one.every;
          one.call();
        }
      }
    },
    stand(ms: number): void {
      now += ms;
    },
    now: () => now,
  };
}

/** A client whose page answers every beat (the first is beat 1) as long as it is awake. */
function clientOf(time: ReturnType<typeof handClock>) {
  const client = new Client(time.clock);
  const page = { awake: true, beat: 0 };
  time.clock.every(100, () => {
    page.beat += 1;
    if (page.awake) client.here(page.beat);
  });
  time.move(500);
  return { client, page };
}

it('a client that answers is not missed', () => {
  const time = handClock();
  const { client } = clientOf(time);
  client.requireHeard();
  const missed: string[] = [];
  client.watch((why) => missed.push(why));
  time.move(5000);
  expect(missed).toEqual([]);
});

it('a client that goes silent is missed within a second, once, and can be watched again when it is back', () => {
  const time = handClock();
  const { client, page } = clientOf(time);
  const missed: number[] = [];
  client.watch(() => missed.push(time.now()));
  page.awake = false;
  const silentSince = time.now();
  time.move(3000);
  expect(missed).toHaveLength(1);
  expect(missed[0]! - silentSince).toBeLessThan(1000);
  expect(() => client.requireHeard()).toThrow('answers no beats');
  page.awake = true;
  time.move(500);
  client.requireHeard();
});

it('a client whose connection closes is missed at once', () => {
  const { client } = clientOf(handClock());
  const missed: string[] = [];
  client.watch((why) => missed.push(why));
  client.leave();
  client.leave();
  expect(missed).toEqual(['the window that started it is gone']);
  expect(() => client.requireHeard()).toThrow();
});

it('nobody is missed for the time that this process itself stood still', () => {
  const time = handClock();
  const { client } = clientOf(time);
  const missed: string[] = [];
  client.watch((why) => missed.push(why));
  time.stand(5000);
  time.move(1000);
  expect(missed).toEqual([]);
});

it('an answer to a beat of long ago says nothing about now', () => {
  const time = handClock();
  const { client, page } = clientOf(time);
  page.awake = false;
  time.move(6000);
  client.here(1);
  client.here(-1);
  client.here(Number.MAX_SAFE_INTEGER);
  expect(() => client.requireHeard()).toThrow('answers no beats');
});
