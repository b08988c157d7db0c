import type { ErrorShape } from '../../../shared/errors';

/** What a process of a study is told: one order after the other, and then to leave. */
export type ToStudyProcess<Order> =
  | {
      type: 'unit';
      order: Order;
      /** Threads of the engine. */
      threads: number;
      /** Niceness of the whole process, 1 to 19; left as it is where a rig is driven. */
      nice?: number;
    }
  | { type: 'stop' };

export type FromStudyProcess<Unit, Progress> =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; unit: Unit }
  | { type: 'failed'; error: ErrorShape };
