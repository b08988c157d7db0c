import { beforeAll, describe, expect, test, vi } from 'vitest';

let transport: typeof import('../../src/renderer/transport');
beforeAll(async () => {
  vi.stubGlobal('window', { addEventListener: () => undefined, localStorage: { getItem: () => null } });
  transport = await import('../../src/renderer/transport');
});

describe('the token', () => {
  test('is taken from the fragment and gone from the address', () => {
    expect(transport.takeToken('http://127.0.0.1:4777/#token=abc_-1')).toEqual({
      token: 'abc_-1',
      rest: 'http://127.0.0.1:4777/',
    });
  });
  test('is taken from the query as well, other parts stay', () => {
    expect(transport.takeToken('http://127.0.0.1:4777/?x=1&token=abc#here')).toEqual({
      token: 'abc',
      rest: 'http://127.0.0.1:4777/?x=1#here',
    });
  });
  test('may be missing', () => {
    expect(transport.takeToken('http://127.0.0.1:4777/').token).toBeNull();
  });
});

test('waiting doubles up to five seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map(transport.backOffMs)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
});

class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  binaryType = '';
  sent: unknown[] = [];
  constructor(readonly url: string) {
    super();
    FakeSocket.made.push(this);
  }
  send(data: unknown) {
    this.sent.push(data);
  }
  becomes(state: 'open' | 'close') {
    this.readyState = state === 'open' ? 1 : 3;
    this.dispatchEvent(new Event(state));
  }
}

describe('in a browser', () => {
  test('a lost connection is said, tried again by itself, and the new one replaces the old', () => {
    vi.useFakeTimers();
    const kept = new Map<string, string>();
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('window', {
      location: { href: 'http://127.0.0.1:9/#token=t%2B1', protocol: 'http:', host: '127.0.0.1:9' },
      history: { replaceState: vi.fn() },
      sessionStorage: {
        getItem: (k: string) => kept.get(k) ?? null,
        setItem: (k: string, v: string) => kept.set(k, v),
      },
      setTimeout,
      clearTimeout,
    });
    const seen: string[] = [];
    const link = transport.openTransport({
      onOpen: () => seen.push('open'),
      onLost: (reason) => seen.push(reason),
      onAttempt: (attempt) => seen.push(`attempt ${attempt}`),
    });
    const [first] = FakeSocket.made;
    expect(first?.url).toBe('ws://127.0.0.1:9/ws?token=t%2B1');
    expect(link.stop('test')).toBe(false);
    first?.becomes('open');
    expect(link.stop('the Esc key')).toBe(true);
    expect(first?.sent).toEqual(['!stop:the Esc key']);
    first?.becomes('close');
    expect(link.stop('test')).toBe(false);
    vi.advanceTimersByTime(249);
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    FakeSocket.made[1]?.becomes('open');
    expect(seen).toEqual([
      'attempt 1',
      'open',
      'The connection to Foresight is lost; what the rig does now is not known.',
      'attempt 1',
      'open',
    ]);
    vi.useRealTimers();
  });
});
