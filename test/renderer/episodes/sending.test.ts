import '../window';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const { base64 } = await import('../../../src/renderer/store/base64');

test('bytes of a file become the base64 that the core reads, however many they are', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.uint8Array({ minLength: 0x7fff, maxLength: 0x8001, size: 'max' }),
  );
  fc.assert(
    fc.property(bytes, (some) => {
      expect(base64(some)).toBe(Buffer.from(some).toString('base64'));
    }),
  );
});
