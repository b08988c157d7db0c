import { Button, Group, Modal, Progress, Text } from '@mantine/core';
import type { ImportReport } from '../../../shared/import';
import { formatCount } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { takeFocus } from '../../ui/take-focus';
import { DatasetImport } from './DatasetImport';
import { ImportFields } from './ImportFields';
import type { Brought } from './sending';
import { useImport } from './use-import';

/** A file or a folder becomes episodes: what its columns are, then the import with its remarks. Closing it stops and takes everything back. */
export function ImportDialog({
  file,
  onClose,
  onShow,
}: {
  file: Brought;
  onClose: () => void;
  onShow: (episode: number) => void;
}) {
  const { step, error, start } = useImport(file);
  const busy = step.kind === 'sending' || step.kind === 'reading';
  const status = (
    <>
      {error !== null && <Problem error={error} />}
      {step.kind === 'looking' && error === null && <Text size="sm">Looking at the file …</Text>}
      {busy && (
        <>
          <Text size="sm">
            {step.kind === 'sending' ? 'The file comes to the workspace.' : 'The file is being read.'}
          </Text>
          <Progress value={100 * step.share} aria-label="How far the import is" />
        </>
      )}
    </>
  );
  return (
    <Modal opened onClose={onClose} title={`Import ${file.name}`} size="xl" closeOnClickOutside={false}>
      <div data-testid="import-dialog">
        {step.kind === 'done' && <Imported report={step.report} onShow={onShow} />}
        {step.kind === 'dataset' ? (
          <DatasetImport sending={step.sending} onClose={onClose} onShow={onShow} />
        ) : 'head' in step ? (
          <ImportFields head={step.head} file={file.name} busy={busy} onStart={start} onClose={onClose}>
            {status}
          </ImportFields>
        ) : (
          <>
            {status}
            <Group justify="flex-end" mt="sm">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
            </Group>
          </>
        )}
      </div>
    </Modal>
  );
}

/** What came of it, with what was made up or is not known. */
function Imported({ report, onShow }: { report: ImportReport; onShow: (episode: number) => void }) {
  const { episodes, rows, gaps, samples, samplesLeftOut, remarks } = report;
  const [first] = episodes;
  return (
    <div data-testid="import-report">
      <Text size="sm" fw={600}>
        {formatCount(episodes.length, 'episode')} with {formatCount(rows, 'row')} came of{' '}
        {formatCount(samples, 'sample')}.
      </Text>
      {gaps > 0 && <Text size="sm">{formatCount(gaps, 'gap')} began a new episode.</Text>}
      {samplesLeftOut > 0 && (
        <Text size="sm">
          {formatCount(samplesLeftOut, 'sample')} in pieces shorter than a period left out.
        </Text>
      )}
      {remarks.map((remark) => (
        <Text key={remark} size="sm">
          {remark}
        </Text>
      ))}
      {first !== undefined && (
        <Button mt="sm" onClick={() => onShow(first)} ref={takeFocus} data-testid="import-show">
          Show {episodes.length === 1 ? 'it' : 'the first'}
        </Button>
      )}
    </div>
  );
}
