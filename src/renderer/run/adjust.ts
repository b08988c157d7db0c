import { create } from 'zustand';
import { api } from '../api';
import { useLive } from '../live/live';
import { notifyError } from '../store/notify';
import { type Adjustable, Adjuster } from './adjuster';

/** What the live controls show on top of what the core says. */
export const usePending = create<{ pending: Adjustable }>(() => ({ pending: {} }));

export const adjuster = new Adjuster({
  send: (adjustment) => api().run.adjust(adjustment),
  refused: notifyError,
  changed: (pending) => usePending.setState({ pending }),
});
useLive.subscribe((now, before) => {
  if (now.activity !== before.activity) adjuster.told(now.activity?.propagation ?? null);
});
