/**
 * Φ(x), the standard normal distribution: error below 1e-15 (Hart 1968, as West 2005 gives it in "Better approximations to
 * cumulative normal functions"). A tail keeps eight digits down to
 * x = −37, beyond which it is 0. NaN of NaN.
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (z > 37) return x > 0 ? 1 : 0;
  const tail =
    Math.exp((-z * z) / 2) * (z < 10 / Math.SQRT2 ? polynomial(P, z) / polynomial(Q, z) : fraction(z));
  return x > 0 ? 1 - tail : tail;
}

/** Highest power first. */
const P = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const Q = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
  637.333633378831, 793.826512519948, 440.413735824752,
];

function polynomial(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * z + coefficient;
  return sum;
}

const fraction = (z: number): number =>
  1 / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / Math.sqrt(2 * Math.PI);
