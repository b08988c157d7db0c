import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useWorkspaceSize } from '../../store/queries';
import { WorkspaceDialog } from './WorkspaceDialog';
import { formatBytes } from './words';

/** How large the workspace is, quietly; what takes it, and what can be done about it, when somebody asks. */
export function WorkspaceLine() {
  const { data } = useWorkspaceSize();
  const [open, setOpen] = useState(false);
  if (!data) return null;
  return (
    <>
      <UnstyledButton
        className="workspace-line"
        onClick={() => setOpen(true)}
        title="What takes it, and what is kept"
        data-testid="workspace-size"
      >
        {formatBytes(data.totalBytes)}, {formatBytes(data.diskFreeBytes)} free
      </UnstyledButton>
      {open && <WorkspaceDialog size={data} onClose={() => setOpen(false)} />}
    </>
  );
}
