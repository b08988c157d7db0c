/**
 * A series in buckets of some rows. The extremes are those of the rows, so a peak of one sample is never lost, however
 * many rows share a bucket; what is not known (NaN) is counted instead of passed over.
 */
export interface Envelope {
  /** [buckets] the first row's value and the last one's, NaN where it is not known */
  first: Float64Array;
  last: Float64Array;
  /** [buckets] of the values that are known; NaN where none is */
  min: Float64Array;
  max: Float64Array;
  /** [buckets] rows whose value is not known */
  unknown: Float64Array;
}

const PARTS = ['first', 'last', 'min', 'max', 'unknown'] as const;

function emptyEnvelope(buckets: number): Envelope {
  const part = () => new Float64Array(buckets);
  return { first: part(), last: part(), min: part(), max: part(), unknown: part() };
}

/** `values` in buckets of `bucket` rows, the last one of what is left. Infinite is as little a reading as NaN. */
export function envelopeOf(values: Float64Array, bucket: number): Envelope {
  const buckets = Math.ceil(values.length / bucket);
  const envelope = emptyEnvelope(buckets);
  for (let b = 0; b < buckets; b++) {
    const from = b * bucket;
    const to = Math.min(values.length, from + bucket);
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let known = 0;
    for (let row = from; row < to; row++) {
      const value = values[row];
      if (!Number.isFinite(value)) continue;
      known += 1;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    envelope.first[b] = knownOrNaN(values[from]);
    envelope.last[b] = knownOrNaN(values[to - 1]);
    envelope.min[b] = known > 0 ? min : Number.NaN;
    envelope.max[b] = known > 0 ? max : Number.NaN;
    envelope.unknown[b] = to - from - known;
  }
  return envelope;
}

/** The same in buckets that are `factor` times as long. */
export function coarser(fine: Envelope, factor: number): Envelope {
  if (factor === 1) return fine;
  const count = fine.first.length;
  const buckets = Math.ceil(count / factor);
  const envelope = emptyEnvelope(buckets);
  for (let b = 0; b < buckets; b++) {
    const from = b * factor;
    const to = Math.min(count, from + factor);
    let [min, max, unknown] = [Number.NaN, Number.NaN, 0];
    for (let i = from; i < to; i++) {
      if (!(fine.min[i] >= min)) min = Number.isNaN(fine.min[i]) ? min : fine.min[i];
      if (!(fine.max[i] <= max)) max = Number.isNaN(fine.max[i]) ? max : fine.max[i];
      unknown += fine.unknown[i];
    }
    envelope.first[b] = fine.first[from];
    envelope.last[b] = fine.last[to - 1];
    envelope.min[b] = min;
    envelope.max[b] = max;
    envelope.unknown[b] = unknown;
  }
  return envelope;
}

/** One after the other. */
export function joined(parts: readonly Envelope[]): Envelope {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const whole = emptyEnvelope(parts.reduce((sum, { first }) => sum + first.length, 0));
  let at = 0;
  for (const part of parts) {
    for (const name of PARTS) whole[name].set(part[name], at);
    at += part.first.length;
  }
  return whole;
}

/** Buckets `from` to `to` (exclusive). */
export function bucketsOf(envelope: Envelope, from: number, to: number): Envelope {
  const cut = (part: Float64Array) => part.subarray(from, to);
  const { first, last, min, max, unknown } = envelope;
  return { first: cut(first), last: cut(last), min: cut(min), max: cut(max), unknown: cut(unknown) };
}

/** How the numbers of a series lie in a block: nothing known, the same throughout, or all five parts. */
const [NOTHING, CONSTANT, FULL] = [0, 1, 2];

/**
 * The envelopes of several series of the same rows as bytes (docs/log.md): a byte a series, padded to eight; then, little-endian
 * float64, one number of a constant series, and first, last, min, max and unknown of the others.
 */
export function encodeDigest(series: readonly Envelope[]): Uint8Array {
  const kinds = new Uint8Array(8 * Math.ceil(series.length / 8));
  const numbers: Float64Array[] = [];
  for (const [i, envelope] of series.entries()) {
    const value = envelope.first[0];
    if (envelope.min.every(Number.isNaN)) kinds[i] = NOTHING;
    else if (
      envelope.min.every((min, b) => min === value && envelope.max[b] === value && envelope.unknown[b] === 0)
    ) {
      kinds[i] = CONSTANT;
      numbers.push(Float64Array.of(value));
    } else {
      kinds[i] = FULL;
      numbers.push(...PARTS.map((name) => envelope[name]));
    }
  }
  const bytes = new Uint8Array(kinds.length + 8 * numbers.reduce((sum, part) => sum + part.length, 0));
  bytes.set(kinds);
  let at = kinds.length;
  for (const part of numbers) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

/**
 * @param rows that the block is of, in buckets of `bucket`
 * @returns undefined for bytes that are no such block
 */
export function decodeDigest(
  bytes: Uint8Array,
  { series, rows, bucket }: { series: number; rows: number; bucket: number },
): Envelope[] | undefined {
  const buckets = Math.ceil(rows / bucket);
  const lastRows = rows - (buckets - 1) * bucket;
  let at = 8 * Math.ceil(series / 8);
  // A copy, because SQLite's buffers may start at any byte and float64 views must not.
  const buffer = new Uint8Array(bytes).buffer;
  const take = (count: number) => {
    const part = at + 8 * count <= buffer.byteLength ? new Float64Array(buffer, at, count) : undefined;
    at += 8 * count;
    return part;
  };
  const envelopes: Envelope[] = [];
  for (let i = 0; i < series; i++) {
    const envelope = emptyEnvelope(buckets);
    const kind = bytes[i];
    if (kind === FULL) {
      for (const name of PARTS) {
        const part = take(buckets);
        if (part === undefined) return undefined;
        envelope[name] = part;
      }
    } else if (kind === CONSTANT || kind === NOTHING) {
      const value = kind === CONSTANT ? take(1)?.[0] : Number.NaN;
      if (value === undefined) return undefined;
      for (const name of PARTS) envelope[name].fill(value);
      envelope.unknown.fill(kind === NOTHING ? bucket : 0);
      if (kind === NOTHING) envelope.unknown[buckets - 1] = lastRows;
    } else return undefined;
    envelopes.push(envelope);
  }
  return at === buffer.byteLength ? envelopes : undefined;
}

const knownOrNaN = (value: number) => (Number.isFinite(value) ? value : Number.NaN);
