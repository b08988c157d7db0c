/**
 * Plain data (objects, arrays, maps, numbers, typed arrays) as JSON and float32 arrays beside it, exactly: JSON knows no
 * infinity, no map and no typed array, so they are written as an object with one key that says what it was.
 */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = {
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};

export function arraysAside(value: unknown): { plain: Json; arrays: Map<string, Float32Array> } {
  const arrays = new Map<string, Float32Array>();
  const aside = (kind: string, values: Float32Array): Json => {
    const name = `array${arrays.size}`;
    arrays.set(name, values);
    return { [kind]: name };
  };
  const write = (one: unknown): Json => {
    if (one instanceof Float32Array) return aside('$float32', one);
    if (one instanceof Int32Array) return aside('$int32', halves(one));
    if (one instanceof Uint8Array) return aside('$uint8', Float32Array.from(one));
    if (one instanceof Map) return { $map: [...one].map(([key, inner]) => [write(key), write(inner)]) };
    if (Array.isArray(one)) return one.map(write);
    if (typeof one === 'number') return Number.isFinite(one) ? one : { $number: String(one) };
    if (one === null || typeof one === 'string' || typeof one === 'boolean') return one;
    if (typeof one !== 'object') throw new TypeError(`${typeof one} is no plain data`);
    const entries = Object.entries(one).filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(entries.map(([key, inner]) => [key, write(inner)]));
  };
  return { plain: write(value), arrays };
}

/** What `arraysAside` took apart. */
export function arraysBack(plain: unknown, arrays: ReadonlyMap<string, Float32Array>): unknown {
  const array = (name: unknown): Float32Array => {
    const found = arrays.get(String(name));
    if (found === undefined) throw new RangeError(`there is no array "${name}"`);
    return found;
  };
  const read = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(read);
    if (typeof one !== 'object' || one === null) return one;
    const [[key, inner] = []] = Object.entries(one);
    if (key === '$float32') return array(inner);
    if (key === '$int32') return fromHalves(array(inner));
    if (key === '$uint8') return Uint8Array.from(array(inner));
    if (key === '$number') return NUMBERS[inner as keyof typeof NUMBERS];
    if (key === '$map') return new Map((inner as [unknown, unknown][]).map(([k, v]) => [read(k), read(v)]));
    return Object.fromEntries(Object.entries(one).map(([name, value]) => [name, read(value)]));
  };
  return read(plain);
}

/** float32 holds 24 bits of an integer, so the upper 16 and the lower 16 go apart. */
function halves(values: Int32Array): Float32Array {
  const result = new Float32Array(2 * values.length);
  values.forEach((value, i) => {
    result[2 * i] = value >> 16;
    result[2 * i + 1] = value & 0xffff;
  });
  return result;
}

const fromHalves = (values: Float32Array): Int32Array =>
  Int32Array.from({ length: values.length / 2 }, (_, i) => (values[2 * i] << 16) | values[2 * i + 1]);
