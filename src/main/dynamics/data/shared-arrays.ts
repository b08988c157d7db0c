/**
 * Arrays that all threads of a process read in one place: handed to a thread they are not copied. Written by one thread,
 * before any other has them.
 */
export const sharedFloats = (length: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(4 * length));
export const sharedIntegers = (length: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(4 * length));
