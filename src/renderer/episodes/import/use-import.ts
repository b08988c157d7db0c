import { useEffect, useRef, useState } from 'react';
import type { ImportHead, ImportReport } from '../../../shared/import';
import { api, toShape } from '../../api';
import { type ImportForm, importInput } from './import-form';
import { beginSending, dropUpload, type Sending, sendRest } from './sending';

/** How far an import is. */
export type ImportStep =
  | { kind: 'looking' }
  | { kind: 'choosing'; head: ImportHead }
  | { kind: 'sending' | 'reading'; head: ImportHead; share: number }
  | { kind: 'done'; report: ImportReport };

/** A file from being looked at to its episodes. Whoever goes away before takes it along: nothing of it stays. */
export function useImport(file: File) {
  const [step, setStep] = useState<ImportStep>({ kind: 'looking' });
  const [error, setError] = useState<unknown>(null);
  const sending = useRef<Sending | null>(null);
  const gone = useRef(new AbortController());

  useEffect(() => {
    const stop = new AbortController();
    gone.current = stop;
    const beginning = beginSending(file);
    const look = async () => {
      const begun = await beginning;
      if (stop.signal.aborted) return;
      sending.current = begun;
      const head = await api().imports.head({ upload: begun.upload });
      if (!stop.signal.aborted) setStep({ kind: 'choosing', head });
    };
    look().catch((thrown) => !stop.signal.aborted && setError(thrown));
    return () => {
      stop.abort();
      // One that could not begin took itself away; with the connection gone, so is the file.
      beginning.then(({ upload }) => dropUpload(upload)).catch(() => undefined);
    };
  }, [file]);

  const start = async (form: ImportForm) => {
    const begun = sending.current;
    if (!begun || step.kind !== 'choosing') return;
    const { head } = step;
    const { signal } = gone.current;
    const show = (kind: 'sending' | 'reading', share: number) => {
      // What is said of the way may come after its end.
      if (!signal.aborted) setStep((now) => (now.kind === 'done' ? now : { kind, head, share }));
    };
    setError(null);
    try {
      show('sending', 0);
      await sendRest(begun, { signal, onSent: (bytes) => show('sending', bytes / file.size) });
      show('reading', 0);
      void watched(begun.upload, (share) => show('reading', share));
      const report = await api().imports.run(importInput(begun.upload, head, form));
      if (!signal.aborted) setStep({ kind: 'done', report });
    } catch (thrown) {
      if (signal.aborted) return;
      setError(toShape(thrown));
      setStep({ kind: 'choosing', head });
    }
  };
  return { step, error, start };
}

/** How it went, the call that imports tells. */
async function watched(upload: string, onShare: (share: number) => void): Promise<void> {
  try {
    for await (const { done, total } of await api().imports.progress({ upload })) {
      onShare(done / Math.max(1, total));
    }
  } catch {
    // It was over before it could be watched.
  }
}
