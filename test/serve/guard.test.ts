import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newToken, refusal, sameToken } from '../../src/main/serve/guard';

describe('who may talk to foresight serve', () => {
  it('is this machine under its own names, at whatever port a tunnel gave it', () => {
    for (const host of ['127.0.0.1:4100', 'localhost:9000', '[::1]:80', 'localhost']) {
      expect(refusal({ host })).toBeNull();
      expect(refusal({ host, origin: `http://${host}` })).toBeNull();
    }
  });

  it('is nobody under a foreign name, even one that resolves to this machine', () => {
    const foreign = [
      'example.com',
      'rebind.example:80',
      '127.0.0.1.example.com',
      '192.168.0.4',
      '0.0.0.0',
      '',
      'a b',
    ];
    for (const host of foreign) expect(refusal({ host })).toContain('same machine');
    expect(refusal({})).toContain('same machine');
  });

  it('is no page from elsewhere', () => {
    const host = '127.0.0.1:4100';
    for (const origin of ['http://example.com', 'null', 'https://127.0.0.1:4100', 'http://127.0.0.1:4101']) {
      expect(refusal({ host, origin })).toContain('other pages');
    }
  });

  it('needs the token of this start, all of it', () => {
    const token = newToken();
    expect(sameToken(token, token)).toBe(true);
    expect(sameToken(null, token)).toBe(false);
    expect(newToken()).not.toBe(token);
    fc.assert(fc.property(fc.string(), (other) => sameToken(other, token) === (other === token)));
    expect(sameToken(token.slice(0, -1), token)).toBe(false);
  });
});
