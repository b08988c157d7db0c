/** A binary STL of a ball with bumps: 4 · rings · (rings − 1) triangles. */
export function ballStl(rings: number, seed?: number): Uint8Array;
