import { useEffect, useRef, useState } from 'react';
import type { DatasetImported, DatasetLook } from '../../../shared/import-dataset';
import { api, toShape } from '../../api';
import { type DatasetForm, datasetInput } from './dataset-form';
import { type Sending, sendRest } from './sending';
import { watched } from './use-import';

/** How far the import of a data set is. */
export type DatasetStep =
  | { kind: 'sending'; share: number }
  | { kind: 'looking' }
  | { kind: 'choosing'; look: DatasetLook }
  | { kind: 'reading'; look: DatasetLook; share: number }
  | { kind: 'done'; report: DatasetImported };

/** A data set from its first piece to its episodes; it is known only when all of it has come. */
export function useDataset(sending: Sending) {
  const [step, setStep] = useState<DatasetStep>({ kind: 'sending', share: 0 });
  const [error, setError] = useState<unknown>(null);
  const gone = useRef(new AbortController());
  useEffect(() => {
    const stop = new AbortController();
    gone.current = stop;
    const { signal } = stop;
    const go = (next: DatasetStep) => !signal.aborted && setStep(next);
    const bring = async () => {
      const onSent = (bytes: number) =>
        go({ kind: 'sending', share: bytes / Math.max(1, sending.file.size) });
      await sendRest(sending, { signal, onSent });
      go({ kind: 'looking' });
      go({ kind: 'choosing', look: await api().imports.look({ upload: sending.upload }) });
    };
    bring().catch((thrown) => !signal.aborted && setError(toShape(thrown)));
    return () => stop.abort();
  }, [sending]);

  const start = async (form: DatasetForm) => {
    if (step.kind !== 'choosing') return;
    const { look } = step;
    const { signal } = gone.current;
    const go = (next: DatasetStep) => !signal.aborted && setStep(next);
    setError(null);
    go({ kind: 'reading', look, share: 0 });
    void watched(
      sending.upload,
      (share) => !signal.aborted && setStep((now) => (now.kind === 'reading' ? { ...now, share } : now)),
    );
    try {
      go({ kind: 'done', report: await api().imports.take(datasetInput(sending.upload, form, look)) });
    } catch (thrown) {
      if (!signal.aborted) setError(toShape(thrown));
      go({ kind: 'choosing', look });
    }
  };
  return { step, error, start };
}
