import { useEffect, useRef, useState } from 'react';
import { api, toShape } from '../../api';
import { type ImportForm, importInput } from './import-form';
import { type ImportStep, progressed } from './import-step';
import { type Brought, beginSending, isHere, type Sending, sendRest } from './sending';

/** A file from being looked at to its episodes. Whoever goes away before takes it along: nothing of it stays. */
export function useImport(file: Brought) {
  const [step, setStep] = useState<ImportStep>({ kind: 'looking' });
  const [error, setError] = useState<unknown>(null);
  const sending = useRef<Sending | null>(null);
  const gone = useRef(new AbortController());

  useEffect(() => {
    const stop = new AbortController();
    gone.current = stop;
    const look = async () => {
      const begun = await beginSending(file, stop.signal);
      sending.current = begun;
      const { dataset } = await api().imports.recognise({ upload: begun.upload });
      if (stop.signal.aborted) return;
      if (dataset) return setStep({ kind: 'dataset', sending: begun });
      const head = await api().imports.head({ upload: begun.upload });
      if (!stop.signal.aborted) setStep({ kind: 'choosing', head });
    };
    look().catch((thrown) => !stop.signal.aborted && setError(thrown));
    return () => stop.abort();
  }, [file]);

  const start = async (form: ImportForm) => {
    if (!sending.current || step.kind !== 'choosing') return;
    const { head } = step;
    const { signal } = gone.current;
    const go = (next: ImportStep) => !signal.aborted && setStep(next);
    const tell = (share: number) => !signal.aborted && setStep((now) => progressed(now, share));
    setError(null);
    try {
      go({ kind: 'sending', head, share: 0 });
      // With a connection that was lost went what had come by it; the file is still in hand.
      if (!isHere(sending.current)) sending.current = await beginSending(file, signal);
      const begun = sending.current;
      await sendRest(begun, { signal, onSent: (bytes) => tell(bytes / file.size) });
      go({ kind: 'reading', head, share: 0 });
      void watched(begun.upload, tell);
      const report = await api().imports.run(importInput(begun.upload, head, form));
      go({ kind: 'done', report });
    } catch (thrown) {
      if (!signal.aborted) setError(toShape(thrown));
      go({ kind: 'choosing', head });
    }
  };
  return { step, error, start };
}

/** How it went, the call that imports tells. */
export async function watched(upload: string, onShare: (share: number) => void): Promise<void> {
  try {
    for await (const { done, total } of await api().imports.progress({ upload })) {
      onShare(done / Math.max(1, total));
    }
  } catch {
    // It was over before it could be watched.
  }
}
