/** 10^0 … 10^22, all of them exact. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const MOST_EXACT = Number.MAX_SAFE_INTEGER;

/** A number as it was found among bytes; one object for all of them, because there are millions. */
export class NumberInBytes {
  value = Number.NaN;
  /** Where it ends; where it began when there is none. */
  end = 0;

  /**
   * Reads a number like 12, -0.5 or 1.25e-3 from `at` on, the same double that `Number` makes of the text. Bytes behind the last one
   * must be there and be none of a number.
   * @param sign what stands before the fraction, as a byte; 0 for whole numbers alone
   */
  read(bytes: Buffer, at: number, sign: number): boolean {
    let place = at;
    let byte = bytes[place];
    const negative = byte === 45;
    if (negative || byte === 43) byte = bytes[++place];
    const digits = place;
    let mantissa = 0;
    while (byte >= 48 && byte <= 57) {
      mantissa = 10 * mantissa + byte - 48;
      byte = bytes[++place];
    }
    let count = place - digits;
    let exponent = 0;
    if (byte === sign && sign !== 0) {
      const fraction = ++place;
      byte = bytes[place];
      while (byte >= 48 && byte <= 57) {
        mantissa = 10 * mantissa + byte - 48;
        byte = bytes[++place];
      }
      exponent = fraction - place;
      count -= exponent;
    }
    this.end = at;
    if (count === 0) return false;
    if (byte === 101 || byte === 69) {
      byte = bytes[++place];
      const down = byte === 45;
      if (down || byte === 43) byte = bytes[++place];
      const begin = place;
      let size = 0;
      while (byte >= 48 && byte <= 57) {
        if (size < 10_000) size = 10 * size + byte - 48;
        byte = bytes[++place];
      }
      if (place === begin) return false;
      exponent += down ? -size : size;
    }
    this.end = place;
    // An exact whole number times or by an exact power of ten is rounded once, as it should be (Clinger 1990).
    if (mantissa <= MOST_EXACT && exponent >= -22 && exponent <= 22) {
      const size = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
      this.value = negative ? -size : size;
    } else {
      const text = bytes.toString('latin1', at, place);
      this.value = Number(sign === 44 ? text.replace(',', '.') : text);
    }
    return this.value - this.value === 0;
  }
}
