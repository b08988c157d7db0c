/** How a learning rate goes on: as it is, or falling to 0 along half a cosine (Loshchilov & Hutter 2017, without restarts). */
export const RATE_SCHEDULES = ['constant', 'cosine'] as const;
export type RateSchedule = (typeof RATE_SCHEDULES)[number];
