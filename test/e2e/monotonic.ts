/** The computer's monotonic clock, ms: the same in every process. */
export const sinceBoot = (): number => Number(process.hrtime.bigint()) / 1e6;
