import { availableParallelism } from 'node:os';

/** More threads than this wait for each other more than they compute, with networks of this size. */
const MAX_THREADS = 8;
let threadLimit = MAX_THREADS;

/** Threads that learning and judging use. */
export const trainThreads = (): number => Math.min(threadLimit, availableParallelism());

/** For a process that shares the machine with others of its kind: as many threads as its share. */
export function limitThreads(threads: number): void {
  threadLimit = Math.max(1, Math.min(MAX_THREADS, Math.floor(threads)));
}
